import type { GpuUse } from '../../signals.ts';
import type { CounterValue } from './pdh.ts';

/** Of whom a GPU counter speaks. */
export interface GpuInstance {
  readonly pid: number;
  /** "luid_0x00000000_0x0000c85a_phys_0": the adapter, by an id that holds until the next start of Windows. */
  readonly gpu: string;
}

/** One program on one GPU. */
export interface ProcessUse extends Omit<GpuUse, 'program'> {
  readonly pid: number;
}

const INSTANCE = /^pid_(\d+)_(luid_0x[0-9a-f]+_0x[0-9a-f]+_phys_\d+)(?:_eng_\d+_engtype_[^#]*)?(?:#\d+)?$/;

/** Reads the name of an instance of "GPU Engine" or "GPU Process Memory"; null: it is none of these. */
export function parseGpuInstance(name: string): GpuInstance | null {
  const [, pid, gpu] = INSTANCE.exec(name.toLowerCase()) ?? [];
  return pid === undefined || gpu === undefined ? null : { pid: Number(pid), gpu };
}

/** A program is as busy on a GPU as on its busiest engine, which is how Task Manager counts. `dedicated` is in bytes, `engines` in percent. */
export function combineGpuUse(engines: readonly CounterValue[], dedicated: readonly CounterValue[]): readonly ProcessUse[] {
  const uses = new Map<string, ProcessUse>();
  const merge = (instance: GpuInstance, merged: (use: ProcessUse) => ProcessUse): void => {
    const key = `${instance.pid} ${instance.gpu}`;
    uses.set(key, merged(uses.get(key) ?? { pid: instance.pid, gpu: instance.gpu, busyShare: null, vramBytes: null }));
  };
  for (const { instance, value } of engines) {
    const of = parseGpuInstance(instance);
    if (of) merge(of, (use) => ({ ...use, busyShare: Math.max(use.busyShare ?? 0, Math.min(1, value / 100)) }));
  }
  for (const { instance, value } of dedicated) {
    const of = parseGpuInstance(instance);
    if (of) merge(of, (use) => ({ ...use, vramBytes: (use.vramBytes ?? 0) + value }));
  }
  return [...uses.values()];
}
