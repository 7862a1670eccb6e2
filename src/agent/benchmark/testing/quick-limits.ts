import type { Limits } from '../child/messages.ts';

/** A whole run in about a second: for what happens on the way, not for figures. */
export const QUICK_LIMITS: Limits = {
  stepMs: {
    starting: 500,
    tuning: 100,
    fma: 60,
    'gemm-f32': 60,
    'gemm-f16': 60,
    'gemm-i8': 60,
    bandwidth: 60,
    transfer: 60,
    memory: 60,
    sustained: 100,
  },
  totalMs: 1_500,
  silenceMs: 8_000,
  waitMs: 8_000, // a busy test machine takes seconds to compile a kernel
  submitMs: 2,
  samples: 3,
  largestGemm: 256,
  bandwidthBytes: 2 ** 21,
  memoryBytes: 2 ** 27,
};
