import { createBuffer, readBack, upload } from '../../gpu/buffers.ts';
import { type GpuDevice, openDevice } from '../../gpu/device.ts';
import { bind, compile } from '../../gpu/pipeline.ts';
import { timeSubmit } from '../../gpu/timing.ts';
import { bandwidthKernel, TRIAD_SCALAR, type Traffic } from '../bandwidth.ts';
import { broadcastGemm } from '../broadcast-gemm.ts';
import { type FmaType, fmaExpected, fmaKernel, fmaSeeds } from '../fma.ts';
import { type Arithmetic, F16, F32, type GemmShape, I8 } from '../gemm.ts';
import type { Kernel } from '../kernel.ts';
import { tiledGemm } from '../tiled-gemm.ts';

/*
 * Runs one small kernel of each family on the device that the environment shows and compares all it left with the processor's own result.
 * Prints one JSON object per kernel. A process of its own, for the environment must be set before the Vulkan loader starts.
 */

/** One kernel; `wrong` says where it left something else than the processor. */
export interface Checked {
  readonly name: string;
  readonly wrong: string | null;
  readonly gpuMs: number | null;
}

/** No two of the sizes alike, so that rows and columns cannot be mixed up unseen. */
const SHAPE: GemmShape = { m: 64, n: 128, k: 96 };
const BUFFER_BYTES = 64 * 2 ** 10;
const FMA = { tile: { chains: 2, lanes: 2, invocations: 64 }, workgroups: 4 } as const;

async function launch(
  device: GpuDevice,
  kernel: Kernel,
  inputs: readonly ArrayBufferView[],
): Promise<{ readonly output: ArrayBuffer; readonly gpuMs: number | null }> {
  const compiled = await compile(device, kernel);
  const outputBytes = kernel.bindings.at(-1)?.sizeBytes ?? 0;
  const buffers = [...inputs.map((data) => upload(device, data)), createBuffer(device, outputBytes)];
  const { gpuMs } = await timeSubmit(device, compiled, bind(device, compiled, buffers), kernel.workgroups, 1);
  const output = await readBack(device, buffers.at(-1) ?? createBuffer(device, 4));
  for (const buffer of buffers) buffer.destroy();
  return { output, gpuMs };
}

const difference = (got: ArrayLike<number>, expected: ArrayLike<number>, within: number): string | null => {
  for (let at = 0; at < expected.length; at++)
    if (!(Math.abs((got[at] ?? Number.NaN) - (expected[at] ?? Number.NaN)) <= within))
      return `${got[at]} instead of ${expected[at]} at ${at}`;
  return got.length === expected.length ? null : `${got.length} values instead of ${expected.length}`;
};

const MATRIX = { f32: Float32Array, f16: Float16Array, i8: Int8Array } as const;

async function checkGemm(device: GpuDevice, arithmetic: Arithmetic, element: keyof typeof MATRIX, kernel: Kernel): Promise<Checked> {
  const { m, n, k } = SHAPE;
  const fill = (): number => (element === 'i8' ? Math.floor(Math.random() * 256) - 128 : Math.random() - 0.5);
  const [left, right] = [m * k, k * n].map((size) => MATRIX[element].from(Array.from({ length: size }, fill)));
  if (left === undefined || right === undefined) throw new Error('unreachable: two were made');
  const expected = new Float64Array(m * n);
  for (let row = 0; row < m; row++)
    for (let column = 0; column < n; column++)
      for (let step = 0; step < k; step++)
        expected[row * n + column] = (expected[row * n + column] ?? 0) + (left[row * k + step] ?? 0) * (right[step * n + column] ?? 0);
  const { output, gpuMs } = await launch(device, kernel, [left, right]);
  const product = arithmetic.accumulator === 'i32' ? new Int32Array(output) : new Float32Array(output);
  return { name: kernel.name, wrong: difference(product, expected, element === 'i8' ? 0 : 1e-4), gpuMs };
}

async function checkFma(device: GpuDevice, type: FmaType, rounds: number): Promise<Checked> {
  const invocations = FMA.workgroups * FMA.tile.invocations;
  const seeds = fmaSeeds(invocations, Math.random);
  const kernel = fmaKernel(type, FMA.tile, { workgroups: FMA.workgroups, rounds });
  const expected = seeds.subarray(2).map((seed) => fmaExpected(seed, FMA.tile, rounds));
  const { output, gpuMs } = await launch(device, kernel, [seeds]);
  return { name: `${kernel.name}, ${rounds} rounds`, wrong: difference(new Float32Array(output), expected, 0), gpuMs };
}

async function checkBandwidth(device: GpuDevice, traffic: Traffic): Promise<Checked> {
  const tile = { invocations: 64, quads: 4 };
  const kernel = bandwidthKernel(traffic, BUFFER_BYTES, tile);
  const [a, b] = [0, 1].map(() => Float32Array.from({ length: BUFFER_BYTES / 4 }, () => Math.floor(Math.random() * 1000)));
  if (a === undefined || b === undefined) throw new Error('unreachable: two were made');
  const expected: Readonly<Record<Traffic, () => Float32Array>> = {
    copy: () => a,
    triad: () => a.map((value, at) => value + TRIAD_SCALAR * (b[at] ?? 0)),
    // Lane l of group g adds up quads g * 256 + l + 64 * (0 to 3); 4 floats a quad.
    read: () =>
      Float32Array.from({ length: a.length / tile.quads }, (_, at) => {
        const [quad, part] = [Math.floor(at / 4), at % 4];
        const [group, lane] = [Math.floor(quad / tile.invocations), quad % tile.invocations];
        return [0, 1, 2, 3].reduce(
          (sum, q) => sum + (a[4 * (group * tile.invocations * tile.quads + lane + q * tile.invocations) + part] ?? 0),
          0,
        );
      }),
  };
  const { output, gpuMs } = await launch(device, kernel, traffic === 'triad' ? [a, b] : [a]);
  return { name: kernel.name, wrong: difference(new Float32Array(output), expected[traffic](), 0), gpuMs };
}

const device = await openDevice({ adapterName: null, backend: null });
const lanes = device.subgroupSizes.max;
for (const [arithmetic, element] of [
  [F32, 'f32'],
  [F16, 'f16'],
  [I8, 'i8'],
] as const) {
  if (!arithmetic.features.every((feature) => device.features.has(feature))) continue;
  for (const kernel of [
    tiledGemm(SHAPE, arithmetic, { blockM: 16, blockN: 32, blockK: 8, rows: 2, columns: 4 }),
    broadcastGemm(SHAPE, arithmetic, { lanes, rowsPerLane: 8 / lanes, quads: 1 }),
  ])
    console.log(JSON.stringify(await checkGemm(device, arithmetic, element, kernel)));
}
for (const type of ['f32', 'f16'] as const)
  if (type === 'f32' || device.features.has('shader-f16'))
    for (const rounds of [1, 5]) console.log(JSON.stringify(await checkFma(device, type, rounds)));
for (const traffic of ['read', 'copy', 'triad'] as const) console.log(JSON.stringify(await checkBandwidth(device, traffic)));
process.exit(0); // Dawn may wait for ever for a device that hangs
