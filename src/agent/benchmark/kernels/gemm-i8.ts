import { broadcastCandidates } from './broadcast-gemm.ts';
import { type GemmShape, I8 } from './gemm.ts';
import type { Abilities, Kernel } from './kernel.ts';
import { subgroupMatrixCandidates } from './subgroup-matrix.ts';
import { tiledCandidates } from './tiled-gemm.ts';

/** Kernels for C[M,N] = A[M,K] * B[K,N] with A and B in signed bytes, four to a word, and C in i32; exact. Best guess first. */
export const gemmI8Candidates = (shape: GemmShape, abilities: Abilities): readonly Kernel[] => [
  ...subgroupMatrixCandidates(shape, I8, abilities),
  ...broadcastCandidates(shape, I8, abilities),
  ...tiledCandidates(shape, I8, abilities),
];
