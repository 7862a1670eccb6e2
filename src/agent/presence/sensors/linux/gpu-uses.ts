import type { GpuUse } from '../../signals.ts';

/** Adds up what several processes of one program use of one GPU. Where a figure is known of some of them, their sum stands. */
export function perProgram(uses: Iterable<GpuUse>): readonly GpuUse[] {
  const together = new Map<string, GpuUse>();
  for (const use of uses) {
    const key = `${use.gpu}/${use.program}`;
    const one = together.get(key);
    const busyShare = sum(one?.busyShare ?? null, use.busyShare);
    together.set(key, {
      ...use,
      vramBytes: sum(one?.vramBytes ?? null, use.vramBytes),
      busyShare: busyShare === null ? null : Math.min(1, busyShare),
    });
  }
  return [...together.values()];
}

function sum(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : a + b;
}
