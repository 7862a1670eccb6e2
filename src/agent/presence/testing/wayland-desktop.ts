import { Variant } from '@jellybrick/dbus-next';
import { openLinuxSensors } from '../sensors/linux/linux.ts';
import { madeMachine } from '../sensors/linux/testing/made-machine.ts';
import { type Mock, startBus, startMock } from './buses.ts';
import { type Desk, openDesk } from './desk.ts';
import { type GnomeSession, startGnomeSession } from './gnome-session.ts';

const NAME = 'org.gnome.Mutter.IdleMonitor';
const CORE = '/org/gnome/Mutter/IdleMonitor/Core';

/** GNOME on Wayland: its compositor and its session manager are doubled, on a real bus. */
export interface WaylandDesktop extends AsyncDisposable {
  readonly desk: Desk;
  readonly gnome: GnomeSession;
  ownerActs(): Promise<void>;
  stopShell(): Promise<void>;
  startShell(): Promise<void>;
}

export async function openWaylandDesktop(): Promise<WaylandDesktop> {
  const session = await startBus();
  let [shell, gnome] = await Promise.all([startShell(), startGnomeSession(session)]);
  const machine = madeMachine();
  const env = { WAYLAND_DISPLAY: 'wayland-0', XDG_CURRENT_DESKTOP: 'GNOME', DBUS_SESSION_BUS_ADDRESS: session.address };
  const desk = await openDesk((deps) => openLinuxSensors({ ...deps, env, root: machine.root }));

  async function startShell(): Promise<Mock> {
    const mock = await startMock(session, { name: NAME, path: CORE, interface: NAME });
    await mock.mock(CORE, 'AddMethod', 'sssss', [NAME, 'AddUserActiveWatch', '', 'u', 'ret = 1']);
    await idleSince(mock, Date.now() - 60_000);
    return mock;
  }
  async function idleSince(mock: Mock, wallMs: number): Promise<void> {
    const answer = `import time; ret = int(time.time() * 1000) - ${wallMs}`;
    await mock.mock(CORE, 'AddMethod', 'sssss', [NAME, 'GetIdletime', '', 't', answer]);
  }

  return {
    desk,
    gnome,
    async ownerActs() {
      await idleSince(shell, Date.now());
      await shell.emit(CORE, NAME, 'WatchFired', 'u', [new Variant('u', 1)]);
    },
    stopShell: () => shell.stop(),
    async startShell() {
      shell = await startShell();
    },
    async [Symbol.asyncDispose]() {
      await desk[Symbol.asyncDispose]();
      await Promise.all([shell.stop(), gnome.stop()]);
      await session.stop();
    },
  };
}
