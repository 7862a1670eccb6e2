import type { GpuUse, Sensor, SensorContext } from '../../signals.ts';
import { nativeSensor } from '../native-sensor.ts';
import { asDictionary, type CfDictionary } from './core-foundation.ts';
import type { IoKit } from './iokit.ts';

const SOURCE = 'IOAccelerator';

/** Use of each GPU as a whole: macOS does not tell it by program. Containers have no GPU on a Mac, so all of it is the owner's. */
export async function openMacGpu(_context: SensorContext, api: Pick<IoKit, 'services'>): Promise<Sensor<'gpu'>> {
  return nativeSensor({
    signal: 'gpu',
    source: SOURCE,
    pace: 'brisk',
    fix: 'Install the system updates, then start Nightshift again.',
    read() {
      const gpus = api.services(SOURCE, ['IOClass', 'PerformanceStatistics']);
      if (gpus.length === 0) return { kind: 'absent', source: SOURCE, detail: 'This Mac shows no GPU.' };
      const uses = gpus.map(useOf).filter((use) => use !== null);
      if (uses.length < gpus.length)
        return {
          kind: 'unknown',
          source: SOURCE,
          detail: 'macOS does not say how busy the GPU is.',
          fix: 'Install the system updates, then start Nightshift again.',
        };
      return { kind: 'known', value: uses.filter((use) => use.busyShare !== 0), source: SOURCE };
    },
  });
}

/** The keys are those that `ioreg -c IOAccelerator` shows; Apple's drivers have kept them since 2012 but document none. */
function useOf(gpu: CfDictionary, index: number): GpuUse | null {
  const statistics = asDictionary(gpu.PerformanceStatistics);
  const percent = statistics['Device Utilization %'];
  const bytes = statistics['In use system memory'] ?? statistics.vramUsedBytes;
  if (typeof percent !== 'number') return null;
  return {
    gpu: `${typeof gpu.IOClass === 'string' ? gpu.IOClass : SOURCE} ${index}`,
    program: null,
    vramBytes: typeof bytes === 'number' ? bytes : null,
    busyShare: Math.min(1, percent / 100),
  };
}
