import type { DeviceKind } from '../../contract/model/device.ts';
import type { Limits } from './child/messages.ts';

/** A software device has no cooler of its own: what it can keep up is the processor's affair. */
const SOFTWARE_SUSTAINED_MS = 4_000;
/** Its steps take 40 s. It shares its processor with everything, and what it cannot make shorter takes several times as long on a busy one. */
const SOFTWARE_TOTAL_MS = 43_000;

/** What the product measures with: 53 s a card (worker.md, Suite), most of it the sustained run and the parts whose spread needs time. */
export const productLimits = (kind: DeviceKind): Limits => ({
  stepMs: {
    starting: 1_000,
    tuning: 6_000,
    fma: 5_000,
    'gemm-f32': 4_000,
    'gemm-f16': 3_500,
    'gemm-i8': 3_500,
    bandwidth: 4_000,
    transfer: 3_000,
    memory: 6_000,
    sustained: kind === 'software' ? SOFTWARE_SUSTAINED_MS : 17_000,
  },
  totalMs: kind === 'software' ? SOFTWARE_TOTAL_MS : 53_000,
  silenceMs: 10_000,
  waitMs: 10_000,
  submitMs: 100,
  samples: 11,
  largestGemm: 4096,
  /** Eight times the largest cache there is on a card (RTX 5090: 96 MB; RX 7900 XTX: 96 MB), as a power of two. */
  bandwidthBytes: 2 ** 30,
  memoryBytes: null,
});
