import type { BenchmarkResult } from '../../../contract/model/benchmark.ts';
import type { HardwareDevice } from '../../../contract/model/device.ts';
import type { DrawSource } from '../../../contract/model/power.ts';

/** What work adds to what an idle machine draws from the wall. */
export interface Draw {
  readonly drawW: number;
  readonly source: DrawSource;
  /** How it is known, one sentence or two. */
  readonly detail: string;
}

export interface DrawKnowledge {
  /** The last result of this device; null: never measured. */
  readonly result: BenchmarkResult | null;
  /** What the maker states for this model under load; null: not known. */
  readonly statedW: number | null;
  /** Share of the power from the wall that reaches the devices. */
  readonly supplyEfficiency: number;
}

/** What of its full draw a device draws idle too: 21 W of the 450 W of an RTX 3090 Ti (ecoenergygeek.com). Less idle makes work dearer, never cheaper. */
const IDLE_SHARE = 0.05;

/**
 * A thread of a processor under load. Makers state 5.3 W (Ryzen 9 7950X: 170 W, 32 threads) to 11.4 W (Core i7-6700K: 91 W, 8) for desktops, and
 * 1.9 W (EPYC 9654: 360 W, 192) to 3.1 W (Xeon 8480+: 350 W, 112) for servers, which are those of many threads.
 */
const THREAD_W = 8;
const DESKTOP_THREADS = 32;
const FURTHER_THREAD_W = 3;

/** A GPU of which nothing but the memory is known draws what a hungry card with as much does, by its maker: GTX 1650, RTX 3070, RTX 3080 12 GB, RTX 5080, RTX 4090, H100 SXM. */
const GIB = 2 ** 30;
const GPU_BY_MEMORY: readonly { readonly upToBytes: number; readonly drawW: number }[] = [
  { upToBytes: 4 * GIB, drawW: 75 },
  { upToBytes: 8 * GIB, drawW: 220 },
  { upToBytes: 12 * GIB, drawW: 350 },
  { upToBytes: 16 * GIB, drawW: 360 },
  { upToBytes: 24 * GIB, drawW: 450 },
];
const LARGE_GPU_W = 700;
/** One inside a processor shares its limit: laptop and desktop chips of this kind are sold at 15 to 65 W. */
const INTEGRATED_GPU_W = 65;
/** A power limit that moved by more than rounding makes an older measurement one of another device. */
const SAME_LIMIT_W = 1;

/** The best knowledge of what work on this device adds at the wall: measured, else its limit, else its maker's word, else a guess that is rather high. */
export function drawOf(device: HardwareDevice, knowledge: DrawKnowledge): Draw {
  const measured = measuredOf(device, knowledge.result);
  if (measured) {
    const { meanW, idleW, source } = measured;
    return atWall(
      device,
      knowledge,
      'measured',
      meanW - idleW,
      `Measured by its last benchmark${source}: ${watts(meanW)} under load, ${watts(idleW)} idle.`,
    );
  }
  const limit = device.powerLimitW;
  if (limit)
    return atWall(
      device,
      knowledge,
      'limit',
      overIdle(limit.value),
      `Its power limit is ${watts(limit.value)} (${limit.source}), which it cannot exceed.`,
    );
  if (knowledge.statedW !== null)
    return atWall(device, knowledge, 'model', overIdle(knowledge.statedW), `The maker states ${watts(knowledge.statedW)} for this model.`);
  const guess = guessOf(device);
  return atWall(device, knowledge, 'guess', overIdle(guess.fullW), `A guess ${guess.from}: ${watts(guess.fullW)} under load.`);
}

function measuredOf(device: HardwareDevice, result: BenchmarkResult | null) {
  if (result === null) return null;
  const { meanPowerW: meanW, idlePowerW: idleW, source } = result.sustained;
  if (meanW === null || idleW === null || meanW <= idleW) return null;
  const limitThenW = result.conditions.powerLimitW;
  if (limitThenW !== null && device.powerLimitW !== null && Math.abs(limitThenW - device.powerLimitW.value) > SAME_LIMIT_W) return null;
  return { meanW, idleW, source: source === null ? '' : ` (${source})` };
}

function guessOf(device: HardwareDevice): { readonly fullW: number; readonly from: string } {
  if (device.kind === 'cpu') {
    const threads = device.cores ?? DESKTOP_THREADS;
    const fullW = Math.min(threads, DESKTOP_THREADS) * THREAD_W + Math.max(0, threads - DESKTOP_THREADS) * FURTHER_THREAD_W;
    return {
      fullW,
      from: device.cores === null ? 'for a large desktop processor' : `from its ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    };
  }
  if (device.form === 'integrated') return { fullW: INTEGRATED_GPU_W, from: 'for a GPU inside a processor' };
  const memory = device.memoryBytes;
  if (memory === null) return { fullW: LARGE_GPU_W, from: 'for the hungriest GPUs, because its memory is not known' };
  const fullW = GPU_BY_MEMORY.find(({ upToBytes }) => memory.value <= upToBytes)?.drawW ?? LARGE_GPU_W;
  return { fullW, from: `for a GPU with ${Math.round(memory.value / GIB)} GiB` };
}

const overIdle = (fullW: number): number => fullW * (1 - IDLE_SHARE);

/** From the device to the wall; a GPU keeps a thread of the processor busy besides. */
function atWall(device: HardwareDevice, { supplyEfficiency }: DrawKnowledge, source: DrawSource, addedW: number, known: string): Draw {
  const feedingW = device.kind === 'gpu' ? THREAD_W : 0;
  const drawW = Math.ceil(((addedW + feedingW) / supplyEfficiency) * 10) / 10;
  const feeding = feedingW === 0 ? '' : `${watts(feedingW)} for the processor that feeds it and `;
  return {
    drawW,
    source,
    detail: `${known} Without what it draws idle, and with ${feeding}the power supply's loss, that is ${watts(drawW)} from the wall.`,
  };
}

const watts = (value: number): string => `${Number(value.toFixed(value < 100 ? 1 : 0))} W`;
