import { z } from 'zod';
import type { Reading, Sensor, SensorContext, SignalValues } from '../../signals.ts';
import { busAddress, textOf } from './dbus.ts';
import { followService, type Service, type ServiceState } from './dbus-service.ts';
import { localDisplay } from './x11-display.ts';

/** org.gnome.Mutter.IdleMonitor.xml of mutter. */
const NAME = 'org.gnome.Mutter.IdleMonitor';
const CORE = '/org/gnome/Mutter/IdleMonitor/Core';
const idletime = z.tuple([z.union([z.bigint(), z.number()]).transform(Number)]);

const SOURCE = 'GNOME';
const FIX = 'Log out of the desktop and in again.';
/** An input after a pause of so long is news at once; what follows it in a burst changes no decision. */
const NEWS_AFTER_MS = 250;
/** A signal tells of an owner who comes back; asking besides shows whether GNOME still answers. */
const ASK_EVERY_MS = 5_000;

/**
 * Keyboard, mouse and touch of a GNOME session under Wayland, as its compositor tells it. Null: this is an X session (see x11-input.ts),
 * there is no session bus, or the session is not GNOME's and nobody on its bus has the service.
 */
export async function openMutterIdle(context: SensorContext): Promise<Sensor<'input'> | null> {
  const { env, monotonicMs, changed } = context;
  const address = localDisplay(env) ? null : busAddress('session', context);
  if (address === null) return null;
  const isGnome = (env.XDG_CURRENT_DESKTOP ?? '').split(':').includes('GNOME');
  const first = Promise.withResolvers<ServiceState<Service>['kind']>();
  let state: ServiceState<Service> | null = null;
  let lastInputMs = monotonicMs();
  let askedMs = 0;
  let isAsking = false;
  /** Why the last question had no answer. */
  let unanswered: string | null = null;

  /** Milliseconds of idling as GNOME counts them, to our clock. */
  async function ask(service: Service): Promise<void> {
    askedMs = monotonicMs();
    const [idleMs] = idletime.parse(await service.call(CORE, NAME, 'GetIdletime'));
    const before = lastInputMs;
    lastInputMs = monotonicMs() - idleMs;
    unanswered = null;
    if (lastInputMs - before > NEWS_AFTER_MS) changed();
  }

  const plan = {
    name: NAME,
    rules: [{ path: CORE, interface: NAME, member: 'WatchFired' }],
    /** The watch fires once, at the next input. It is set first, so that an input between the two calls is seen by either. */
    async load(service: Service): Promise<Service> {
      await service.call(CORE, NAME, 'AddUserActiveWatch');
      await ask(service);
      return service;
    },
  };
  const following = followService(address, plan, (next) => {
    const before = state?.kind ?? next.kind;
    state = next;
    first.resolve(next.kind);
    if (before !== next.kind) changed();
  });
  if ((await first.promise) === 'gone' && !isGnome) {
    following[Symbol.dispose]();
    return null;
  }

  async function askAgain(service: Service): Promise<void> {
    isAsking = true;
    try {
      await ask(service);
    } catch (error) {
      unanswered = textOf(error);
    } finally {
      isAsking = false;
    }
  }

  return {
    signal: 'input',
    source: SOURCE,
    pace: 'calm',
    read(): Reading<SignalValues['input']> {
      const nowMs = monotonicMs();
      if (state?.kind === 'up' && !isAsking && nowMs - askedMs > ASK_EVERY_MS) void askAgain(state.value);
      const trouble = state?.kind === 'broken' ? state.detail : unanswered;
      if (state?.kind === 'gone') return { kind: 'unknown', source: SOURCE, detail: 'GNOME Shell does not run.', fix: FIX };
      if (trouble !== null)
        return { kind: 'unknown', source: SOURCE, detail: `GNOME does not tell when the last input was: ${trouble}`, fix: FIX };
      return { kind: 'known', value: { idleMs: Math.max(0, nowMs - lastInputMs) }, source: SOURCE };
    },
    close: () => following[Symbol.dispose](),
  };
}
