import type { Kernel } from '../kernels/kernel.ts';
import type { GpuDevice } from './device.ts';
import { type Compiled, compile } from './pipeline.ts';

/** One candidate and how it did. */
export interface Tried {
  readonly name: string;
  /** The best time seen, as `measure` states it; null where it was never measured. */
  readonly bestMs: number | null;
  /** Why the device does not run it; null where it does, or was never asked. */
  readonly refusal: string | null;
}

export interface Tuned {
  readonly winner: Compiled;
  readonly bestMs: number;
  readonly tried: readonly Tried[];
}

/** Whoever is this much slower than the best so far is not measured again. */
const HOPELESS = 1.4;
/** Those that are still near each other after so many more measurements are equals. */
const MAX_ROUNDS = 5;

/**
 * Finds the fastest of the candidates on this device. Each is measured twice (the first time includes what the driver puts off), then those
 * near the best again in turns while the budget lasts. Candidates come best guess first: what the budget does not
 * reach, judged by the slowest before it, is left out.
 * `measure` returns the milliseconds of one launch. Throws what the signal says when it fires, what `measure` throws, and an
 * Error where the device refuses every candidate.
 */
export async function tune(
  device: GpuDevice,
  candidates: readonly Kernel[],
  measure: (compiled: Compiled) => Promise<number>,
  budgetMs: number,
  signal: AbortSignal,
): Promise<Tuned> {
  const endMs = performance.now() + budgetMs;
  const refusals = new Map<string, string>();
  const runners: { readonly compiled: Compiled; bestMs: number }[] = [];
  const fastestMs = (): number => Math.min(...runners.map(({ bestMs }) => bestMs));

  let longestMs = 0;
  for (const kernel of candidates) {
    signal.throwIfAborted();
    const startedMs = performance.now();
    if (runners.length > 0 && startedMs + longestMs > endMs) break;
    const compiled = await compile(device, kernel).catch((error: unknown) => String(error));
    if (typeof compiled === 'string') {
      refusals.set(kernel.name, compiled);
    } else {
      await measure(compiled);
      runners.push({ compiled, bestMs: await measure(compiled) });
    }
    longestMs = Math.max(longestMs, performance.now() - startedMs);
  }
  if (runners.length === 0) throw new Error(`no candidate runs here: ${[...refusals.values()].join('; ')}`);

  for (let round = 0; round < MAX_ROUNDS && performance.now() < endMs; round++) {
    const near = runners.filter(({ bestMs }) => bestMs <= HOPELESS * fastestMs());
    if (near.length === 1) break;
    for (const runner of near) {
      signal.throwIfAborted();
      if (performance.now() >= endMs) break;
      runner.bestMs = Math.min(runner.bestMs, await measure(runner.compiled));
    }
  }

  const [winner] = runners.toSorted((a, b) => a.bestMs - b.bestMs);
  if (winner === undefined) throw new Error('unreachable: at least one ran');
  const best = new Map(runners.map(({ compiled, bestMs }) => [compiled.kernel.name, bestMs]));
  return {
    winner: winner.compiled,
    bestMs: winner.bestMs,
    tried: candidates.map(({ name }) => ({ name, bestMs: best.get(name) ?? null, refusal: refusals.get(name) ?? null })),
  };
}
