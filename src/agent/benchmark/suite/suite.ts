import type { BenchmarkVector, Measurement } from '../../../contract/model/benchmark.ts';
import { measureBandwidth } from './bandwidth.ts';
import { type Bench, budgetMs } from './bench.ts';
import { measureFma } from './fma.ts';
import { chooseGemm, type GemmChoice, measureGemm, tuningSize } from './gemm.ts';
import { measureMemory } from './memory.ts';
import { SuiteError } from './suite-error.ts';
import { measureSustained } from './sustained.ts';
import { measureTransfer } from './transfer.ts';

/** Measures everything, in the order of the steps. What a device cannot do is null, with a note. Throws SuiteError for what has a name. */
export async function runSuite(bench: Bench): Promise<BenchmarkVector> {
  if (bench.isSoftware) bench.note('A software device: it computes on the processor, and these are figures of the processor.');
  if (!bench.gpu.features.has('timestamp-query'))
    bench.note('The device has no clock of its own that programs may read; the wall clock counts.');

  bench.say('tuning', 0, null);
  const tunedMs = performance.now() + budgetMs(bench, 'tuning');
  const n = await tuningSize(bench);
  if (n === null) throw new SuiteError('failed', 'No kernel of ours runs on this device.');
  const tuningMs = (types: number): number => Math.max(0, tunedMs - performance.now()) / types;
  const f32 = await chooseGemm(bench, 'f32', n, 0, 1 / 3, tuningMs(3));
  const f16 = await chooseGemm(bench, 'f16', n, 1 / 3, 2 / 3, tuningMs(2));
  const i8 = await chooseGemm(bench, 'i8', n, 2 / 3, 1, tuningMs(1));
  if (f16 === null) bench.note('This device or its driver does not compute with f16.');

  bench.say('fma', 0, null);
  const fmaMs = budgetMs(bench, 'fma') / 2;
  const fmaF32Tflops = await measureFma(bench, 'f32', 0, 0.5, fmaMs);
  const fmaF16Tflops = await measureFma(bench, 'f16', 0.5, 1, fmaMs);
  const gemm = async (choice: GemmChoice | null): Promise<Measurement | null> => (choice === null ? null : measureGemm(bench, choice));
  const gemmF32Tflops = await gemm(f32);
  const gemmF16Tflops = await gemm(f16);
  const gemmI8Tops = await gemm(i8);
  bench.say('bandwidth', 0, null);
  const bandwidth = await measureBandwidth(bench, budgetMs(bench, 'bandwidth'));
  bench.say('transfer', 0, null);
  const transfer = await measureTransfer(bench, budgetMs(bench, 'transfer'));
  bench.say('memory', 0, null);
  const memoryBytes = await measureMemory(bench, budgetMs(bench, 'memory'));

  bench.say('sustained', 0, null);
  const load = f16 ?? f32;
  if (bench.isSoftware) bench.note('The sustained run is short here: a software device has no cooler of its own.');
  const sustainedShare = load === null ? null : await measureSustained(bench, load, budgetMs(bench, 'sustained'));
  const vector = {
    fmaF32Tflops,
    fmaF16Tflops,
    gemmF32Tflops,
    gemmF16Tflops,
    gemmI8Tops,
    ...bandwidth,
    ...transfer,
    memoryBytes,
    sustainedShare,
  };
  for (const [name, value] of Object.entries(vector))
    if (value === null && !(f16 === null && name.includes('F16')))
      bench.note(`${name}: not reached, because the device runs none of its kernels in time.`);
  return vector;
}
