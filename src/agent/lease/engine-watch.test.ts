import { expect, it, vi } from 'vitest';
import type { EngineState } from '../../contract/worker-api.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { watchEngine } from './engine-watch.ts';

it('looks again at once when that was asked for during a look, also after a look that the clock began', async () => {
  const answers: ((state: EngineState) => void)[] = [];
  const engine = (): Promise<EngineState> => new Promise((resolve) => answers.push(resolve));
  const stop = new AbortController();
  const watch = watchEngine({ engine } as unknown as Sandbox, () => Promise.resolve(), stop.signal); // nothing else is called
  answers[0]?.({ kind: 'starting' });
  await expect.poll(() => answers.length, { timeout: 5_000 }).toBe(2); // by the clock
  watch.lookAgain(); // the engine went away while it is being asked
  answers[1]?.({ kind: 'ready', name: 'Docker', version: '28', apiVersion: '1.41', missing: [] });
  await expect.poll(() => answers.length).toBe(3);
  stop.abort();
  answers[2]?.({ kind: 'starting' });
  await watch.ended;
});

it('asks an engine that is ready only whether it answers, and in full once it does not', async () => {
  vi.useFakeTimers();
  const ready: EngineState = { kind: 'ready', name: 'Docker', version: '28', apiVersion: '1.41', missing: [] };
  const asked: string[] = [];
  let isThere = true;
  const sandbox = {
    engine: async () => {
      asked.push('in full');
      return isThere ? ready : ({ kind: 'starting' } as const);
    },
    answers: async () => {
      asked.push('whether it answers');
      return isThere;
    },
  };
  const states: string[] = [];
  const stop = new AbortController();
  const watch = watchEngine(
    sandbox as unknown as Sandbox, // nothing else is called
    async (state) => void states.push(state.kind),
    stop.signal,
  );
  await vi.advanceTimersByTimeAsync(30_000);
  expect(asked).toEqual(['in full', 'whether it answers', 'whether it answers']);
  isThere = false;
  await vi.advanceTimersByTimeAsync(15_000);
  expect(asked.slice(3)).toEqual(['whether it answers', 'in full']);
  expect(states).toEqual(['ready', 'ready', 'ready', 'starting']);
  stop.abort();
  await watch.ended;
  vi.useRealTimers();
});
