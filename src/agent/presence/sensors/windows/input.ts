import type { Sensor, SensorContext } from '../../signals.ts';
import { constantSensor, nativeSensor } from '../native-sensor.ts';
import type { Kernel32 } from './kernel32.ts';
import type { User32 } from './user32.ts';

export type InputApi = Pick<User32, 'lastInputTick'> & Pick<Kernel32, 'tickCount' | 'sessionOf'>;

const SOURCE = 'GetLastInputInfo';
/** The session of services, which has no screen and no keyboard. */
const SERVICES_SESSION = 0;
/** GetLastInputInfo, remarks: a tick may lie before an earlier one, so the last input can seem to lie a little ahead. */
const AHEAD_MS = 60_000;

/**
 * Input by keyboard, mouse, touch and pen in the session that Nightshift runs in, also such that programs or a remote session bring in.
 * Ticks count modulo 2^32 ms: after 49.7 days without input the owner seems to be back for a moment.
 */
export async function openWindowsInput(_context: SensorContext, api: InputApi): Promise<Sensor<'input'>> {
  if (api.sessionOf(process.pid) === SERVICES_SESSION) return constantSensor('input', inServicesSession(SOURCE));
  return nativeSensor({
    signal: 'input',
    source: SOURCE,
    pace: 'fast',
    fix: 'Sign out and in again, then start Nightshift from your own desktop.',
    read() {
      const lastInput = api.lastInputTick(); // first: input between the two calls must not seem to lie ahead
      const sinceMs = (api.tickCount() - lastInput) >>> 0;
      return { kind: 'known', value: { idleMs: sinceMs > 2 ** 32 - AHEAD_MS ? 0 : sinceMs }, source: SOURCE };
    },
  });
}

/** What sensors of a session read in the session of services. */
export function inServicesSession(source: string) {
  return {
    kind: 'unknown',
    source,
    detail: 'Nightshift runs as a Windows service, where your keyboard, mouse and screen cannot be seen.',
    fix: 'Start Nightshift from your own desktop, not as a service.',
  } as const;
}
