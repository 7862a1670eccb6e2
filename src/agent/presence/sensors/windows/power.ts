import type { Sensor, SensorContext } from '../../signals.ts';
import { nativeSensor } from '../native-sensor.ts';
import type { Kernel32 } from './kernel32.ts';
import type { Powrprof } from './powrprof.ts';

export type PowerApi = Pick<Kernel32, 'powerStatus'> & Pick<Powrprof, 'platformRole'>;

const SOURCE = 'GetSystemPowerStatus';
/** winbase.h, SYSTEM_POWER_STATUS. */
const AC_OFFLINE = 0;
const AC_ONLINE = 1;
const NO_BATTERY = 128;
const UNKNOWN = 255;
/** winnt.h, POWER_PLATFORM_ROLE: mobile and slate. A desktop computer with a UPS has a battery too. */
const PORTABLE_ROLES: ReadonlySet<number> = new Set([2, 8]);

export async function openWindowsPower(_context: SensorContext, api: PowerApi): Promise<Sensor<'power'>> {
  return nativeSensor({
    signal: 'power',
    source: SOURCE,
    pace: 'calm',
    fix: 'Install the driver of the battery or the UPS.',
    read() {
      const { acLine, batteryFlag, batteryPercent } = api.powerStatus();
      const hasBattery = batteryFlag === UNKNOWN || (batteryFlag & NO_BATTERY) === 0;
      if ((acLine !== AC_ONLINE && acLine !== AC_OFFLINE) || (hasBattery && batteryPercent > 100))
        return {
          kind: 'unknown',
          source: SOURCE,
          detail: 'Windows does not know whether this machine runs on battery, or how full it is.',
          fix: 'Install the driver of the battery or the UPS.',
        };
      return {
        kind: 'known',
        value: {
          onAc: acLine === AC_ONLINE,
          chargePercent: hasBattery ? batteryPercent : null,
          isLaptop: PORTABLE_ROLES.has(api.platformRole()),
        },
        source: SOURCE,
      };
    },
  });
}
