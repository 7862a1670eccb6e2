/** VRAM of one GPU at one moment, as NVML counts it. */
export interface VramReading {
  readonly usedBytes: number;
  /** Of that, what is known to belong to programs of others. */
  readonly othersBytes: number;
}

export type VramVerdict =
  | { readonly kind: 'settled' }
  | { readonly kind: 'settling' }
  /** This GPU alone takes no more jobs until the quarantine ends. */
  | { readonly kind: 'quarantined'; readonly reason: string };

/** Far below what one CUDA context takes (some 250 MB and more), far above what the driver's own bookkeeping wavers by. */
const TOLERANCE_BYTES = 64 * 2 ** 20;
/** An eviction must have its VRAM back within 5 s; a driver that frees tens of gigabytes and scrubs them is given twice that. */
const DEADLINE_MS = 10_000;

/**
 * Judges what a GPU holds after a job against what it held before. What others use is taken off on both sides, so that an owner who starts
 * a game meanwhile is not taken for a job's leavings. Null: the driver did not answer. Without a figure from before the job there is nothing
 * to compare with, so it is never settled.
 */
export function judgeVram(before: VramReading | null, now: VramReading | null, sinceEndMs: number): VramVerdict {
  if (before !== null && now !== null && unexplained(now) <= unexplained(before) + TOLERANCE_BYTES) return { kind: 'settled' };
  if (before !== null && sinceEndMs < DEADLINE_MS) return { kind: 'settling' };
  return { kind: 'quarantined', reason: reasonOf(before, now) };
}

/** Programs may share memory that each of them is counted with, so others' may come to more than is used. */
const unexplained = ({ usedBytes, othersBytes }: VramReading): number => Math.max(0, usedBytes - othersBytes);

function reasonOf(before: VramReading | null, now: VramReading | null): string {
  if (before === null)
    return "The driver did not tell this GPU's memory before the job, so nobody can say whether the job left something in it.";
  if (now === null) return "The driver no longer tells this GPU's memory.";
  const excessMib = Math.ceil((unexplained(now) - unexplained(before)) / 2 ** 20);
  return `${excessMib} MiB of this GPU's memory were not given back within ${DEADLINE_MS / 1_000} s of the end of a job.`;
}
