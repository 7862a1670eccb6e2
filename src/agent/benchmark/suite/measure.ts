import type { BenchmarkStep, Measurement } from '../../../contract/model/benchmark.ts';
import type { Compiled } from '../gpu/pipeline.ts';
import { calibrate, type SubmitTime, timeSubmit } from '../gpu/timing.ts';
import { agree, iqrShare, launchMs, median } from '../statistics.ts';
import type { Bench } from './bench.ts';

/** A kernel with its buffers bound. */
export interface Launch {
  readonly compiled: Compiled;
  readonly bindGroup: GPUBindGroup;
}

export interface Timing {
  readonly launchMs: number;
  readonly iqrShare: number;
  readonly samples: number;
}

/** Which part of which step this is, for progress. */
export interface Part {
  readonly step: BenchmarkStep;
  readonly from: number;
  readonly to: number;
  /** What is measured, in a few words. */
  readonly what: string;
  /** When its time is up, by performance.now(). */
  readonly endMs: number;
}

/** Two samples this near to each other end the warm-up. */
const WARM = 0.02;
/** The warm-up takes no more of the time than this. */
const WARM_SHARE = 0.3;
/** A spread above this is measured again while there is time. */
const SPREAD = 0.05;
/** The device's clock and ours must agree within this, and so must slope and plain time. */
const CLOCKS = 0.05;
/** A device so slow that its time is up is measured so often all the same. */
const FEWEST = 3;

/**
 * The time of one launch: warmed up, then submits of n and of 2n launches in turns, whose difference holds no cost of submitting. The device's
 * own clock counts where it agrees with ours. `check` is called after each submit, outside the measured time, and throws for a wrong result.
 */
export async function measure(bench: Bench, launch: Launch, part: Part, check: () => Promise<void>): Promise<Timing> {
  const { gpu, limits } = bench;
  const budgetMs = Math.max(1, part.endMs - performance.now()); // all of it is gone where the device compiles for long
  const leftShare = (): number => Math.max(0, (part.endMs - performance.now()) / budgetMs);
  const say = (detail: string): void =>
    bench.say(part.step, part.from + (part.to - part.from) * (1 - leftShare()), `${part.what}: ${detail}`);
  const submit = async (repeats: number): Promise<SubmitTime> => {
    const time = await timeSubmit(gpu, launch.compiled, launch.bindGroup, launch.compiled.kernel.workgroups, repeats);
    await check();
    return time;
  };

  say('warming up');
  const fitting = await calibrate(gpu, launch.compiled, launch.bindGroup, launch.compiled.kernel.workgroups, limits.submitMs);
  const half = Math.floor(fitting / 2);
  const full = Math.max(1, 2 * half);
  for (let last = await submit(full); leftShare() > 1 - WARM_SHARE; ) {
    const next = await submit(full);
    if (agree(last.wallMs, next.wallMs, WARM)) break;
    last = next;
    say('warming up');
  }

  let best = await sample();
  while (best.iqrShare > SPREAD && leftShare() > 0.4) {
    const again = await sample();
    best = steadier(best, again);
  }
  if (best.iqrShare > SPREAD)
    bench.note(
      `${part.what}: the samples spread by ${(100 * best.iqrShare).toFixed(1)} %, more than 5 %; other programs may have been busy.`,
    );
  if (best.samples < limits.samples) bench.note(`${part.what}: the time was up after ${best.samples} of ${limits.samples} samples.`);
  return best;

  async function sample(): Promise<Timing> {
    const [once, twice]: [SubmitTime[], SubmitTime[]] = [[], []];
    while (twice.length < limits.samples && (twice.length < FEWEST || leftShare() > 0)) {
      twice.push(await submit(full));
      if (half > 0 && twice.length % 2 === 0) once.push(await submit(half)); // one launch alone may fill a submit: then it has no half
      say(`sample ${twice.length} of ${limits.samples}`);
    }
    const clock = clockOf(twice);
    if (clock === wall && gpu.features.has('timestamp-query'))
      bench.note("The device's own clock and the wall clock differ by more than 5 %; the wall clock counts.");
    const times = twice.map(clock);
    return { launchMs: launchMs(once.map(clock), times, full, CLOCKS), iqrShare: iqrShare(times), samples: times.length };
  }
}

/** The one that spreads less; but fewer samples spread less by themselves, and prove less. */
export const steadier = (best: Timing, again: Timing): Timing =>
  again.samples >= best.samples && again.iqrShare < best.iqrShare ? again : best;

const wall = ({ wallMs }: SubmitTime): number => wallMs;
const own = ({ wallMs, gpuMs }: SubmitTime): number => gpuMs ?? wallMs;

function clockOf(times: readonly SubmitTime[]): (time: SubmitTime) => number {
  const known = times.flatMap(({ gpuMs }) => (gpuMs === null ? [] : [gpuMs]));
  return known.length === times.length && agree(median(known), median(times.map(wall)), CLOCKS) ? own : wall;
}

/** A figure: `work` of one launch in the unit's thousandth of a second. */
export const figure = (work: number, timing: Timing, path: string): Measurement => ({
  value: work / (timing.launchMs / 1_000),
  iqrShare: timing.iqrShare,
  samples: timing.samples,
  path,
  verified: true,
});
