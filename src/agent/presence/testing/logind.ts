import { Variant } from '@jellybrick/dbus-next';
import { LOGIND, LOGIND_MANAGER, LOGIND_PATH } from '../sensors/linux/logind-sessions.ts';
import { holdLock, type Mock, startMock, type TestBus } from './buses.ts';

const SESSION = `${LOGIND}.Session`;
const pathOf = (id: string): string => `${LOGIND_PATH}/session/${id}`;

/** A doubled logind with an owner at the screen, and a second user whose session waits behind. */
export interface Logind {
  lock(locked: boolean): Promise<void>;
  /** Who has the screen. */
  show(who: 'owner' | 'guest'): Promise<void>;
  connectFromElsewhere(): Promise<void>;
  disconnect(): Promise<void>;
  /** A program that asks that the machine be not taken for idle, until it is stopped. */
  playFilm(): Promise<{ stop(): Promise<void> }>;
  prepareForSleep(asleep: boolean): Promise<void>;
  stop(): Promise<void>;
}

export async function startLogind(bus: TestBus, ownerUid: number): Promise<Logind> {
  const mock: Mock = await startMock(bus, { template: 'logind', name: LOGIND });
  const set = (id: string, properties: Record<string, Variant>) => mock.update(pathOf(id), SESSION, properties);
  const announce = (id: string, member: 'SessionNew' | 'SessionRemoved') =>
    mock.emit(LOGIND_PATH, LOGIND_MANAGER, member, 'so', [new Variant('s', id), new Variant('o', pathOf(id))]);
  /** logind sends it, the mock does not. */
  const inhibited = () => mock.update(LOGIND_PATH, LOGIND_MANAGER, { BlockInhibited: new Variant('s', '') });

  await mock.mock(LOGIND_PATH, 'AddProperty', 'ssv', [LOGIND_MANAGER, 'BlockInhibited', new Variant('s', '')]);
  await mock.mock(LOGIND_PATH, 'AddSession', 'ssusb', ['1', 'seat0', ownerUid, 'owner', true]);
  await mock.mock(LOGIND_PATH, 'AddSession', 'ssusb', ['2', 'seat0', ownerUid + 1, 'guest', false]);
  for (const id of ['1', '2']) {
    await set(id, { Type: new Variant('s', 'x11') });
    await announce(id, 'SessionNew'); // whoever was quick to look has seen half of it
  }

  return {
    lock: (locked) => set('1', { LockedHint: new Variant('b', locked) }),
    async show(who) {
      await set(who === 'owner' ? '2' : '1', { Active: new Variant('b', false) });
      await set(who === 'owner' ? '1' : '2', { Active: new Variant('b', true) });
    },
    async connectFromElsewhere() {
      await mock.mock(LOGIND_PATH, 'AddSession', 'ssusb', ['9', 'none', ownerUid, 'owner', true]); // the mock knows no session without a seat
      await set('9', { Type: new Variant('s', 'tty'), Remote: new Variant('b', true), TTY: new Variant('s', 'pts/3') });
      await mock.call(pathOf('9'), 'org.freedesktop.DBus.Properties', 'Set', 'ssv', [SESSION, 'Seat', new Variant('(so)', ['', '/'])]);
      await announce('9', 'SessionNew');
    },
    async disconnect() {
      await mock.mock(LOGIND_PATH, 'RemoveObject', 's', [pathOf('9')]);
      await announce('9', 'SessionRemoved');
    },
    async playFilm() {
      const film = await holdLock(bus, 'idle:sleep', 'Film player', 'Plays a film');
      await inhibited();
      return {
        async stop() {
          await film.stop();
          await inhibited();
        },
      };
    },
    prepareForSleep: (asleep) => mock.emit(LOGIND_PATH, LOGIND_MANAGER, 'PrepareForSleep', 'b', [new Variant('b', asleep)]),
    stop: mock.stop,
  };
}
