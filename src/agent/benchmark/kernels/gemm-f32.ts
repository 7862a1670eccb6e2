import { broadcastCandidates } from './broadcast-gemm.ts';
import { F32, type GemmShape } from './gemm.ts';
import type { Abilities, Kernel } from './kernel.ts';
import { tiledCandidates } from './tiled-gemm.ts';

/** Kernels for C[M,N] = A[M,K] * B[K,N] in single precision, best guess first. Empty where the shape is divisible by none of their tiles. */
export const gemmF32Candidates = (shape: GemmShape, abilities: Abilities): readonly Kernel[] => [
  ...broadcastCandidates(shape, F32, abilities),
  ...tiledCandidates(shape, F32, abilities),
];
