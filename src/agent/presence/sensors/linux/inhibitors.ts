import { DBusError } from '@jellybrick/dbus-next';
import { z } from 'zod';
import type { Reading, Sensor, SensorContext, SignalValues } from '../../signals.ts';
import { LOCK_HOLDER } from '../../sleep/system-lock.ts';
import { busAddress } from './dbus.ts';
import { followService, NO_SUCH, PROPERTIES, type Service, type ServicePlan, type ServiceState } from './dbus-service.ts';
import { LOGIND, LOGIND_MANAGER, LOGIND_PATH } from './logind-sessions.ts';

/*
 * What counts: a wish that the machine be not taken for idle, because somebody watches it without touching it. A wish that it do not sleep
 * is none: downloads, backups, updates and audio players have it with nobody there (Chromium, VLC and Firefox ask for "idle" as soon as a picture
 * moves, only for "sleep" with sound alone). Media players on MPRIS do not count either: they do not tell music from films.
 * What cannot be seen: who has called org.freedesktop.ScreenSaver.Inhibit, which has no list. The desktops that matter pass it on to a list that
 * is read here (GNOME, Cinnamon, MATE: session manager; KDE: policy agent). Wlroots compositors keep theirs (idle-inhibit) to themselves.
 */

type Inhibitors = SignalValues['inhibitor'];

const SOURCE = 'inhibitors';
/** What other programs call themselves goes to the screen and the log. */
const MAX_TEXT = 200;
const MAX_LISTED = 16;

const words = z.string().transform((said) => said.slice(0, MAX_TEXT));
const logindSchema = z.array(z.tuple([z.string(), words, words, z.string(), z.number(), z.number()]));

/** Of logind's list: what, who, why, mode, uid, pid. A delay lock only wants to be told, and our own lock is no person. */
export function idleLocks(rows: z.infer<typeof logindSchema>): Inhibitors {
  return rows
    .filter(([what, holder, , mode]) => what.split(':').includes('idle') && mode.startsWith('block') && holder !== LOCK_HOLDER)
    .map(([, holder, why]) => ({ who: holder, why }));
}

const logind: ServicePlan<Inhibitors> = {
  name: LOGIND,
  // Sent at the start and the end of every lock: logind-inhibit.c, bus_manager_send_inhibited_change.
  rules: [{ path: LOGIND_PATH, interface: PROPERTIES, member: 'PropertiesChanged', arg0: LOGIND_MANAGER }],
  load: async (service) => idleLocks(logindSchema.parse((await service.call(LOGIND_PATH, LOGIND_MANAGER, 'ListInhibitors'))[0])),
};

const GNOME = 'org.gnome.SessionManager';
const GNOME_PATH = '/org/gnome/SessionManager';
/** GSM_INHIBITOR_FLAG_IDLE of gnome-session's gsm-inhibitor-flag.h. */
const GNOME_IDLE = 8;

const gnome: ServicePlan<Inhibitors> = {
  name: GNOME,
  rules: [
    { path: GNOME_PATH, interface: GNOME, member: 'InhibitorAdded' },
    { path: GNOME_PATH, interface: GNOME, member: 'InhibitorRemoved' },
  ],
  async load(service) {
    if (!z.boolean().parse((await service.call(GNOME_PATH, GNOME, 'IsInhibited', 'u', [GNOME_IDLE]))[0])) return [];
    const paths = z.array(z.string()).parse((await service.call(GNOME_PATH, GNOME, 'GetInhibitors'))[0]);
    const found = await Promise.all(paths.slice(0, MAX_LISTED).map((path) => gnomeInhibitor(service, path)));
    return named(found.filter((each) => each !== null));
  },
};

/** One inhibitor; null where it is of another kind or has ended meanwhile. Which it is does not matter: IsInhibited has decided. */
async function gnomeInhibitor(service: Service, path: string): Promise<Inhibitors[number] | null> {
  const ask = async (member: string): Promise<unknown> => (await service.call(path, `${GNOME}.Inhibitor`, member))[0];
  try {
    if ((z.number().parse(await ask('GetFlags')) & GNOME_IDLE) === 0) return null;
    return { who: words.parse(await ask('GetAppId')), why: words.parse(await ask('GetReason')) };
  } catch {
    return null;
  }
}

const KDE = 'org.kde.Solid.PowerManagement.PolicyAgent';
const KDE_PATH = '/org/kde/Solid/PowerManagement/PolicyAgent';
/** PolicyAgent::ChangeScreenSettings of powerdevilpolicyagent.h: no dimming, no screen saver. 1 is InterruptSession, no sleep. */
const KDE_SCREEN = 4;
const kdeSchema = z.array(z.tuple([words, words]));

const kde: ServicePlan<Inhibitors> = {
  name: KDE,
  rules: [{ path: KDE_PATH, interface: KDE, member: 'InhibitionsChanged' }],
  async load(service) {
    if (!z.boolean().parse((await service.call(KDE_PATH, KDE, 'HasInhibition', 'u', [KDE_SCREEN]))[0])) return [];
    const rows = kdeSchema.parse((await service.call(KDE_PATH, KDE, 'ListInhibitions'))[0]);
    return named(rows.filter(([holder]) => holder !== LOCK_HOLDER).map(([holder, why]) => ({ who: holder, why }))); // KDE lists logind's too
  },
};

const FREEDESKTOP = 'org.freedesktop.PowerManagement';
const FREEDESKTOP_INHIBIT = `${FREEDESKTOP}.Inhibit`;
const FREEDESKTOP_PATH = '/org/freedesktop/PowerManagement/Inhibit';

/** Xfce and others: one list for both wishes, so audio and downloads count there too. Some own the name for other things and keep no list. */
const freedesktop: ServicePlan<Inhibitors> = {
  name: FREEDESKTOP,
  rules: [{ path: FREEDESKTOP_PATH, interface: FREEDESKTOP_INHIBIT, member: 'HasInhibitChanged' }],
  async load(service) {
    try {
      const has = z.boolean().parse((await service.call(FREEDESKTOP_PATH, FREEDESKTOP_INHIBIT, 'HasInhibit'))[0]);
      return has ? named([]) : [];
    } catch (error) {
      if (error instanceof DBusError && NO_SUCH.has(error.type)) return [];
      throw error;
    }
  },
};

/** A wish that is there although nobody can be named for it is still a wish. */
function named(found: Inhibitors): Inhibitors {
  return found.length > 0 ? found : [{ who: 'a program', why: 'It asks the desktop not to go idle.' }];
}

export type States = Readonly<Record<'logind' | 'gnome' | 'kde' | 'freedesktop', ServiceState<Inhibitors> | null>>;

/** All lists as one. Not to be able to read one that is there is unknown, unless another has somebody already. Null: nobody keeps a list. */
export function readingOf(states: States): Reading<Inhibitors> | null {
  // KDE answers for the freedesktop name as well, and there it means sleep only.
  const used = [states.logind, states.gnome, states.kde, states.kde?.kind === 'up' ? null : states.freedesktop].filter(
    (each) => each !== null,
  );
  const found = used.flatMap((each) => (each.kind === 'up' ? each.value : []));
  const broken = used.find((each) => each.kind === 'broken');
  if (found.length === 0 && broken)
    return {
      kind: 'unknown',
      source: SOURCE,
      detail: `Nightshift cannot see whether a program asks for the screen to stay on: ${broken.detail}`,
      fix: 'Log out and in again. If that does not help, restart the computer.',
    };
  if (used.every((each) => each.kind === 'gone')) return null;
  return { kind: 'known', value: found, source: SOURCE };
}

/**
 * Films, presentations and calls, by those who ask that the machine be not taken for idle: logind, and the desktop of this session.
 * Null where nobody keeps such a list.
 */
export async function openInhibitors(context: SensorContext): Promise<Sensor<'inhibitor'> | null> {
  const states: { -readonly [K in keyof States]: States[K] } = { logind: null, gnome: null, kde: null, freedesktop: null };
  let shown = '';
  let opened = false;
  const follow = (
    address: string | null,
    key: keyof States,
    plan: ServicePlan<Inhibitors>,
  ): { readonly first: Promise<void>; close(): void } => {
    if (address === null) return { first: Promise.resolve(), close: () => undefined };
    const first = Promise.withResolvers<void>();
    const following = followService(address, plan, (state) => {
      // A desktop that goes takes its windows along; logind belongs to the machine.
      const lost = key === 'logind' && opened && state.kind === 'gone' && states.logind?.kind !== 'gone';
      states[key] = lost ? { kind: 'broken', detail: 'logind has stopped.' } : state;
      first.resolve();
      const now = JSON.stringify(readingOf(states));
      if (opened && now !== shown) context.changed();
      shown = now;
    });
    return { first: first.promise, close: () => following[Symbol.dispose]() };
  };
  const system = busAddress('system', context);
  const session = busAddress('session', context);
  const followed = [
    follow(system, 'logind', logind),
    follow(session, 'gnome', gnome),
    follow(session, 'kde', kde),
    follow(session, 'freedesktop', freedesktop),
  ];
  const close = (): void => {
    for (const each of followed) each.close();
  };
  await Promise.all(followed.map((each) => each.first));
  opened = true;
  // A desktop that starts after us may bring its list with it: with a session bus there is always something to follow.
  if (session === null && readingOf(states) === null) {
    close();
    return null;
  }
  const absent: Reading<Inhibitors> = {
    kind: 'absent',
    source: SOURCE,
    detail: 'No program here keeps a list of who wants the screen on.',
  };
  return { signal: 'inhibitor', source: SOURCE, pace: 'calm', read: () => readingOf(states) ?? absent, close };
}
