import { type BenchmarkStep, benchmarkStep } from '../../contract/model/benchmark.ts';

export interface Progress {
  readonly step: BenchmarkStep;
  /** Of the whole suite, 0 to 1; never goes back. */
  readonly progress: number;
  readonly remainingMs: number;
  readonly detail: string | null;
}

export interface Stepper {
  /** The child has done this share of a step. */
  at(step: BenchmarkStep, share: number, detail: string | null): Progress;
  /** Nothing was said, but this step has run for so long: what takes its usual time is believed to be under way. */
  creep(elapsedMs: number): Progress;
}

/** What the child says reaches this part of a step; beyond it a step that takes longer than usual goes on ever more slowly. */
const SAID = 0.9;

/** Puts the steps together by how long each usually takes. */
export function createStepper(stepMs: Readonly<Record<BenchmarkStep, number>>): Stepper {
  const totalMs = benchmarkStep.options.reduce((sum, step) => sum + stepMs[step], 0);
  const beforeMs = (step: BenchmarkStep): number =>
    benchmarkStep.options.slice(0, benchmarkStep.options.indexOf(step)).reduce((sum, each) => sum + stepMs[each], 0);
  let current: { readonly step: BenchmarkStep; readonly detail: string | null } = { step: 'starting', detail: null };
  let reached = 0;

  function move(share: number): Progress {
    reached = Math.max(reached, (beforeMs(current.step) + share * stepMs[current.step]) / totalMs);
    return { ...current, progress: reached, remainingMs: Math.round((1 - reached) * totalMs) };
  }
  return {
    at(step, share, detail) {
      current = { step, detail };
      return move(SAID * share);
    },
    creep(elapsedMs) {
      const share = elapsedMs / stepMs[current.step];
      return move(share < SAID ? share : 1 - (1 - SAID) * Math.exp(SAID - share));
    },
  };
}
