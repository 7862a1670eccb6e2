import { z } from 'zod';
import type { Sensor, SensorContext, SignalValues } from '../../signals.ts';
import { openServiceSensor } from './dbus-sensor.ts';
import { PROPERTIES } from './dbus-service.ts';

const NAME = 'org.freedesktop.UPower';
const PATH = '/org/freedesktop/UPower';
const DISPLAY_DEVICE = `${PATH}/devices/DisplayDevice`;
const DEVICE = `${NAME}.Device`;
/** UpDeviceKind in UPower's reference: what gives power to the machine itself, not to a mouse. */
const BATTERY = 2;
const UPS = 3;

const daemonSchema = z.object({ OnBattery: z.boolean(), LidIsPresent: z.boolean().default(false) });
const deviceSchema = z.object({ Type: z.number(), IsPresent: z.boolean(), Percentage: z.number() });

/** UPower's properties as the power signal. A lid or a battery makes a laptop; a UPS does not. */
export function powerOf(daemon: z.infer<typeof daemonSchema>, display: z.infer<typeof deviceSchema>): SignalValues['power'] {
  const stored = display.IsPresent && (display.Type === BATTERY || display.Type === UPS);
  return {
    onAc: !daemon.OnBattery,
    chargePercent: stored ? Math.min(100, Math.max(0, display.Percentage)) : null,
    isLaptop: daemon.LidIsPresent || (stored && display.Type === BATTERY),
  };
}

/** Power by UPower, which knows docks, several batteries and UPSes. Null where it does not run. */
export function openUPower(context: SensorContext): Promise<Sensor<'power'> | null> {
  return openServiceSensor(context, {
    bus: 'system',
    name: NAME,
    signal: 'power',
    source: 'UPower',
    fix: 'Start it again: sudo systemctl restart upower',
    rules: [
      { path: PATH, interface: PROPERTIES, member: 'PropertiesChanged', arg0: NAME },
      { path: DISPLAY_DEVICE, interface: PROPERTIES, member: 'PropertiesChanged', arg0: DEVICE },
    ],
    load: async (service) =>
      powerOf(
        daemonSchema.parse(await service.properties(PATH, NAME)),
        deviceSchema.parse(await service.properties(DISPLAY_DEVICE, DEVICE)),
      ),
    reading: (value) => ({ kind: 'known', value, source: 'UPower' }),
  });
}
