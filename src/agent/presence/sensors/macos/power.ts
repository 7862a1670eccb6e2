import type { Sensor, SensorContext } from '../../signals.ts';
import { nativeSensor } from '../native-sensor.ts';
import type { IoKit } from './iokit.ts';

const SOURCE = 'IOPS';
const FIX = 'Shut the Mac down and start it again, so that it finds its battery.';

export async function openMacPower(
  _context: SensorContext,
  api: Pick<IoKit, 'powerSources' | 'providingSource'>,
): Promise<Sensor<'power'>> {
  return nativeSensor({
    signal: 'power',
    source: SOURCE,
    pace: 'calm',
    fix: FIX,
    read() {
      // IOPSKeys.h
      const sources = api.powerSources().filter((each) => each['Is Present'] !== false);
      const battery = sources.find((each) => each.Type === 'InternalBattery');
      const charge = battery ?? sources[0]; // a UPS
      const providing = api.providingSource();
      const [now, full] = [charge?.['Current Capacity'], charge?.['Max Capacity']];
      const percent =
        typeof now === 'number' && typeof full === 'number' && full > 0 ? Math.min(100, Math.round((100 * now) / full)) : null;
      if (providing === null || (charge && percent === null))
        return {
          kind: 'unknown',
          source: SOURCE,
          detail: 'macOS does not know whether this Mac runs on battery, or how full it is.',
          fix: FIX,
        };
      return {
        kind: 'known',
        value: { onAc: providing === 'AC Power', chargePercent: percent, isLaptop: battery !== undefined },
        source: SOURCE,
      };
    },
  });
}
