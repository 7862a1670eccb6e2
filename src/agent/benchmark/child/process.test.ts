import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Clock, systemClock } from '../../../lib/clock.ts';
import { QUICK_LIMITS } from '../testing/quick-limits.ts';
import type { Report } from './messages.ts';
import { type ChildEnd, runChild } from './process.ts';

const SAY = "const say = (text) => require('node:fs').writeSync(3, text);";
const progress = (step: string): string => JSON.stringify({ kind: 'progress', step, share: 0.5, detail: null });

interface Run {
  readonly end: ChildEnd;
  readonly heard: readonly Report[];
  readonly tookMs: number;
}

async function run(
  script: string,
  options: { readonly silenceMs?: number; readonly signal?: AbortSignal; readonly clock?: Clock } = {},
): Promise<Run> {
  const heard: Report[] = [];
  const startedMs = performance.now();
  const end = await runChild({
    command: [process.execPath, '-e', SAY + script],
    env: { PATH: process.env.PATH ?? '' },
    order: {
      adapterName: null,
      backend: null,
      limits: { ...QUICK_LIMITS, silenceMs: options.silenceMs ?? 10_000 },
      software: true,
      memoryBytes: null,
      tuned: {},
    },
    clock: options.clock ?? systemClock,
    signal: options.signal ?? new AbortController().signal,
    heard: (report) => heard.push(report),
    waited: () => undefined,
  });
  return { end, heard, tookMs: performance.now() - startedMs };
}

test('a child is heard line by line, also where a line comes in pieces', async () => {
  const line = progress('fma');
  const { end, heard } = await run(
    `say(${JSON.stringify(line.slice(0, 9))}); setTimeout(() => { say(${JSON.stringify(`${line.slice(9)}\n`)}); process.exit(3); }, 20);`,
  );
  expect(heard).toEqual([{ kind: 'progress', step: 'fma', share: 0.5, detail: null }]);
  expect(end).toMatchObject({ kind: 'ended', step: 'fma', exitCode: 3 });
});

test('a child gets its order on standard input', async () => {
  const { end } = await run(`process.stdin.once('data', (data) => process.exit(JSON.parse(data).software === true ? 42 : 1));`);
  expect(end).toMatchObject({ kind: 'ended', exitCode: 42 });
});

test.each([
  ['no text', 'say(Buffer.from([0xff, 0xfe, 0x0a]));'],
  ['no report', `say('{"kind":"gift"}\\n');`],
  ['figures that are none', `say('{"kind":"done","vector":{"readGBs":{"value":-1}},"notes":[],"tuned":{}}\\n');`],
  ['a line without end', `for (let i = 0; i < 200; i++) say('x'.repeat(1000));`],
])('a child that says %s is ended', async (_, script) => {
  const { end } = await run(`${script} setInterval(() => {}, 1000);`);
  expect(end.kind).toBe('garbage');
});

test('the way a process ended and its last words are known, without what moves a cursor', async () => {
  const { end } = await run(`process.stderr.write('\\u001b[31mall is lost\\u0007\\n', () => process.kill(process.pid, 'SIGSEGV'));`);
  expect(end).toMatchObject({ kind: 'ended', signal: 'SIGSEGV', lastWords: 'all is lost\n' });
});

test('a child that says nothing is killed when its time is up, also one that ignores signals', async () => {
  const { end, tookMs } = await run(`process.on('SIGTERM', () => {}); for (;;) {}`, { silenceMs: 600 });
  expect(end).toMatchObject({ kind: 'silent', step: 'starting' });
  expect(tookMs).toBeLessThan(5_000);
});

test('a child whose event loop turns is not silent, however long one piece of work takes; one that stops saying so is', async () => {
  const beats = `say(${JSON.stringify(`${progress('tuning')}\n`)}); let beats = 0; setInterval(() => { if (beats++ < 8) say('{"kind":"alive"}\\n'); else for (;;) {} }, 250);`;
  const { end, tookMs } = await run(beats, { silenceMs: 1_500 });
  expect(end).toMatchObject({ kind: 'silent', step: 'tuning' });
  expect(tookMs).toBeGreaterThan(3_000);
});

test('a machine that slept has not waited for its child meanwhile', async () => {
  let sleptMs = 0;
  const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + sleptMs };
  const running = run(`say(${JSON.stringify(`${progress('tuning')}\n`)}); setTimeout(() => process.exit(7), 1500);`, {
    silenceMs: 5_000,
    clock,
  });
  await sleep(700);
  sleptMs = 3_600_000;
  expect((await running).end).toMatchObject({ kind: 'ended', exitCode: 7 });
});

test('cancelling ends a child within a second, whatever it does', async () => {
  const controller = new AbortController();
  const running = run(`say(${JSON.stringify(`${progress('sustained')}\n`)}); for (;;) {}`, { signal: controller.signal });
  await sleep(300);
  const cancelledMs = performance.now();
  controller.abort();
  expect((await running).end.kind).toBe('cancelled');
  expect(performance.now() - cancelledMs).toBeLessThan(1_000);
});

test('a run that was cancelled before it began starts no process', async () => {
  const { end, tookMs } = await run('', { signal: AbortSignal.abort() });
  expect(end.kind).toBe('cancelled');
  expect(tookMs).toBeLessThan(50);
});

test('a program that is not there is said', async () => {
  const end = await runChild({
    command: ['/no/such/program'],
    env: {},
    order: { adapterName: null, backend: null, limits: QUICK_LIMITS, software: true, memoryBytes: null, tuned: {} },
    clock: systemClock,
    signal: new AbortController().signal,
    heard: () => undefined,
    waited: () => undefined,
  });
  expect(end).toMatchObject({ kind: 'unstartable', detail: expect.stringContaining('ENOENT') });
});

test.skipIf(process.platform !== 'linux')('a child whose agent is killed ends, even one that is deaf', async () => {
  const tether = new URL('tether.ts', import.meta.url).href;
  const deaf = `const { endWithParent } = await import(${JSON.stringify(tether)}); endWithParent(); console.log(process.pid); for (;;) {}`;
  const agent = spawn(
    process.execPath,
    [
      '-e',
      `const child = require('node:child_process').spawn(process.execPath, ['--input-type=module', '-e', ${JSON.stringify(deaf)}], { stdio: ['pipe', 'inherit', 'inherit'] });`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [said] = await once(agent.stdout, 'data');
  const pid = Number(String(said));
  const lives = (): boolean => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  };
  expect(lives()).toBe(true);
  agent.kill('SIGKILL');
  await expect.poll(lives, { timeout: 5_000 }).toBe(false);
});
