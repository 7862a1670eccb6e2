import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bandwidthCandidates, bandwidthKernel } from './bandwidth.ts';
import { broadcastGemm } from './broadcast-gemm.ts';
import { fmaCandidates, fmaExpected, fmaKernel, fmaSeeds } from './fma.ts';
import { F16, F32 } from './gemm.ts';
import { gemmF16Candidates } from './gemm-f16.ts';
import { gemmF32Candidates } from './gemm-f32.ts';
import { gemmI8Candidates } from './gemm-i8.ts';
import type { Abilities, Kernel } from './kernel.ts';
import { subgroupMatrixGemm } from './subgroup-matrix.ts';
import { tiledGemm } from './tiled-gemm.ts';

const SHAPE = { m: 512, n: 1024, k: 256 };
const MATRIX = { componentType: 'f16', resultType: 'f32', m: 16, n: 16, k: 16 } as const;
const limits = { maxComputeWorkgroupStorageSize: 32_768, maxComputeInvocationsPerWorkgroup: 1024 };
/** As NVIDIA's cards report themselves. */
const card: Abilities = {
  features: new Set(['shader-f16', 'subgroups', 'chromium-experimental-subgroup-matrix']),
  limits,
  subgroupSizes: { min: 32, max: 32 },
  subgroupMatrices: [MATRIX, { componentType: 'i8', resultType: 'i32', m: 16, n: 16, k: 32 }],
};
/** As SwiftShader reports itself. */
const software: Abilities = { features: new Set(['subgroups']), limits, subgroupSizes: { min: 4, max: 4 }, subgroupMatrices: [] };

const families = (kernels: readonly Kernel[]): readonly string[] => [...new Set(kernels.map(({ name }) => name.split(' ')[1] ?? ''))];

test('a card multiplies halves and bytes on its matrix units first, and singles in blocks', () => {
  expect(families(gemmF16Candidates(SHAPE, card))).toEqual(['matrices', 'tiled']);
  expect(families(gemmI8Candidates(SHAPE, card))).toEqual(['matrices', 'tiled']);
  expect(families(gemmF32Candidates(SHAPE, card))).toEqual(['tiled']);
});

test('a processor that plays GPU hands values round its lanes first, and without halves has no product of them', () => {
  expect(families(gemmF32Candidates(SHAPE, software))).toEqual(['broadcast', 'tiled']);
  expect(gemmF16Candidates(SHAPE, software)).toEqual([]);
  expect(fmaCandidates('f16', 4096, 1, software)).toEqual([]);
});

test('a device whose subgroups are of several sizes is offered no kernel that counts on one', () => {
  expect(families(gemmI8Candidates(SHAPE, { ...card, subgroupSizes: { min: 8, max: 32 } }))).toEqual(['tiled']);
});

test('a block that needs more memory or invocations than a workgroup has is not offered', () => {
  const names = (abilities: Abilities): readonly string[] => gemmF32Candidates(SHAPE, abilities).map(({ name }) => name);
  expect(names(card)).toContain('f32 tiled 128x128x16 of 8x8');
  expect(names({ ...card, limits: { ...limits, maxComputeWorkgroupStorageSize: 16_384 } })).not.toContain('f32 tiled 128x128x16 of 8x8');
  expect(names({ ...card, limits: { ...limits, maxComputeInvocationsPerWorkgroup: 128 } })).not.toContain('f32 tiled 128x128x16 of 8x8');
});

test.each(
  [...gemmF32Candidates(SHAPE, software), ...gemmF16Candidates(SHAPE, card), ...gemmI8Candidates(SHAPE, card)].map((kernel) => [
    kernel.name,
    kernel,
  ]),
)('%s is one launch of 2 m n k operations over three matrices in rows', (_, { flops, ops, bytes, bindings }) => {
  expect(flops + ops).toBe(2 * 512 * 1024 * 256);
  const [a = 0, b = 0, c = 0] = bindings.map(({ sizeBytes }) => sizeBytes);
  const elementBytes = a / (512 * 256);
  expect([1, 2, 4]).toContain(elementBytes);
  expect([b, c]).toEqual([256 * 1024 * elementBytes, 512 * 1024 * 4]);
  expect(bytes).toBe(a + b + c);
});

test('the workgroups of a product cover each of its elements once', () => {
  expect(tiledGemm(SHAPE, F32, { blockM: 64, blockN: 128, blockK: 16, rows: 8, columns: 8 }).workgroups).toEqual([1024 / 128, 512 / 64, 1]);
  expect(broadcastGemm(SHAPE, F32, { lanes: 8, rowsPerLane: 2, quads: 2 }).workgroups).toEqual([1024 / 64, 512 / 16, 1]);
  const matrices = subgroupMatrixGemm(SHAPE, F16, MATRIX, { subgroupSize: 32, subgroups: 4, down: 2, across: 2 });
  expect(matrices.workgroups).toEqual([((512 / 32) * (1024 / 32)) / 4, 1, 1]);
});

test('sizes that tiles do not divide are refused, and offered no kernel', () => {
  const odd = { m: 500, n: 1024, k: 256 };
  expect(() => tiledGemm(odd, F32, { blockM: 64, blockN: 64, blockK: 16, rows: 4, columns: 4 })).toThrow(RangeError);
  expect(() => broadcastGemm(odd, F32, { lanes: 8, rowsPerLane: 1, quads: 1 })).toThrow(RangeError);
  expect(() => subgroupMatrixGemm(odd, F16, MATRIX, { subgroupSize: 32, subgroups: 1, down: 2, across: 2 })).toThrow(RangeError);
  expect(() => bandwidthKernel('copy', 1000, { invocations: 64, quads: 4 })).toThrow(RangeError);
  expect(gemmF16Candidates(odd, card)).toEqual([]);
});

test('read, copy and triad move each buffer once, within the workgroups that every device has', () => {
  const bytes = 2 ** 30;
  for (const kernel of bandwidthCandidates('copy', bytes)) expect(kernel.bytes).toBe(2 * bytes);
  for (const kernel of bandwidthCandidates('triad', bytes)) expect(kernel.bytes).toBe(3 * bytes);
  for (const kernel of bandwidthCandidates('read', bytes)) {
    expect(kernel.bytes).toBeGreaterThanOrEqual(bytes);
    expect(Math.max(...kernel.workgroups)).toBeLessThanOrEqual(65_535);
  }
});

test('twice the rounds are twice the multiply-adds, and leave other sums', () => {
  const tile = { chains: 4, lanes: 2, invocations: 64 } as const;
  const [once, twice] = [1, 2].map((rounds) => fmaKernel('f32', tile, { workgroups: 4, rounds }));
  expect(once?.flops).toBe(2 * 16 * 4 * 2 * 256);
  expect(twice?.flops).toBe(2 * 2 * 16 * 4 * 2 * 256);
  expect(twice?.code).toBe(once?.code);
  expect(new Set([0, 1, 2].map((rounds) => fmaExpected(7, tile, rounds))).size).toBe(3);
});

test('the sums of multiply-adds stay whole numbers that a half holds exactly', () => {
  const [f, g, ...seeds] = fmaSeeds(1000, Math.random);
  expect([f, g]).toEqual([1, -1]);
  const inexact = seeds.filter((seed) => {
    let [x, y] = [seed + 31, seed];
    const values: number[] = [];
    for (let pair = 0; pair < 6; pair++) {
      x += y;
      y -= x;
      values.push(x, y);
    }
    return x !== seed + 31 || y !== seed || !values.every((value) => Number.isInteger(value) && Math.abs(value) <= 2048);
  });
  expect(inexact).toEqual([]);
});

test('Dawn has nothing against any shader, those for matrix units included', () => {
  const printed = execFileSync(process.execPath, [join(import.meta.dirname, 'testing', 'compile-kernels.ts')], { encoding: 'utf8' });
  const results: readonly { readonly name: string; readonly refusal: string | null }[] = JSON.parse(
    printed.trim().split('\n').at(-1) ?? '',
  );
  expect(results.filter(({ refusal }) => refusal !== null)).toEqual([]);
  const families = ['matrices', 'tiled', 'broadcast'].flatMap((family) => ['f16', 'i8'].map((type) => `${type} ${family}`));
  for (const family of [...families, 'f32 tiled', 'f32 broadcast', 'f32 fma', 'f16 fma', 'read', 'copy', 'triad'])
    expect(results.some(({ name }) => name.startsWith(family))).toBe(true);
});
