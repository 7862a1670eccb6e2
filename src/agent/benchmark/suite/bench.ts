import { type BenchmarkStep, benchmarkStep } from '../../../contract/model/benchmark.ts';
import type { Limits } from '../child/messages.ts';
import type { GpuDevice } from '../gpu/device.ts';

/** What the parts of the suite work with. */
export interface Bench {
  readonly gpu: GpuDevice;
  readonly limits: Limits;
  /** Random numbers of 32 bits. */
  random(): number;
  /** Computes on the processor: small sizes, main memory. */
  readonly isSoftware: boolean;
  /** Of the device, where it is known. */
  readonly memoryBytes: number | null;
  /** When all is to be done, by performance.now(). */
  readonly endMs: number;
  /** Names of the fastest kernels, by kind; those of earlier runs come first. */
  readonly tuned: Map<string, string>;
  /** Says how far a step is, from 0 to 1. */
  say(step: BenchmarkStep, share: number, detail: string | null): void;
  /** A sentence for those who read the result; the same one only once. */
  note(sentence: string): void;
}

/** The largest power of two that is not above `limit`. */
export const powerOfTwo = (limit: number): number => 2 ** Math.floor(Math.log2(limit));

/** The time for a step: what it is meant to have, or less where the suite is behind, in proportion to what is left to do. */
export function budgetMs({ limits: { stepMs }, endMs }: Bench, step: BenchmarkStep): number {
  const steps = benchmarkStep.options;
  const toDoMs = steps.slice(steps.indexOf(step)).reduce((sum, each) => sum + stepMs[each], 0);
  return stepMs[step] * Math.min(1, Math.max(LEAST, (endMs - performance.now()) / toDoMs));
}

/** A step with less than this part of its time finds nothing. */
const LEAST = 0.2;
