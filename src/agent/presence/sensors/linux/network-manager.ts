import { z } from 'zod';
import type { Reading, Sensor, SensorContext } from '../../signals.ts';
import { openServiceSensor } from './dbus-sensor.ts';
import { PROPERTIES } from './dbus-service.ts';

const NAME = 'org.freedesktop.NetworkManager';
const PATH = '/org/freedesktop/NetworkManager';
/** NMMetered in NetworkManager's D-Bus types; 2 and 4 are "no" and "guessed no". */
const UNKNOWN = 0;
const YES = 1;
const GUESS_YES = 3;

const schema = z.object({ Metered: z.number() });

/**
 * NetworkManager's property as a reading. It says "unknown" only without a connection of its own, and otherwise guesses at least:
 * then there is nothing that could be paid by volume, or somebody else manages it.
 */
export function meteredOf(metered: number): Reading<boolean> {
  if (metered === UNKNOWN) return { kind: 'absent', source: 'NetworkManager', detail: 'NetworkManager manages no connection now.' };
  return { kind: 'known', value: metered === YES || metered === GUESS_YES, source: 'NetworkManager' };
}

/** Whether the connection is paid by volume, by NetworkManager. Null where it does not run. */
export function openNetworkManager(context: SensorContext): Promise<Sensor<'metered'> | null> {
  return openServiceSensor(context, {
    bus: 'system',
    name: NAME,
    signal: 'metered',
    source: 'NetworkManager',
    fix: 'Start it again: sudo systemctl restart NetworkManager',
    rules: [{ path: PATH, interface: PROPERTIES, member: 'PropertiesChanged', arg0: NAME }],
    load: async (service) => schema.parse(await service.properties(PATH, NAME)).Metered,
    reading: meteredOf,
  });
}
