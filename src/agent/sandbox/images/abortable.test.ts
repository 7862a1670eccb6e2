import { expect, test } from 'vitest';
import { createShared, createTurns } from './abortable.ts';

const never = new AbortController().signal;

test('tasks run one after another; one that fails or is given up while it waits holds nobody up', async () => {
  const turn = createTurns();
  const log: string[] = [];
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const first = turn(never, async () => {
    log.push('first');
    await gate;
    log.push('first ends');
    throw new Error('failed');
  });
  const given = new AbortController();
  const second = turn(given.signal, async () => void log.push('second'));
  const third = turn(never, async () => void log.push('third'));
  given.abort(new Error('given up'));
  await expect(second).rejects.toThrow('given up');
  expect(log).toEqual(['first']);
  open();
  await expect(first).rejects.toThrow('failed');
  await third;
  expect(log).toEqual(['first', 'first ends', 'third']);
});

test('who asks for the same at the same time shares one run, its progress and its end', async () => {
  const shared = createShared<string, number>();
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  let runs = 0;
  const task = async (_signal: AbortSignal, onProgress: (progress: number) => void): Promise<string> => {
    runs += 1;
    await gate;
    onProgress(0.5);
    return `run ${runs}`;
  };
  const seen: string[] = [];
  const ask = (name: string) => shared('key', never, (progress) => void seen.push(`${name} ${progress}`), task);
  const both = Promise.all([ask('a'), ask('b')]);
  open();
  expect(await both).toEqual(['run 1', 'run 1']);
  expect(seen).toEqual(['a 0.5', 'b 0.5']);
  expect(await ask('c')).toBe('run 2');
});

test('a run goes on while one waits for it; the last to leave ends it and waits until it has ended', async () => {
  const shared = createShared<string, number>();
  const log: string[] = [];
  const task = async (signal: AbortSignal): Promise<string> => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    log.push('aborted');
    await new Promise((resolve) => setTimeout(resolve, 10));
    log.push('ended');
    throw signal.reason;
  };
  const [a, b] = [new AbortController(), new AbortController()];
  const ask = ({ signal }: AbortController) => shared('key', signal, () => undefined, task);
  const asked = [ask(a), ask(b)];
  a.abort(new Error('a left'));
  await expect(asked[0]).rejects.toThrow('a left');
  expect(log).toEqual([]);
  b.abort(new Error('b left'));
  await expect(asked[1]).rejects.toThrow('b left');
  expect(log).toEqual(['aborted', 'ended']);
});
