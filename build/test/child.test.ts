import { expect, test } from 'vitest';
import { runChild } from './child.ts';

const node = (script: string, signal: AbortSignal): Promise<number> => runChild(process.execPath, ['-e', script], process.env, signal);

test('passes the exit code on', async () => {
  expect(await node('process.exit(3)', new AbortController().signal)).toBe(3);
});

test('a program that cannot start is an error', async () => {
  await expect(runChild('no-such-program-at-all', [], process.env, new AbortController().signal)).rejects.toThrow(/ENOENT/);
});

test('an abort ends the program at once', async () => {
  const abort = new AbortController();
  const run = node('setInterval(() => undefined, 1000)', abort.signal);
  setTimeout(() => abort.abort(), 200);
  expect(await run).not.toBe(0);
});
