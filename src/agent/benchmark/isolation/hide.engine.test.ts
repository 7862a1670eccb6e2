import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { type Prefix, tryHiding } from './hide.ts';

// Device files that every Linux has stand for those of cards: what hides one hides the other.
const HIDDEN = ['/dev/full', '/dev/zero'];
const LOOK =
  'for file in /dev/full /dev/zero /dev/null; do (: <"$file") 2>/dev/null && echo "$file opens" || echo "$file is refused"; done';
const IN_CHILD = ['/dev/full is refused', '/dev/zero is refused', '/dev/null opens'];

function start(prefix: Prefix, script: string, uid?: number) {
  const [program = '', ...args] = [...prefix, '/bin/sh', '-c', script];
  return spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], ...(uid === undefined ? {} : { uid, gid: uid }) });
}
const never = new AbortController().signal;
const opensHere = (): boolean => HIDDEN.every((path) => closeSync(openSync(path, 'r')) === undefined);

test('the child cannot open what is hidden, and can open everything else; outside nothing changes, also when it is killed', async () => {
  const prefix = await tryHiding(HIDDEN, process.platform, true, never);
  expect(prefix).not.toBeNull();
  const child = start(prefix ?? [], `${LOOK}; read -r wait`);
  const exited = once(child, 'exit');
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (heard: string) => {
    said += heard;
  });
  await expect.poll(() => said.trim().split('\n'), { timeout: 20_000 }).toEqual(IN_CHILD);
  expect(opensHere()).toBe(true);
  child.kill('SIGKILL');
  expect(await exited).toEqual([null, 'SIGKILL']);
  expect(opensHere()).toBe(true);
});

test('a user without admin rights hides by a namespace of its own', async () => {
  const root = await tryHiding(HIDDEN, process.platform, false, never);
  expect(root).not.toBeNull();
  const child = start(root ?? [], LOOK, 65_534);
  expect((await text(child.stdout)).trim().split('\n')).toEqual(IN_CHILD);
  expect(opensHere()).toBe(true);
});

test('what cannot be hidden is said before anything runs, and elsewhere than on Linux nothing is tried', async () => {
  expect(await tryHiding(['/dev/no-such-card'], process.platform, true, never)).toBeNull();
  expect(await tryHiding(HIDDEN, 'win32', true, never)).toBeNull();
});
