import { attachBus, type BusLink, type BusSignal, textOf } from './dbus.ts';

/** Which signals of a service say that its state may have changed. */
export interface SignalRule {
  /** The object, or with `below` also all objects under it. */
  readonly path: string;
  readonly below?: true;
  readonly interface: string;
  readonly member?: string;
  /** First argument: for PropertiesChanged the interface whose properties they are. */
  readonly arg0?: string;
}

/** A service that runs now, addressed by its unique name, so that nobody else can answer in its place. */
export interface Service {
  call(path: string, iface: string, member: string, signature?: string, args?: readonly unknown[]): Promise<readonly unknown[]>;
  properties(path: string, iface: string): Promise<unknown>;
}

export type ServiceState<T> =
  | { readonly kind: 'up'; readonly value: T }
  /** Nobody has the name, or no bus is there at all. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'broken'; readonly detail: string };

export interface ServicePlan<T> {
  /** Well-known name. */
  readonly name: string;
  readonly rules: readonly SignalRule[];
  /** Reads the whole state. Called when the service appears and after each signal that fits a rule. */
  load(service: Service): Promise<T>;
  /** The state where a signal says it by itself; null: load it. */
  told?(signal: BusSignal): T | null;
  /** When to load once more after a signal that comes before all it announces is there; null: not. */
  recheckMs?(signal: BusSignal): number | null;
}

const BUS = 'org.freedesktop.DBus';
const BUS_PATH = '/org/freedesktop/DBus';
/** Errors by which a service says that it has no such object or method. */
export const NO_SUCH: ReadonlySet<string> = new Set(['Object', 'Method', 'Interface'].map((what) => `${BUS}.Error.Unknown${what}`));
export const PROPERTIES = 'org.freedesktop.DBus.Properties';

/** Signals come in bursts: after one load the next waits so long. */
const SPACING_MS = 250;
const FIRST_RETRY_MS = 5_000;
const LAST_RETRY_MS = 60_000;

/** The match rule of the D-Bus specification for signals of this sender. */
export function matchRule(sender: string, rule: SignalRule): string {
  return [
    "type='signal'",
    `sender='${sender}'`,
    `${rule.below ? 'path_namespace' : 'path'}='${rule.path}'`,
    `interface='${rule.interface}'`,
    ...(rule.member ? [`member='${rule.member}'`] : []),
    ...(rule.arg0 ? [`arg0='${rule.arg0}'`] : []),
  ].join(',');
}

/** Whether a signal fits. The bus sorts too, but what is sent to us alone passes by its rules, and other users' rules share the connection. */
export function fits(signal: BusSignal, rule: SignalRule): boolean {
  return (
    (signal.path === rule.path || (rule.below === true && signal.path.startsWith(`${rule.path}/`))) &&
    signal.interface === rule.interface &&
    (rule.member === undefined || signal.member === rule.member) &&
    (rule.arg0 === undefined || signal.body[0] === rule.arg0)
  );
}

/**
 * Follows a service through restarts of itself and of the bus. Level-triggered: a signal is only the order to read the whole state again,
 * unless it tells it. `changed` is told each state, the same as before included.
 */
export function followService<T>(address: string, plan: ServicePlan<T>, changed: (state: ServiceState<T>) => void): Disposable {
  let link: BusLink | null = null;
  /** Unique name of who has the name; '' nobody, null not known. */
  let owner: string | null = null;
  /** Counts owners and connections: an answer to what was asked of an earlier one is no news. */
  let era = 0;
  let busy = false;
  let again = false;
  let timer: NodeJS.Timeout | undefined;
  let recheck: NodeJS.Timeout | undefined;
  let retryMs = FIRST_RETRY_MS;

  const enter = (nextLink: BusLink | null, nextOwner: string | null): void => {
    clearTimeout(timer);
    clearTimeout(recheck);
    era += 1;
    link = nextLink;
    owner = nextOwner;
    busy = false;
    again = false;
  };

  const look = (): void => {
    if (link === null || owner === '') return;
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    again = false;
    const asked = owner === null ? find(link, era) : load(link, owner, era);
    const mine = era;
    asked.catch((error: unknown) => {
      if (mine !== era) return;
      busy = false;
      timer = setTimeout(look, retryMs);
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
      changed({ kind: 'broken', detail: textOf(error) });
    });
  };

  /** Subscribes first, asks then: nothing that happens in between is missed. */
  async function find(on: BusLink, mine: number): Promise<void> {
    const ownership = `type='signal',sender='${BUS}',interface='${BUS}',member='NameOwnerChanged',arg0='${plan.name}'`;
    for (const rule of [ownership, ...plan.rules.map((each) => matchRule(plan.name, each))])
      await on.call(BUS, BUS_PATH, BUS, 'AddMatch', 's', [rule]);
    const [has] = await on.call(BUS, BUS_PATH, BUS, 'NameHasOwner', 's', [plan.name]);
    const [name] = has === true ? await on.call(BUS, BUS_PATH, BUS, 'GetNameOwner', 's', [plan.name]) : [''];
    if (mine === era) owned(on, name);
  }

  async function load(on: BusLink, from: string, mine: number): Promise<void> {
    const value = await plan.load({
      call: (...args) => on.call(from, ...args),
      properties: async (path, iface) => (await on.call(from, path, PROPERTIES, 'GetAll', 's', [iface]))[0],
    });
    if (mine !== era) return;
    retryMs = FIRST_RETRY_MS;
    timer = setTimeout(() => {
      busy = false;
      if (again) look();
    }, SPACING_MS);
    changed({ kind: 'up', value });
  }

  function owned(on: BusLink, name: unknown): void {
    enter(on, typeof name === 'string' ? name : '');
    if (owner === '') changed({ kind: 'gone' });
    else look();
  }

  const use = attachBus(address, {
    up(on) {
      enter(on, null);
      look();
    },
    down(detail, nobody) {
      enter(null, null);
      changed(nobody ? { kind: 'gone' } : { kind: 'broken', detail });
    },
    signal(signal) {
      if (link === null) return;
      if (signal.sender === BUS && signal.member === 'NameOwnerChanged' && signal.body[0] === plan.name) {
        owned(link, signal.body[2]);
      } else if (signal.sender === owner && plan.rules.some((rule) => fits(signal, rule))) {
        const value = plan.told?.(signal) ?? null;
        if (value !== null) return changed({ kind: 'up', value });
        look();
        const afterMs = plan.recheckMs?.(signal) ?? null;
        if (afterMs === null) return;
        clearTimeout(recheck);
        recheck = setTimeout(look, afterMs);
      }
    },
  });
  return {
    [Symbol.dispose]() {
      enter(null, null);
      use[Symbol.dispose]();
    },
  };
}
