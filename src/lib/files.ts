import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Makes a folder only its user can enter. */
export function ensurePrivateDir(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}

/** Writes a file so that a crash leaves the old or the new content, never a part; mode 0600; durable when it returns. */
export function writeFileDurably(path: string, content: string): void {
  ensurePrivateDir(dirname(path));
  const temporary = join(dirname(path), `.${randomBytes(6).toString('hex')}.tmp`);
  const fd = openSync(temporary, 'wx', 0o600);
  try {
    writeFileSync(fd, content); // all of it: a single write may take only a part
    fsyncSync(fd);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
  if (process.platform === 'win32') return; // no folder can be synced there
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** The file's text, or null where there is no such file. */
export function readTextIfPresent(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}

/** The file's text; where there is none, `make()` is written durably first. */
export function readOrCreate(path: string, make: () => string): string {
  const found = readTextIfPresent(path);
  if (found !== null) return found;
  const made = make();
  writeFileDurably(path, made);
  return made;
}
