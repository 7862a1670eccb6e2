import { chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tempFolder } from '../../../../../lib/testing/temp-folder.ts';
import type { SensorContext } from '../../../signals.ts';

/** A machine of files in a folder, whose clock a test moves. */
export interface MadeMachine {
  readonly root: string;
  readonly context: SensorContext;
  readonly wallMs: () => number;
  /** Writes a file below the root, with the folders it needs. */
  write(path: string, text: string): void;
  writeAll(folder: string, files: Readonly<Record<string, string | number>>): void;
  link(path: string, target: string): void;
  removeLink(path: string): void;
  folder(path: string): void;
  /** A folder goes as the kernel's do: what was opened in it before says nothing any more. */
  remove(path: string): void;
  pass(ms: number): void;
}

export function madeMachine(): MadeMachine {
  const root = tempFolder();
  chmodSync(root, 0o755);
  let passedMs = 100_000;
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  return {
    root,
    context: { env: {}, monotonicMs: () => passedMs, changed: () => undefined, root },
    wallMs: () => 1_800_000_000_000 + passedMs,
    write,
    writeAll(folder, files) {
      for (const [name, text] of Object.entries(files)) write(join(folder, name), `${text}\n`);
    },
    link(path, target) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      symlinkSync(target, join(root, path));
    },
    removeLink: (path) => rmSync(join(root, path)),
    folder: (path) => {
      mkdirSync(join(root, path), { recursive: true });
    },
    remove(path) {
      const top = join(root, path);
      for (const entry of readdirSync(top, { recursive: true, withFileTypes: true })) {
        if (entry.isFile()) truncateSync(join(entry.parentPath, entry.name));
      }
      rmSync(top, { recursive: true });
    },
    pass(ms) {
      passedMs += ms;
    },
  };
}
