import type { Sensor, SensorContext } from '../../signals.ts';
import { nativeSensor } from '../native-sensor.ts';
import type { Powrprof } from './powrprof.ts';

const SOURCE = 'power requests';
/** winnt.h, EXECUTION_STATE. ES_SYSTEM_REQUIRED says nothing: Nightshift itself asks for it while it earns. */
const ES_DISPLAY_REQUIRED = 2;

/** Who asks is told to administrators only (`powercfg /requests`), that somebody asks is told to all. */
export async function openWindowsInhibitor(_context: SensorContext, api: Pick<Powrprof, 'executionState'>): Promise<Sensor<'inhibitor'>> {
  return nativeSensor({
    signal: 'inhibitor',
    source: SOURCE,
    pace: 'brisk',
    fix: 'Install the system updates, then start Nightshift again.',
    read() {
      const on = (api.executionState() & ES_DISPLAY_REQUIRED) !== 0;
      return { kind: 'known', value: on ? [{ who: 'A program', why: 'keeps the display on' }] : [], source: SOURCE };
    },
  });
}
