import type { Measurement } from '../../../contract/model/benchmark.ts';
import { createBuffer, readBack, upload } from '../gpu/buffers.ts';
import { bind, type Compiled, compile } from '../gpu/pipeline.ts';
import { timeSubmit } from '../gpu/timing.ts';
import { type FmaType, fmaCandidates, fmaExpected, fmaKernel, fmaSeeds } from '../kernels/fma.ts';
import type { Bench } from './bench.ts';
import { clear } from './clear.ts';
import { figure, measure } from './measure.ts';
import { SuiteError } from './suite-error.ts';

/** Enough for every processor of the largest card to be full several times over, and few enough for a software device. */
const INVOCATIONS = { gpu: 2 ** 20, software: 2 ** 12 } as const;
const TRIAL_ROUNDS = 16;
/** Part of the time in which shapes are tried. */
const TRYING = 0.3;
/** One launch takes about this long: many fit in a submit, and its cost does not show. */
const LAUNCH_MS = 5;

/** TFLOPS of chained multiply-adds, the best of several shapes; every sum is checked. Null where the device lacks the type. */
export async function measureFma(bench: Bench, type: FmaType, from: number, to: number, budgetMs: number): Promise<Measurement | null> {
  const { gpu } = bench;
  const startedMs = performance.now();
  const invocations = bench.isSoftware ? INVOCATIONS.software : INVOCATIONS.gpu;
  const candidates = fmaCandidates(type, invocations, TRIAL_ROUNDS, gpu);
  if (candidates.length === 0) return null;
  const seeds = fmaSeeds(invocations, () => bench.random() / 2 ** 32);
  const input = upload(gpu, seeds);
  const output = createBuffer(gpu, 4 * invocations);
  const bound = (compiled: Compiled): GPUBindGroup => bind(gpu, compiled, [input, output]);
  try {
    let best: { readonly choice: (typeof candidates)[number]; readonly perRoundMs: number; readonly flopsPerMs: number } | null = null;
    for (const choice of candidates) {
      const compiled = await compile(gpu, choice.kernel).catch(() => null); // refused here; another shape may run
      if (compiled === null) continue;
      bench.say('fma', from, choice.kernel.name);
      await timeSubmit(gpu, compiled, bound(compiled), compiled.kernel.workgroups, 1);
      const { wallMs, gpuMs } = await timeSubmit(gpu, compiled, bound(compiled), compiled.kernel.workgroups, 4);
      const launchMs = (gpuMs ?? wallMs) / 4;
      const flopsPerMs = choice.kernel.flops / launchMs;
      if (best === null || flopsPerMs > best.flopsPerMs) best = { choice, perRoundMs: launchMs / TRIAL_ROUNDS, flopsPerMs };
      if (performance.now() - startedMs > TRYING * budgetMs) break;
    }
    if (best === null) return null;

    const { tile } = best.choice;
    const rounds = Math.max(1, Math.round(LAUNCH_MS / best.perRoundMs));
    const compiled = await compile(gpu, fmaKernel(type, tile, { workgroups: invocations / tile.invocations, rounds }));
    const expected = new Map<number, number>();
    const part = { step: 'fma' as const, from, to, what: `${type} multiply-adds`, endMs: startedMs + budgetMs };
    const timing = await measure(bench, { compiled, bindGroup: bound(compiled) }, part, async () => {
      const sums = new Float32Array(await readBack(gpu, output));
      sums.forEach((sum, at) => {
        const seed = seeds[at + 2] ?? 0;
        let right = expected.get(seed);
        if (right === undefined) {
          right = fmaExpected(seed, tile, rounds);
          expected.set(seed, right);
        }
        if (sum !== right)
          throw new SuiteError(
            'wrong-results',
            `The device computed wrongly: a chain of ${type} multiply-adds left ${sum} instead of ${right}.`,
          );
      });
      clear(gpu, output);
    });
    return figure(compiled.kernel.flops / 1e12, timing, `${compiled.kernel.name}, ${rounds} rounds`);
  } finally {
    input.destroy();
    output.destroy();
  }
}
