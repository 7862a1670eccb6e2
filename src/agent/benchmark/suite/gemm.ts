import type { BenchmarkStep, Measurement } from '../../../contract/model/benchmark.ts';
import { createBuffer, readBack, upload } from '../gpu/buffers.ts';
import type { GpuDevice } from '../gpu/device.ts';
import { bind, type Compiled, compile } from '../gpu/pipeline.ts';
import { timeSubmit } from '../gpu/timing.ts';
import { tune } from '../gpu/tune.ts';
import { gemmF16Candidates } from '../kernels/gemm-f16.ts';
import { gemmF32Candidates } from '../kernels/gemm-f32.ts';
import { gemmI8Candidates } from '../kernels/gemm-i8.ts';
import type { Kernel } from '../kernels/kernel.ts';
import { type Bench, budgetMs, powerOfTwo } from './bench.ts';
import { clear } from './clear.ts';
import { checkProduct, type Expectation, expectProduct, type GemmType, randomMatrix } from './matrices.ts';
import { figure, measure } from './measure.ts';
import { SuiteError } from './suite-error.ts';

/** The kernel for one type, compiled for the size it was chosen at, and how long one launch takes there. */
export interface GemmChoice {
  readonly type: GemmType;
  readonly compiled: Compiled;
  readonly n: number;
  readonly launchMs: number;
}

/** A product on the device, with what it must be. */
export interface Product {
  readonly n: number;
  readonly a: GPUBuffer;
  readonly b: GPUBuffer;
  readonly expectation: Expectation;
}

const KERNELS: Readonly<Record<GemmType, (n: number, gpu: GpuDevice) => readonly Kernel[]>> = {
  f32: (n, gpu) => gemmF32Candidates({ m: n, n, k: n }, gpu),
  f16: (n, gpu) => gemmF16Candidates({ m: n, n, k: n }, gpu),
  i8: (n, gpu) => gemmI8Candidates({ m: n, n, k: n }, gpu),
};
/**
 * Best guess first. What a workgroup shares is worth most on a card; on a processor it is only in the way, and takes llvmpipe 5 s to compile: there
 * it is tried only where nothing else runs.
 */
function candidates({ gpu, isSoftware }: Bench, type: GemmType, n: number): readonly Kernel[] {
  const all = KERNELS[type](n, gpu);
  const unshared = all.filter(({ code }) => !code.includes('var<workgroup>'));
  return isSoftware && unshared.length > 0 ? unshared : all;
}

const STEPS: Readonly<Record<GemmType, BenchmarkStep>> = { f32: 'gemm-f32', f16: 'gemm-f16', i8: 'gemm-i8' };

/** Kernels are chosen at a size whose launches are short, and measured at the largest whose launches are not long. */
const SMALLEST = 256;
const TUNED_LAUNCH_MS = 8;
const TUNED_LAUNCHES = 2;
const MEASURED_LAUNCH_MS = 100;

/** Makes random factors on the device. */
export function makeProduct({ gpu, random }: Bench, type: GemmType, n: number): Product {
  const [a, b] = [randomMatrix(type, n, random), randomMatrix(type, n, random)];
  return { n, a: upload(gpu, a.packed), b: upload(gpu, b.packed), expectation: expectProduct(type, n, a, b, random) };
}

export function destroyProduct({ a, b }: Product): void {
  a.destroy();
  b.destroy();
}

/** Reads a product back and checks all of it. Throws SuiteError `wrong-results`. */
export async function verify(gpu: GpuDevice, type: GemmType, expectation: Expectation, result: GPUBuffer, name: string): Promise<void> {
  const wrong = checkProduct(expectation, typed(type, await readBack(gpu, result)));
  if (wrong !== null) throw wrongProduct(name, wrong, expectation.n);
}

export const typed = (type: GemmType, data: ArrayBuffer): Float32Array | Int32Array =>
  type === 'i8' ? new Int32Array(data) : new Float32Array(data);

export const wrongProduct = (name: string, wrong: number, n: number): SuiteError =>
  new SuiteError('wrong-results', `The device computed wrongly: ${wrong} of ${n} rows of a matrix product are wrong (${name}).`);

/** The size at which kernels are tried: the largest, by f32, whose launches are short. Null where no kernel runs. */
export async function tuningSize(bench: Bench): Promise<number | null> {
  for (let n = SMALLEST; ; ) {
    const launchMs = await firstLaunch(bench, n);
    if (launchMs === null) return n === SMALLEST ? null : n / 2;
    const growth = powerOfTwo(Math.cbrt(TUNED_LAUNCH_MS / launchMs));
    if (growth < 2 || n >= bench.limits.largestGemm) return n;
    n = Math.min(n * growth, bench.limits.largestGemm);
  }
}

/** How long the first kernel takes that runs, whatever is in the matrices. */
async function firstLaunch(bench: Bench, n: number): Promise<number | null> {
  const { gpu } = bench;
  const [a, b, c] = [createBuffer(gpu, 4 * n * n), createBuffer(gpu, 4 * n * n), createBuffer(gpu, 4 * n * n)];
  try {
    for (const kernel of candidates(bench, 'f32', n)) {
      const compiled = await compile(gpu, kernel).catch(() => null); // this device refuses it; another kernel may do
      if (compiled === null) continue;
      const bindGroup = bind(gpu, compiled, [a, b, c]);
      await timeSubmit(gpu, compiled, bindGroup, kernel.workgroups, 1);
      const { wallMs, gpuMs } = await timeSubmit(gpu, compiled, bindGroup, kernel.workgroups, 1);
      return gpuMs ?? wallMs;
    }
    return null;
  } finally {
    for (const buffer of [a, b, c]) buffer.destroy();
  }
}

/** The fastest kernel of a type, found by trying at this size, or the one found earlier on this device with this driver. Null where none runs. */
export async function chooseGemm(
  bench: Bench,
  type: GemmType,
  n: number,
  from: number,
  to: number,
  tuningMs: number,
): Promise<GemmChoice | null> {
  const { gpu } = bench;
  const all = candidates(bench, type, n);
  if (all.length === 0) return null;
  const known = all.filter(({ name }) => name === bench.tuned.get(type));
  const startedMs = performance.now();
  const product = makeProduct(bench, type, n);
  const result = createBuffer(gpu, 4 * n * n);
  const checked = new Set<Compiled>();
  const wrong = new Map<string, SuiteError>();
  /** Once each, before it is timed: a kernel that this driver compiles wrongly must not win. */
  async function checkFirst(compiled: Compiled, bindGroup: GPUBindGroup): Promise<void> {
    if (checked.has(compiled)) return;
    checked.add(compiled);
    clear(gpu, result);
    await timeSubmit(gpu, compiled, bindGroup, compiled.kernel.workgroups, 1);
    const rows = checkProduct(product.expectation, typed(type, await readBack(gpu, result)));
    if (rows === null) return;
    const error = wrongProduct(compiled.kernel.name, rows, n);
    wrong.set(compiled.kernel.name, error);
    throw error;
  }
  try {
    const { winner, bestMs } = await tune(
      gpu,
      known.length > 0 ? known : all,
      async (compiled) => {
        const share = Math.min(1, (performance.now() - startedMs) / Math.max(1, tuningMs));
        bench.say('tuning', from + (to - from) * share, compiled.kernel.name);
        const bindGroup = bind(gpu, compiled, [product.a, product.b, result]);
        await checkFirst(compiled, bindGroup);
        const { wallMs, gpuMs } = await timeSubmit(gpu, compiled, bindGroup, compiled.kernel.workgroups, TUNED_LAUNCHES);
        return (gpuMs ?? wallMs) / TUNED_LAUNCHES;
      },
      tuningMs,
      new AbortController().signal, // never fires: the agent ends the whole process
    );
    for (const name of wrong.keys()) bench.note(`Not used, because this driver makes it compute wrongly: ${name}.`);
    bench.tuned.set(type, winner.kernel.name);
    return { type, compiled: winner, n, launchMs: bestMs };
  } catch (error) {
    throw wrong.values().next().value ?? error; // no kernel computes rightly: that is the device
  } finally {
    destroyProduct(product);
    result.destroy();
  }
}

/** The size at which the chosen kernel is measured: on a software device the one it is compiled for, because it would compile for seconds again. */
export function measuredSize({ limits, isSoftware }: Bench, { n, launchMs }: GemmChoice): number {
  if (isSoftware) return n;
  const growth = powerOfTwo(Math.cbrt(MEASURED_LAUNCH_MS / launchMs));
  return Math.max(n, Math.min(limits.largestGemm, n * Math.max(1, growth)));
}

/** The kernel of this name for another size. Null where its tiles do not divide it. */
export async function compileChoice(bench: Bench, choice: GemmChoice, n: number): Promise<Compiled | null> {
  if (n === choice.n) return choice.compiled;
  const kernel = candidates(bench, choice.type, n).find(({ name }) => name === choice.compiled.kernel.name);
  return kernel === undefined ? null : compile(bench.gpu, kernel);
}

/** TFLOPS, or TOPS for integers, of the chosen kernel; after each submit its product is read back and checked. */
export async function measureGemm(bench: Bench, choice: GemmChoice): Promise<Measurement> {
  const { gpu } = bench;
  const step = STEPS[choice.type];
  const endMs = performance.now() + budgetMs(bench, step);
  const n = measuredSize(bench, choice);
  const compiled = await compileChoice(bench, choice, n);
  if (compiled === null) throw new SuiteError('failed', `The kernel ${choice.compiled.kernel.name} does not fit matrices of ${n} rows.`);
  const product = makeProduct(bench, choice.type, n);
  const result = createBuffer(gpu, 4 * n * n);
  try {
    const bindGroup = bind(gpu, compiled, [product.a, product.b, result]);
    const part = { step, from: 0, to: 1, what: `${choice.type} products of ${n} rows`, endMs };
    const timing = await measure(bench, { compiled, bindGroup }, part, async () => {
      await verify(gpu, choice.type, product.expectation, result, compiled.kernel.name);
      clear(gpu, result);
    });
    const { kernel } = compiled;
    return figure((kernel.flops + kernel.ops) / 1e12, timing, `${kernel.name}, n = ${n}`);
  } finally {
    destroyProduct(product);
    result.destroy();
  }
}
