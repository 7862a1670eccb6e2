import type { BenchmarkRun, Comparison } from '../../contract/model/benchmark.ts';
import type { HardwareDevice } from '../../contract/model/device.ts';
import { ProblemError } from '../../contract/model/problem.ts';
import type { WorkerState } from '../../contract/worker-api.ts';
import { type AgentClient, watchState } from '../agent-client.ts';
import { findDevice } from '../devices/find-device.ts';
import { followRuns, type RunEnd, type RunEnds } from './run-ends.ts';

export interface MeasuredDevice {
  readonly device: HardwareDevice;
  readonly end: RunEnd;
  /** The result against what the maker states; empty without a result. */
  readonly datasheet: readonly Comparison[];
}

export interface RunEvents {
  readonly onProgress: (device: HardwareDevice, run: BenchmarkRun) => void;
  readonly onEnd: (measured: MeasuredDevice) => void;
}

/**
 * Has the agent measure these devices (words that name them; none: every GPU) and follows it to the end. `signal` cancels the benchmark, not just
 * the following. Returns the ends in the order in which they came.
 */
export async function runBenchmarks(
  agent: AgentClient,
  words: readonly string[],
  signal: AbortSignal,
  events: RunEvents,
): Promise<readonly MeasuredDevice[]> {
  const failed = Promise.withResolvers<never>();
  const cancel = (): void => void agent.benchmarks.cancel().catch(failed.reject);
  try {
    return await Promise.race([failed.promise, follow(agent, words, signal, cancel, events)]);
  } catch (error) {
    throw error instanceof Error && error.name === 'AbortError' ? agentGone(error) : error; // what oRPC throws when its socket closes
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

async function follow(
  agent: AgentClient,
  words: readonly string[],
  signal: AbortSignal,
  cancel: () => void,
  { onProgress, onEnd }: RunEvents,
): Promise<readonly MeasuredDevice[]> {
  let wanted: readonly HardwareDevice[] = [];
  let runs: RunEnds | null = null;
  const told: MeasuredDevice[] = [];
  for await (const { devices, benchmarks } of watchState(agent)) {
    if (runs === null) {
      wanted = words.length === 0 ? everyDevice(devices, benchmarks) : [...new Set(words.map((word) => findDevice(devices, word)))];
      const deviceIds = wanted.map(({ id }) => id);
      await agent.benchmarks.start({ deviceIds }); // where there is none to name, the agent says why
      runs = followRuns(benchmarks, deviceIds);
      if (signal.aborted) cancel();
      else signal.addEventListener('abort', cancel, { once: true });
    }
    const ends = runs.take(benchmarks);
    for (const device of wanted) {
      const end = ends.get(device.id);
      if (end === undefined || told.some((each) => each.device.id === device.id)) continue;
      const measured = { device, end, datasheet: benchmarks.devices.find(({ deviceId }) => deviceId === device.id)?.datasheet ?? [] };
      told.push(measured);
      onEnd(measured);
    }
    const { running } = benchmarks;
    const measuredNow = wanted.find(({ id }) => id === running?.deviceId);
    if (running !== null && measuredNow !== undefined) onProgress(measuredNow, running);
    if (told.length === wanted.length) return told;
  }
  throw agentGone();
}

/** Every GPU that can be measured; where there is none, the software adapters. */
function everyDevice(devices: readonly HardwareDevice[], { devices: known }: WorkerState['benchmarks']): readonly HardwareDevice[] {
  const impossible = new Set(known.filter(({ standing }) => standing === 'impossible').map(({ deviceId }) => deviceId));
  const able = devices.filter(({ id, health }) => health.kind !== 'lost' && !impossible.has(id));
  const gpus = able.filter(({ kind }) => kind === 'gpu');
  return gpus.length > 0 ? gpus : able;
}

const agentGone = (cause?: Error): ProblemError =>
  new ProblemError(
    'not-found',
    'The agent went away during the benchmark, so nothing of it is kept.',
    'Start it with `npm start` and run the command again.',
    { cause },
  );
