import { broadcastCandidates } from './broadcast-gemm.ts';
import { F16, type GemmShape } from './gemm.ts';
import type { Abilities, Kernel } from './kernel.ts';
import { subgroupMatrixCandidates } from './subgroup-matrix.ts';
import { tiledCandidates } from './tiled-gemm.ts';

/** Kernels for C[M,N] = A[M,K] * B[K,N] with A and B in halves and C in singles, best guess first. Empty without `shader-f16`. */
export const gemmF16Candidates = (shape: GemmShape, abilities: Abilities): readonly Kernel[] =>
  abilities.features.has('shader-f16')
    ? [
        ...subgroupMatrixCandidates(shape, F16, abilities),
        ...broadcastCandidates(shape, F16, abilities),
        ...tiledCandidates(shape, F16, abilities),
      ]
    : [];
