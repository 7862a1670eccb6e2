import { join } from 'node:path';
import type { Reading, Sensor, SensorContext } from '../../signals.ts';
import { readText } from './system-files.ts';

const SOURCE = 'desktop';
const LOOK_EVERY_MS = 5_000;
/** Where X servers listen (X(7), also abstract, with "@"), and Wayland compositors ($XDG_RUNTIME_DIR/wayland-0). */
const DESKTOP_SOCKET = /^[0-9a-f]+: .* @?(?:\/tmp\/\.X11-unix\/X\d+|\/run\/user\/\d+\/wayland-\d+)$/m;

/**
 * Stands in where no sensor sees into a desktop: an agent that was started outside the session (by cron, SSH or a service) must not take
 * a quiet console for an absent owner while a desktop runs on the same machine.
 */
export async function openUnseenDesktop(context: SensorContext): Promise<Sensor<'input'>> {
  const sockets = join(context.root, 'proc/net/unix');
  let lookedMs = Number.NEGATIVE_INFINITY;
  let reading: Reading<{ readonly idleMs: number }> = look();

  function look(): Reading<{ readonly idleMs: number }> {
    lookedMs = context.monotonicMs();
    const file = readText(sockets);
    if (!file.ok)
      return {
        kind: 'unknown',
        source: SOURCE,
        detail: '/proc/net/unix cannot be read, so a desktop may run unseen.',
        fix: 'Let Nightshift read /proc.',
      };
    return DESKTOP_SOCKET.test(file.text)
      ? {
          kind: 'unknown',
          source: SOURCE,
          detail: 'A desktop runs here, and Nightshift was started outside of it.',
          fix: 'Start Nightshift inside your desktop session. If nobody sits at this machine: `npx nightshift settings set presence.dedicated true`',
        }
      : { kind: 'absent', source: SOURCE, detail: 'No desktop runs on this machine.' };
  }

  return {
    signal: 'input',
    source: SOURCE,
    pace: 'calm',
    read() {
      if (context.monotonicMs() - lookedMs >= LOOK_EVERY_MS) reading = look();
      return reading;
    },
    close: () => undefined,
  };
}
