import { openDevice } from '../../gpu/device.ts';
import { bandwidthCandidates } from '../bandwidth.ts';
import { fmaCandidates } from '../fma.ts';
import { gemmF16Candidates } from '../gemm-f16.ts';
import { gemmF32Candidates } from '../gemm-f32.ts';
import { gemmI8Candidates } from '../gemm-i8.ts';
import type { Abilities } from '../kernel.ts';

/*
 * Has Dawn check every shader that a card and a software device would be offered, on Dawn's null backend: no driver, nothing is run. Its last
 * line is JSON, the names of the kernels with what Dawn has against them.
 */
const SHAPE = { m: 512, n: 512, k: 512 };
const limits = { maxComputeWorkgroupStorageSize: 32_768, maxComputeInvocationsPerWorkgroup: 1024 };
const CARD: Abilities = {
  features: new Set(['shader-f16', 'subgroups', 'chromium-experimental-subgroup-matrix']),
  limits,
  subgroupSizes: { min: 32, max: 32 },
  subgroupMatrices: [
    { componentType: 'f16', resultType: 'f32', m: 16, n: 16, k: 16 },
    { componentType: 'f16', resultType: 'f32', m: 16, n: 8, k: 8 },
    { componentType: 'i8', resultType: 'i32', m: 16, n: 16, k: 32 },
  ],
};
const SOFTWARE: Abilities = { ...CARD, subgroupSizes: { min: 8, max: 8 }, subgroupMatrices: [] };

const kernels = [
  ...[CARD, SOFTWARE].flatMap((abilities) =>
    [gemmF32Candidates, gemmF16Candidates, gemmI8Candidates].flatMap((candidates) => candidates(SHAPE, abilities)),
  ),
  ...(['f32', 'f16'] as const).flatMap((type) => fmaCandidates(type, 4096, 1, CARD).map(({ kernel }) => kernel)),
  ...(['read', 'copy', 'triad'] as const).flatMap((traffic) => bandwidthCandidates(traffic, 2 ** 20)),
];
const { device } = await openDevice({ adapterName: null, backend: 'null' });
const results: { readonly name: string; readonly refusal: string | null }[] = [];
for (const { name, code } of kernels) {
  device.pushErrorScope('validation');
  device.createShaderModule({ code });
  results.push({ name, refusal: (await device.popErrorScope())?.message ?? null });
}
console.log(JSON.stringify(results));
process.exit(0);
