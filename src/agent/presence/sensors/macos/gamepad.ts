import type { Sensor, SensorContext } from '../../signals.ts';
import { nativeSensor } from '../native-sensor.ts';
import type { IoKit } from './iokit.ts';

const SOURCE = 'IOHIDDevice';
/** HID Usage Tables: generic desktop page; joystick, game pad, multi-axis controller. */
const GENERIC_DESKTOP = 1;
const CONTROLLERS: ReadonlySet<unknown> = new Set([4, 5, 8]);
/** A walk through the registry takes about a millisecond. */
const LOOK_EVERY_MS = 3_000;

/**
 * Whether a controller is connected, not whether it is used: that needs a run loop, which a Node process has not. While one is, the signal
 * reads unknown.
 */
export async function openMacGamepad(context: SensorContext, api: Pick<IoKit, 'services'>): Promise<Sensor<'gamepad'>> {
  let found: { readonly names: readonly string[]; readonly atMs: number } | null = null;

  function controllers(): readonly string[] {
    const devices = api.services('IOHIDDevice', ['PrimaryUsagePage', 'PrimaryUsage', 'Product']); // IOHIDKeys.h
    return devices
      .filter((device) => device.PrimaryUsagePage === GENERIC_DESKTOP && CONTROLLERS.has(device.PrimaryUsage))
      .map((device) => (typeof device.Product === 'string' ? device.Product : 'unnamed'));
  }

  return nativeSensor({
    signal: 'gamepad',
    source: SOURCE,
    pace: 'brisk',
    fix: 'Install the system updates, then start Nightshift again.',
    read() {
      const nowMs = context.monotonicMs();
      if (found === null || nowMs - found.atMs >= LOOK_EVERY_MS) found = { names: controllers(), atMs: nowMs };
      const [name] = found.names;
      if (name === undefined) return { kind: 'absent', source: SOURCE, detail: 'No game controller is connected.' };
      return {
        kind: 'unknown',
        source: SOURCE,
        detail: `Nightshift cannot tell whether you are playing with a game controller that is connected (${name}).`,
        fix: 'Unplug it or switch it off when you do not play.',
      };
    },
  });
}
