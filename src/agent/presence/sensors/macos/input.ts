import type { Sensor, SensorContext } from '../../signals.ts';
import { nativeSensor } from '../native-sensor.ts';
import type { CoreGraphics } from './core-graphics.ts';

const SOURCE = 'CGEventSource';
/** CGEventTypes.h: kCGEventSourceStateCombinedSessionState has what programs and Screen Sharing send too, ...HIDSystemState the hardware alone. */
const SESSION_STATE = 0;
const HARDWARE_STATE = 1;

export async function openMacInput(_context: SensorContext, api: Pick<CoreGraphics, 'secondsSinceInput'>): Promise<Sensor<'input'>> {
  return nativeSensor({
    signal: 'input',
    source: SOURCE,
    pace: 'fast',
    fix: 'Start Nightshift from your own desktop session.',
    read() {
      const seconds = Math.min(api.secondsSinceInput(SESSION_STATE), api.secondsSinceInput(HARDWARE_STATE));
      if (!Number.isFinite(seconds) || seconds < 0)
        return {
          kind: 'unknown',
          source: SOURCE,
          detail: 'macOS does not say when the keyboard or mouse was last used.',
          fix: 'Start Nightshift from your own desktop session.',
        };
      return { kind: 'known', value: { idleMs: seconds * 1_000 }, source: SOURCE };
    },
  });
}
