import type { Sensor, SensorContext } from '../../signals.ts';
import { nativeSensor } from '../native-sensor.ts';
import type { Process } from './kernel32.ts';

export interface ProgramsApi {
  processes(): readonly Process[];
  /** As the owner wrote them: "game.exe", "Game", "C:\\Games\\game.exe". */
  namedPrograms(): readonly string[];
}

const SOURCE = 'process list';

export async function openWindowsPrograms(_context: SensorContext, api: ProgramsApi): Promise<Sensor<'programs'>> {
  return nativeSensor({
    signal: 'programs',
    source: SOURCE,
    pace: 'brisk',
    fix: 'Sign out and in again.',
    read() {
      const named = api.namedPrograms();
      if (named.length === 0) return { kind: 'known', value: [], source: SOURCE }; // the list of processes is not free
      const running = new Set(api.processes().map((each) => bareName(each.name)));
      return { kind: 'known', value: named.filter((name) => running.has(bareName(name))), source: SOURCE };
    },
  });
}

/** File names do not tell cases apart on Windows, and ".exe" is seldom shown. */
function bareName(program: string): string {
  const file = program.slice(Math.max(program.lastIndexOf('\\'), program.lastIndexOf('/')) + 1).trim();
  return file.toLowerCase().replace(/\.exe$/, '');
}
