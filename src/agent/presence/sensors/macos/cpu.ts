import type { Sensor, SensorContext } from '../../signals.ts';
import { nativeSensor } from '../native-sensor.ts';
import type { CpuTicks, MacSystem } from './system.ts';

export interface CpuApi extends Pick<MacSystem, 'cpuTicks'> {
  /** Processor time that our jobs and Nightshift itself used so far, ms. */
  ourCpuMs(): number;
}

const SOURCE = 'host_statistics';
const WINDOW_MS = 1_000;
/** mach/clock_types.h and sysconf(_SC_CLK_TCK): 100 ticks a second. */
const MS_PER_TICK = 10;

/** As on Windows, only what our jobs used by the engine's count is ours; the rest of its virtual machine counts as the owner's. */
export async function openMacCpu(context: SensorContext, api: CpuApi): Promise<Sensor<'cpu'>> {
  interface Sample {
    readonly atMs: number;
    readonly ticks: CpuTicks;
    readonly oursMs: number;
  }
  const sample = (): Sample => ({ atMs: context.monotonicMs(), ticks: api.cpuTicks(), oursMs: api.ourCpuMs() });
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
        const since = (state: keyof CpuTicks): number => ((next.ticks[state] - last.ticks[state]) >>> 0) * MS_PER_TICK; // ticks wrap
        const busyMs = since('user') + since('system') + since('nice');
        const totalMs = busyMs + since('idle');
        if (totalMs > 0) share = Math.min(1, Math.max(0, (busyMs - (next.oursMs - last.oursMs)) / totalMs));
        last = next;
      }
      if (share === null) return { kind: 'unknown', source: SOURCE, detail: 'Use of the processor is being measured.', fix: null };
      return { kind: 'known', value: { shareByOthers: share }, source: SOURCE };
    },
  });
}
