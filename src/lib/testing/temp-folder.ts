import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made: string[] = [];
process.once('exit', () => {
  for (const path of made) rmSync(path, { recursive: true, force: true });
});

/** A new folder of a test's own, gone when the test process ends. */
export function tempFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'nightshift-test-'));
  made.push(path);
  return path;
}
