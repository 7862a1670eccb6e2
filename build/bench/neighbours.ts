import { parseArgs } from 'node:util';
import { type Neighbours, type Sample, startNeighbours } from '../../e2e/road/neighbours.ts';
import { benchmark } from './_benchmark.ts';
import { type Figure, figure, median, quantile } from './_figures.ts';

/*
 * What a hostile job does to its neighbours on the same machine. One worker runs a job that counts and serves its screen; another worker of the
 * same network runs a fork bomb, a memory bomb, a disk filler and a log flood at once, or, as the peer, a job that only burns as much of the
 * processors as it may: both under the same limits, in turns, between looks at the machine with neither. The ratio is what hostility adds. A
 * container without limits is not tried: it would take the machine along.
 */
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    watch: { type: 'string', default: '10' },
    json: { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);
const watchMs = Number(options.watch) * 1_000;
const SETTLE_MS = 2_000;

const PHASES = ['idle', 'hostile', 'innocent'] as const;
type Phase = (typeof PHASES)[number];

async function measure(signal: AbortSignal): Promise<readonly Figure[]> {
  await using neighbours = await startNeighbours();
  const samples: Record<Phase, Sample[]> = { idle: [], hostile: [], innocent: [] };
  for (let round = 0; round < rounds; round++) {
    for (const kind of round % 2 === 0 ? (['hostile', 'innocent'] as const) : (['innocent', 'hostile'] as const)) {
      samples.idle.push(await neighbours.watch(watchMs));
      samples[kind].push(await beside(neighbours, kind, signal));
      signal.throwIfAborted();
    }
    console.error(`round ${round + 1}/${rounds}`);
  }
  samples.idle.push(await neighbours.watch(watchMs));
  const left = await neighbours.end();
  return [
    ...figuresOf("steps of the neighbour's job", 'a second', samples, ({ rate }) => [rate], 0.5),
    ...TIMES.flatMap(([name, of]) => [0.5, 0.95].flatMap((share) => figuresOf(`${name} p${share * 100}`, 'ms', samples, of, share))),
    figure('left behind', left.length, ''),
  ];
}

async function beside(neighbours: Neighbours, kind: 'hostile' | 'innocent', signal: AbortSignal): Promise<Sample> {
  await using _job = await neighbours.occupy(kind);
  await neighbours.watch(SETTLE_MS);
  signal.throwIfAborted();
  return await neighbours.watch(watchMs);
}

const TIMES: readonly (readonly [name: string, of: (sample: Sample) => readonly number[]])[] = [
  ['the page', ({ pageMs }) => pageMs],
  ["the screen's state", ({ stateMs }) => stateMs],
  ["a process of the host's", ({ forkMs }) => forkMs],
];

/** The figure with neither job; beside the hostile one with the innocent one as its peer; and both as a share of what is without them. */
function figuresOf(
  name: string,
  unit: string,
  samples: Readonly<Record<Phase, readonly Sample[]>>,
  of: (sample: Sample) => readonly number[],
  share: number,
): readonly Figure[] {
  const value = (phase: Phase): number =>
    (share === 0.5 ? median : (all: readonly number[]) => quantile(all, share))(samples[phase].flatMap(of));
  const [idle, hostile, innocent] = PHASES.map(value) as [number, number, number]; // one a phase
  return [
    figure(`${name}, before and after`, idle, unit),
    { ...figure(`${name}, beside the bombs`, hostile, unit), peer: innocent, ratio: hostile / innocent },
    figure(`${name}, beside the bombs / before and after`, hostile / idle, ''),
    figure(`${name}, beside the innocent job / before and after`, innocent / idle, ''),
  ];
}

await benchmark(['docker', 'losetup'], measure);
