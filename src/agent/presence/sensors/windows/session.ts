import type { Sensor, SensorContext } from '../../signals.ts';
import { constantSensor, nativeSensor } from '../native-sensor.ts';
import { inServicesSession } from './input.ts';
import type { Kernel32 } from './kernel32.ts';
import type { Wtsapi32 } from './wtsapi32.ts';

export interface SessionApi extends Wtsapi32, Pick<Kernel32, 'sessionOf' | 'consoleSession'> {
  /** Version of Windows as os.release() gives it: "10.0.26100". */
  release(): string;
}

const SOURCE = 'WTS';
const SERVICES_SESSION = 0;
/** WTS_CONNECTSTATE_CLASS: somebody is signed in and connected. */
const WTS_ACTIVE = 0;
/** WTSClientProtocolType of the screen and keyboard of the machine itself. */
const PROTOCOL_CONSOLE = 0;
/** wtsapi32.h, SessionFlags. */
const WTS_SESSIONSTATE_LOCK = 0;
const WTS_SESSIONSTATE_UNLOCK = 1;

/** Remote programs that show the owner's own session (TeamViewer, Parsec, VNC) are not in what WTS tells; their input is seen as input. */
export async function openWindowsSession(_context: SensorContext, api: SessionApi): Promise<Sensor<'session'>> {
  const ours = api.sessionOf(process.pid);
  if (ours === SERVICES_SESSION) return constantSensor('session', inServicesSession(SOURCE));
  // WTSINFOEX_LEVEL1_W, remarks: by a defect, Windows 7 and Server 2008 R2 tell the two the wrong way round.
  const swapped = api.release().startsWith('6.1.');
  const lockedFlag = swapped ? WTS_SESSIONSTATE_UNLOCK : WTS_SESSIONSTATE_LOCK;
  return nativeSensor({
    signal: 'session',
    source: SOURCE,
    pace: 'brisk',
    fix: 'Start the Windows service "Remote Desktop Services" (TermService).',
    read() {
      const flags = api.sessionFlags(ours);
      if (flags !== WTS_SESSIONSTATE_LOCK && flags !== WTS_SESSIONSTATE_UNLOCK)
        return {
          kind: 'unknown',
          source: SOURCE,
          detail: 'Windows does not say whether your session is locked.',
          fix: 'Sign out and in again.',
        };
      const atScreen = api.consoleSession();
      const active = api.sessions().filter((each) => each.state === WTS_ACTIVE);
      const connected = active.some((each) => each.id === ours);
      return {
        kind: 'known',
        value: {
          locked: flags === lockedFlag,
          remote: connected && (ours !== atScreen || api.clientProtocol(ours) !== PROTOCOL_CONSOLE),
          otherUser: active.some((each) => each.id !== ours),
        },
        source: SOURCE,
      };
    },
  });
}
