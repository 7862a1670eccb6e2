import type { Sensor, SensorContext } from '../../signals.ts';
import { nativeSensor } from '../native-sensor.ts';
import type { MacSystem } from './system.ts';

export interface ProgramsApi extends Pick<MacSystem, 'processNames'> {
  /** As the owner wrote them: "Final Cut Pro", "Blender.app", "/Applications/Blender.app". */
  namedPrograms(): readonly string[];
}

const SOURCE = 'libproc';
/** proc_name gives so many bytes of a name (libproc.h: 2 * MAXCOMLEN). */
const NAME_BYTES = 32;

export async function openMacPrograms(_context: SensorContext, api: ProgramsApi): Promise<Sensor<'programs'>> {
  return nativeSensor({
    signal: 'programs',
    source: SOURCE,
    pace: 'brisk',
    fix: 'Sign out and in again.',
    read() {
      const named = api.namedPrograms();
      if (named.length === 0) return { kind: 'known', value: [], source: SOURCE }; // the list of processes is not free
      const running = new Set(api.processNames().map(bareName));
      return { kind: 'known', value: named.filter((name) => running.has(bareName(name))), source: SOURCE };
    },
  });
}

function bareName(program: string): string {
  const file = program.slice(program.lastIndexOf('/') + 1).replace(/\.app$/i, '');
  return Buffer.from(file).subarray(0, NAME_BYTES).toString().toLowerCase();
}
