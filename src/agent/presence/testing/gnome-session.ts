import { Variant } from '@jellybrick/dbus-next';
import { startMock, type TestBus } from './buses.ts';

const NAME = 'org.gnome.SessionManager';
const PATH = '/org/gnome/SessionManager';
const INHIBITOR = `${PATH}/Inhibitor1`;
/** gnome-session's gsm-inhibitor-flag.h: not to suspend, and not to be taken for idle. */
const FLAGS = { download: 4, film: 12 } as const;

/** A doubled session manager of GNOME, with which one program has an inhibitor. */
export interface GnomeSession {
  /** What the program does now. */
  runs(what: keyof typeof FLAGS): Promise<void>;
  stop(): Promise<void>;
}

export async function startGnomeSession(bus: TestBus): Promise<GnomeSession> {
  const mock = await startMock(bus, { name: NAME, path: PATH, interface: NAME });
  await mock.mock(PATH, 'AddObject', 'ssa{sv}a(ssss)', [
    INHIBITOR,
    `${NAME}.Inhibitor`,
    {},
    [
      ['GetAppId', '', 's', 'ret = "firefox"'],
      ['GetReason', '', 's', 'ret = "video-playing"'],
    ],
  ]);
  await mock.mock(PATH, 'AddMethod', 'sssss', [NAME, 'GetInhibitors', '', 'ao', `ret = ["${INHIBITOR}"]`]);
  const runs = async (what: keyof typeof FLAGS): Promise<void> => {
    await mock.mock(PATH, 'AddMethod', 'sssss', [NAME, 'IsInhibited', 'u', 'b', `ret = bool(args[0] & ${FLAGS[what]})`]);
    await mock.mock(INHIBITOR, 'AddMethod', 'sssss', [`${NAME}.Inhibitor`, 'GetFlags', '', 'u', `ret = ${FLAGS[what]}`]);
    await mock.emit(PATH, NAME, what === 'film' ? 'InhibitorAdded' : 'InhibitorRemoved', 'o', [new Variant('o', INHIBITOR)]);
  };
  await runs('download');
  return { runs, stop: mock.stop };
}
