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
  /** So much time has passed: what takes its usual time is believed to be under way, wherever the child last said it was. */
  creep(sinceMs: number): Progress;
}

/** What the child says reaches this part of a step; beyond it a step that takes longer than usual goes on ever more slowly. */
const SAID = 0.9;

/** Puts the steps together by how long each usually takes. */
export function createStepper(stepMs: Readonly<Record<BenchmarkStep, number>>): Stepper {
  const totalMs = benchmarkStep.options.reduce((sum, step) => sum + stepMs[step], 0);
  const beforeMs = (step: BenchmarkStep): number =>
    benchmarkStep.options.slice(0, benchmarkStep.options.indexOf(step)).reduce((sum, each) => sum + stepMs[each], 0);
  let current: { readonly step: BenchmarkStep; readonly detail: string | null } = { step: 'starting', detail: null };
  /** Of the current step, in its usual time; above `SAID` it takes longer than that. */
  let share = 0;
  let reached = 0;

  function move(): Progress {
    const shown = share < SAID ? share : 1 - (1 - SAID) / (1 + share - SAID);
    reached = Math.max(reached, (beforeMs(current.step) + shown * stepMs[current.step]) / totalMs);
    return { ...current, progress: reached, remainingMs: Math.round((1 - reached) * totalMs) };
  }
  return {
    at(step, said, detail) {
      share = Math.max(SAID * said, step === current.step ? share : 0);
      current = { step, detail };
      return move();
    },
    creep(sinceMs) {
      share += sinceMs / stepMs[current.step];
      return move();
    },
  };
}
