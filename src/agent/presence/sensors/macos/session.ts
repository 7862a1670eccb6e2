import type { Sensor, SensorContext } from '../../signals.ts';
import { nativeSensor } from '../native-sensor.ts';
import type { CoreGraphics } from './core-graphics.ts';
import type { MacSystem } from './system.ts';

export type SessionApi = Pick<CoreGraphics, 'session'> & Pick<MacSystem, 'remoteTerminals' | 'processNames'>;

const SOURCE = 'CGSession';
/** macOS starts these while somebody is connected by Screen Sharing, and ends them afterwards. */
const SCREEN_SHARING: ReadonlySet<string> = new Set(['screensharingd', 'ScreensharingAgent']);

/**
 * Screen Sharing shows the owner's own session and no function tells of it: it is known by the programs that serve it. Other remote
 * programs (TeamViewer, Parsec) are not told apart; their input is seen as input.
 */
export async function openMacSession(_context: SensorContext, api: SessionApi): Promise<Sensor<'session'>> {
  return nativeSensor({
    signal: 'session',
    source: SOURCE,
    pace: 'brisk',
    fix: 'Start Nightshift from your own desktop session.',
    read() {
      const session = api.session();
      if (session === null)
        return {
          kind: 'unknown',
          source: SOURCE,
          detail: 'Nightshift runs outside of your desktop session, where your keyboard, mouse and screen cannot be seen.',
          fix: 'Start Nightshift from your own desktop session.',
        };
      return {
        kind: 'known',
        value: {
          // CGSession.h names kCGSSessionOnConsoleKey; the other is not documented and there only while the screen is locked.
          locked: isTrue(session.CGSSessionScreenIsLocked),
          otherUser: !isTrue(session.kCGSSessionOnConsoleKey),
          remote: api.remoteTerminals() > 0 || api.processNames().some((name) => SCREEN_SHARING.has(name)),
        },
        source: SOURCE,
      };
    },
  });
}

/** The dictionary holds booleans in some versions of macOS and numbers in others. */
function isTrue(value: unknown): boolean {
  return value === true || value === 1;
}
