import type { Sensor, SensorContext } from '../../signals.ts';
import { nativeSensor } from '../native-sensor.ts';
import type { Kernel32, SystemTimes } from './kernel32.ts';

export interface CpuApi extends Pick<Kernel32, 'systemTimes'> {
  /** Processor time that our jobs and Nightshift itself used so far, ms. */
  ourCpuMs(): number;
}

const SOURCE = 'GetSystemTimes';
/** Windows counts in steps of 15.6 ms a processor: over a second that is a small part. */
const WINDOW_MS = 1_000;

/**
 * Jobs run in the virtual machine of WSL 2 or Docker Desktop (vmmem, vmmemWSL), and so may programs of the owner. Only what the jobs
 * themselves used, by the engine's count, is ours; the rest of that machine counts as the owner's.
 */
export async function openWindowsCpu(context: SensorContext, api: CpuApi): Promise<Sensor<'cpu'>> {
  interface Sample {
    readonly atMs: number;
    readonly times: SystemTimes;
    readonly oursMs: number;
  }
  const sample = (): Sample => ({ atMs: context.monotonicMs(), times: api.systemTimes(), oursMs: api.ourCpuMs() });
  let last = sample();
  let share: number | null = null;
  return nativeSensor({
    signal: 'cpu',
    source: SOURCE,
    pace: 'calm',
    fix: 'Install the system updates, then start Nightshift again.',
    read() {
      if (context.monotonicMs() - last.atMs >= WINDOW_MS) {
        const next = sample();
        const totalMs = next.times.kernelMs + next.times.userMs - last.times.kernelMs - last.times.userMs;
        const busyMs = totalMs - (next.times.idleMs - last.times.idleMs);
        const othersMs = busyMs - (next.oursMs - last.oursMs);
        if (totalMs > 0) share = Math.min(1, Math.max(0, othersMs / totalMs));
        last = next;
      }
      if (share === null) return { kind: 'unknown', source: SOURCE, detail: 'Use of the processor is being measured.', fix: null };
      return { kind: 'known', value: { shareByOthers: share }, source: SOURCE };
    },
  });
}
