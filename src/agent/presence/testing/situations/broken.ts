import { setTimeout as sleep } from 'node:timers/promises';
import type { Situation } from '../situation.ts';
import type { XDesktop } from '../x-desktop.ts';

const AT_ONCE_MS = 500;
/** An answer owed for 2 s, to a question asked every quarter of a second. */
const OVERDUE_MS = 2_500;
/** Displays and buses that are lost are tried again after 3 s, buses less often then; a service that answers wrongly after 5 s. */
const DISPLAY_AGAIN_MS = 4_000;
const SERVICE_AGAIN_MS = 6_000;
const BUS_AGAIN_MS = 20_000;

/** What has to be known and is not. */
export function brokenSituations(at: () => XDesktop): readonly Situation[] {
  const stop = { kind: 'stop', as: 'freeze', seenMs: AT_ONCE_MS } as const;
  return [
    {
      name: 'the X server hangs',
      how: 'SIGSTOP, SIGCONT to a real X server',
      sensor: 'X11, X11 full screen',
      duty: { ...stop, cause: 'input-unknown', seenMs: OVERDUE_MS },
      begin: () => at().x().signal('SIGSTOP'),
      meanwhile: () => sleep(OVERDUE_MS),
      end: () => at().x().signal('SIGCONT'),
      endSeenMs: 1_000,
    },
    {
      name: 'the X server ends, and another is started',
      how: 'SIGKILL to a real X server',
      sensor: 'X11, X11 full screen',
      duty: { ...stop, cause: 'input-unknown' },
      begin: () => at().x().stop(),
      end: () => at().restartX(),
      endSeenMs: DISPLAY_AGAIN_MS,
    },
    {
      name: 'logind is restarted',
      how: 'a doubled logind that ends and starts on a real bus',
      sensor: 'logind, inhibitors',
      duty: { ...stop, cause: 'session-unknown' },
      begin: () => at().logind().stop(),
      end: () => at().startLogind(),
      endSeenMs: SERVICE_AGAIN_MS,
    },
    {
      name: 'the system bus is killed, and started again',
      how: 'SIGKILL to a real D-Bus daemon',
      sensor: 'logind, inhibitors, UPower, NetworkManager',
      duty: { ...stop, cause: 'session-unknown' },
      begin: () => at().killSystemBus(),
      end: () => at().startSystemBus(),
      endSeenMs: BUS_AGAIN_MS,
    },
  ];
}
