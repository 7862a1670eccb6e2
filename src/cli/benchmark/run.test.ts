import { describe, expect, it } from 'vitest';
import { ProblemError } from '../../contract/model/problem.ts';
import type { StateFrame, WorkerState } from '../../contract/worker-api.ts';
import type { AgentClient } from '../agent-client.ts';
import { type RunEvents, runBenchmarks } from './run.ts';
import { ofFailure, ofResult, testBenchmark, testDevice, testFailure, testResult, testRun } from './testing/devices.ts';

type Benchmarks = WorkerState['benchmarks'];

const DEVICES = [
  testDevice(),
  testDevice({ id: 'dev_b', place: 'PCI 0000:41:00.0' }),
  testDevice({ id: 'dev_soft', kind: 'software', name: 'llvmpipe', place: 'processor' }),
  testDevice({ id: 'dev_cpu', kind: 'cpu', name: 'Ryzen', place: 'socket 0' }),
];
const STATED = [{ figure: 'triadGBs', reference: 360, share: 0.883, source: 'stated by NVIDIA' }];
const DONE = testBenchmark({ last: ofResult(testResult()), datasheet: STATED });
const FAILED = testBenchmark({ deviceId: 'dev_b', last: ofFailure(testFailure({ deviceId: 'dev_b' })) });
const IMPOSSIBLE = testBenchmark({ deviceId: 'dev_cpu', standing: 'impossible' });
const never = new AbortController().signal;

/** An agent that tells these states one after the other; a state that is a promise is told when that has come. */
function telling(states: readonly (Partial<Benchmarks> | Promise<Partial<Benchmarks>>)[]) {
  const calls: unknown[] = [];
  async function* frames(): AsyncGenerator<StateFrame> {
    let revision = 0;
    for (const each of states) {
      const benchmarks = { running: null, waiting: [], devices: [IMPOSSIBLE], ...(await each) };
      revision += 1;
      if (revision === 1) yield { kind: 'snapshot', revision, state: { devices: DEVICES, benchmarks } as unknown as WorkerState };
      else yield { kind: 'change', revision, slices: { benchmarks } };
    }
  }
  const cancelled = Promise.withResolvers<void>();
  const agent = {
    state: { watch: async () => frames() },
    benchmarks: {
      start: async (input: unknown) => void calls.push(input),
      cancel: async () => cancelled.resolve(),
    },
  };
  return { agent: agent as unknown as AgentClient, calls, cancelled: cancelled.promise }; // of the whole client only this is called
}

function listening(): { readonly said: string[]; readonly events: RunEvents } {
  const said: string[] = [];
  const events: RunEvents = {
    onProgress: ({ id }, run) => void said.push(`${id} ${run.step} ${run.progress}`),
    onEnd: ({ device, end }) => void said.push(`${device.id} ${end?.kind ?? 'nothing'}`),
  };
  return { said, events };
}

describe('nightshift benchmark run', () => {
  it('measures every GPU where none is named, tells how far it is, and each end once', async () => {
    const { agent, calls } = telling([
      {},
      { running: testRun({ progress: 0.2 }), waiting: ['dev_b'] },
      { running: testRun({ progress: 0.3 }), waiting: ['dev_b'] },
      { running: testRun({ deviceId: 'dev_b', progress: 0.1 }), devices: [DONE] },
      { devices: [DONE, FAILED] },
    ]);
    const { said, events } = listening();
    const measured = await runBenchmarks(agent, [], never, events);
    expect(calls).toEqual([{ deviceIds: ['dev_a', 'dev_b'] }]);
    expect(said).toEqual(['dev_a gemm-f32 0.2', 'dev_a gemm-f32 0.3', 'dev_a result', 'dev_b gemm-f32 0.1', 'dev_b failure']);
    expect(measured).toMatchObject([
      { device: { id: 'dev_a' }, end: { kind: 'result' }, datasheet: STATED },
      { device: { id: 'dev_b' }, end: { kind: 'failure' }, datasheet: [] },
    ]);
  });

  it('measures what is named, by any part of its name', async () => {
    const { agent, calls } = telling([{}, { devices: [testBenchmark({ ...FAILED, deviceId: 'dev_soft' })] }]);
    await runBenchmarks(agent, ['llvm', 'dev_soft'], never, listening().events);
    expect(calls).toEqual([{ deviceIds: ['dev_soft'] }]);
    await expect(runBenchmarks(telling([{}]).agent, ['3060'], never, listening().events)).rejects.toThrow('3060 may be dev_a');
  });

  it('cancels at the signal, and what only waited has no end', async () => {
    const stopping = new AbortController();
    const afterwards = Promise.withResolvers<Partial<Benchmarks>>();
    const { agent, cancelled } = telling([{}, { running: testRun(), waiting: ['dev_b'] }, afterwards.promise]);
    void cancelled.then(() => afterwards.resolve({ devices: [testBenchmark({ last: ofFailure(testFailure({ code: 'cancelled' })) })] }));
    const { said, events } = listening();
    const ended = runBenchmarks(agent, [], stopping.signal, events);
    setImmediate(() => stopping.abort());
    expect((await ended).map(({ end }) => end?.kind ?? null)).toEqual(['failure', null]);
    expect(said.slice(-2)).toEqual(['dev_a failure', 'dev_b nothing']);
  });

  it('says so when the agent goes away', async () => {
    const gone = await runBenchmarks(telling([{}, { running: testRun() }]).agent, ['dev_a'], never, listening().events).catch(
      (error: unknown) => error,
    );
    expect(gone).toBeInstanceOf(ProblemError);
    expect(String(gone)).toContain('The agent went away during the benchmark');
  });
});
