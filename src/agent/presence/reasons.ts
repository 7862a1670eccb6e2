import type { OwnerMode, Reason, ReasonCode } from '../../contract/model/presence.ts';
import type { Settings } from '../../contract/model/settings.ts';
import type { EngineState, SessionState } from '../../contract/worker-api.ts';
import type { Reading, Readings, SignalName } from './signals.ts';

export type SandboxStanding = 'passed' | 'failed' | 'unchecked' | 'checking';

/** A device that could be offered. `fault`: why nothing may run on it, on it alone; null: it may. */
export interface PolicyDevice {
  readonly id: string;
  readonly class: 'cpu' | 'gpu';
  readonly fault: { readonly reason: Reason; readonly sinceMonotonicMs: number } | null;
}

/** Everything the decision depends on besides the time. */
export interface PolicyInput {
  readonly readings: Readings;
  readonly mode: OwnerMode;
  readonly settings: Settings;
  /** `opensAtMs`: wall clock; null: never. */
  readonly schedule: { readonly open: boolean; readonly opensAtMs: number | null };
  /** When the machine last woke from sleep, monotonic; null: not since the agent began, or it was woken by Nightshift itself. */
  readonly wokeAtMonotonicMs: number | null;
  /** A job of ours is being prepared or collected: the engine's own work for it is no use by others. */
  readonly ownWork: boolean;
  readonly engine: EngineState;
  readonly session: SessionState;
  /** What the last check of the sandbox says of the engine that is here now. */
  readonly sandbox: SandboxStanding;
  readonly devices: readonly PolicyDevice[];
  /** Devices are being measured, which a job would spoil. */
  readonly benchmarking: boolean;
  /** Too little free disk for any job. */
  readonly diskFull: boolean;
  readonly stopping: boolean;
}

export interface Now {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** A reason that stands now. */
export interface Standing extends Reason {
  /** Monotonic, as near as the sensor can tell. */
  readonly sinceMonotonicMs: number;
  /** The job is to be ended, not frozen. */
  readonly evicts: boolean;
}

/** Whether a reason has stood a moment ago: a limit that was passed is left only when there is some room to it. */
export type StoodBefore = (code: ReasonCode) => boolean;

/** Room below a limit before work goes on, so that it does not come and go around the limit. */
const COOLER_BY_C = 5;
const FULLER_BY_PERCENT = 3;
const LESS_DRAW_SHARE = 0.95;
const LESS_CPU_SHARE = 0.8;
/** GPU use below these is a desktop drawing itself, not somebody's game, film or training. */
const GPU_BUSY_SHARE = 0.15;
const GPU_VRAM_BYTES = 512 * 2 ** 20;

/** All reasons that stand now, the most telling first. Pure. */
export function standingReasons(input: PolicyInput, now: Now, stoodBefore: StoodBefore): readonly Standing[] {
  const found: Standing[] = [];
  const add = (code: ReasonCode, detail: string, fix: string | null = null, more: Partial<Standing> = {}): void => {
    found.push({ code, detail, fix, untilMs: null, sinceMonotonicMs: now.monotonicMs, evicts: false, ...more });
  };
  const wallOf = (monotonicMs: number): number => Math.round(now.wallMs + monotonicMs - now.monotonicMs);

  const { mode, settings } = input;
  const asked = (signal: SignalName): boolean => isAsked(signal, settings);

  /** Calls `say` with the value of a signal that is known; an unknown one is a reason of its own, unless no setting asks for it. */
  function when<S extends SignalName>(signal: S, unknown: ReasonCode, what: string, say: (value: KnownValue<S>) => void): void {
    if (!asked(signal)) return;
    const reading: Reading<KnownValue<S>> = input.readings[signal] as Reading<KnownValue<S>>; // the same type, which TypeScript cannot see through the index
    if (reading.kind === 'known') say(reading.value);
    if (reading.kind === 'unknown')
      add(unknown, `Nightshift cannot tell ${what}. ${reading.detail}`, signal === 'input' ? withWayOut(reading.fix) : reading.fix);
  }

  if (input.stopping) add('stopping', 'Nightshift is being closed.');
  if (mode.kind === 'paused') add('paused-by-owner', 'You paused Nightshift.', 'Resume to go on earlier.', { untilMs: mode.untilMs });
  if (mode.kind === 'finishing')
    add('finishing', 'You asked for nothing new after the running job.', 'Resume to take jobs again.', {
      untilMs: mode.untilMs,
    });
  if (!input.schedule.open)
    add('outside-schedule', 'These hours are closed in your schedule.', 'Open them in the schedule.', {
      untilMs: input.schedule.opensAtMs,
    });

  when('input', 'input-unknown', 'whether somebody uses this machine', ({ idleMs }) => {
    const since = now.monotonicMs - idleMs;
    if (idleMs < settings['presence.idleDelayMs'])
      add('owner-active', 'Somebody uses the keyboard or the mouse.', null, {
        sinceMonotonicMs: since,
        untilMs: wallOf(since + settings['presence.idleDelayMs']),
      });
  });
  when('gamepad', 'gamepad-unknown', 'whether a game controller is in use', ({ idleMs }) => {
    if (idleMs === null || idleMs >= settings['presence.idleDelayMs']) return;
    const since = now.monotonicMs - idleMs;
    add('gamepad-active', 'Somebody plays with a game controller.', null, {
      sinceMonotonicMs: since,
      untilMs: wallOf(since + settings['presence.idleDelayMs']),
    });
  });
  when('fullscreen', 'fullscreen-unknown', 'whether a program fills the screen', (window) => {
    if (window) add('fullscreen', `${window.program ?? 'A program'} fills the screen.`, null, { evicts: true });
  });
  when('inhibitor', 'inhibitor-unknown', 'whether a film or a presentation runs', (holders) => {
    const [first] = holders;
    if (first) add('inhibited', `${first.who} keeps the screen on: ${first.why || 'no reason given'}.`);
  });
  when('session', 'session-unknown', 'who is logged in', (session) => {
    if (session.remote && settings['presence.remoteCounts'])
      add(
        'remote-session',
        'Somebody is connected to this machine from elsewhere.',
        'If that is never you at work: presence.remoteCounts false.',
      );
    if (session.otherUser) add('other-user', 'Another user has the screen.', 'Switch back, or run Nightshift for every user.');
  });
  when('gpu', 'gpu-unknown', 'whether other programs use the GPU', (uses) => {
    const busy = uses.find((use) => (use.busyShare ?? 0) >= GPU_BUSY_SHARE || (use.vramBytes ?? 0) >= GPU_VRAM_BYTES);
    const evicts = input.devices.some((device) => device.class === 'gpu');
    if (busy) add('gpu-in-use', `${busy.program ?? 'Another program'} uses the GPU.`, null, { evicts });
  });
  when('programs', 'programs-unknown', 'which programs run', (running) => {
    const evictFor = running.find((name) => settings['programs.evictFor'].includes(name));
    const any = evictFor ?? running[0];
    if (any !== undefined)
      add('program-running', `${any} runs, for which you keep this machine free.`, 'Close it, or take it off the list.', {
        evicts: evictFor !== undefined,
      });
  });

  when('power', 'power-unknown', 'whether this machine runs on battery', (power) => {
    const minimum = settings['power.minChargePercent'] + (stoodBefore('battery-low') ? FULLER_BY_PERCENT : 0);
    if (power.isLaptop && !settings['presence.laptop'])
      add('laptop', 'This is a laptop, which wears out and gets hot.', 'If you want it to work all the same: presence.laptop true.');
    if (!power.onAc && !settings['power.onBattery']) add('on-battery', 'This machine runs on battery.', 'Plug it in.');
    if (power.chargePercent !== null && power.chargePercent < Math.min(minimum, 100))
      add('battery-low', `The battery is below ${settings['power.minChargePercent']}%.`, 'Let it charge.');
  });
  when('temperature', 'temperature-unknown', 'how hot this machine is', (places) => {
    const limitOf = { cpu: settings['thermal.cpuLimitC'], gpu: settings['thermal.gpuLimitC'], other: Number.POSITIVE_INFINITY };
    const roomC = stoodBefore('hot') ? COOLER_BY_C : 0;
    const hot = places.find((each) => each.celsius > Math.min(limitOf[each.part], each.criticalC ?? Number.POSITIVE_INFINITY) - roomC);
    if (hot) add('hot', `${hot.place} is too hot.`, 'Let it cool; clean its fans if that comes often.');
  });
  when('draw', 'draw-unknown', 'how much power this machine draws', ({ watts }) => {
    const limit = settings['power.maxDrawWatts'];
    if (limit !== null && watts > limit * (stoodBefore('power-draw') ? LESS_DRAW_SHARE : 1))
      add('power-draw', `This machine draws more than the ${limit} W you allow.`);
  });
  when('cpu', 'cpu-unknown', 'how busy other programs are', ({ shareByOthers }) => {
    const limit = settings['presence.cpuByOthersShare'];
    if (!input.ownWork && shareByOthers > limit * (stoodBefore('cpu-in-use') ? LESS_CPU_SHARE : 1))
      add('cpu-in-use', 'Other programs are busy on this machine.');
  });
  when('metered', 'metered-unknown', 'whether the connection is paid by volume', (metered) => {
    if (metered) add('metered', 'The connection is paid by volume.', 'Connect to another network, or: network.onMetered true.');
  });
  when('sleep', 'sleep-unknown', 'whether this machine is about to sleep', ({ suspending }) => {
    if (suspending) add('suspending', 'This machine is going to sleep.');
  });
  if (input.wokeAtMonotonicMs !== null) {
    const until = input.wokeAtMonotonicMs + settings['presence.idleDelayMs'];
    if (now.monotonicMs < until)
      add('just-woke', 'This machine has just been woken.', null, { sinceMonotonicMs: input.wokeAtMonotonicMs, untilMs: wallOf(until) });
  }

  found.push(...workReasons(input, now));
  return found;
}

/** Where nobody sits at the machine, nothing about input has to be mended. */
function withWayOut(fix: string | null): string {
  const wayOut = 'If nobody sits at this machine: `npx nightshift settings set presence.dedicated true`';
  return fix === null ? wayOut : fix.includes('presence.dedicated') ? fix : `${fix} ${wayOut}`;
}

/** The signals on which something depends only by a setting. */
const SIGNAL_OF: Partial<Record<ReasonCode, SignalName>> = {
  'power-draw': 'draw',
  'draw-unknown': 'draw',
  'cpu-in-use': 'cpu',
  'cpu-unknown': 'cpu',
  metered: 'metered',
  'metered-unknown': 'metered',
  'program-running': 'programs',
  'programs-unknown': 'programs',
};

/** Whether a reason of a moment ago still counts under these settings. */
export function isStillAsked(code: ReasonCode, settings: Settings): boolean {
  const signal = SIGNAL_OF[code];
  return signal === undefined || isAsked(signal, settings);
}

/** Whether the owner's settings make anything depend on a signal; where they do not, it may stay unknown. */
function isAsked(signal: SignalName, settings: Settings): boolean {
  switch (signal) {
    case 'draw':
      return settings['power.maxDrawWatts'] !== null;
    case 'cpu':
      return settings['presence.cpuByOthersShare'] < 1;
    case 'metered':
      return !settings['network.onMetered'];
    case 'programs':
      return settings['programs.freezeFor'].length + settings['programs.evictFor'].length > 0;
    default:
      return true;
  }
}

type KnownValue<S extends SignalName> = Extract<Readings[S], { kind: 'known' }>['value'];

/** What a new job needs besides the owner's absence. */
function workReasons(input: PolicyInput, now: Now): readonly Standing[] {
  const found: Standing[] = [];
  const add = (code: ReasonCode, detail: string, fix: string | null = null): void => {
    found.push({ code, detail, fix, untilMs: null, sinceMonotonicMs: now.monotonicMs, evicts: false });
  };
  const { engine, session, devices } = input;
  if (engine.kind === 'starting') add('engine-starting', 'The container engine is starting.');
  if (engine.kind === 'missing') add('engine-missing', engine.detail, engine.fix);
  // Also where no check is asked for: its attacks are no company for a job.
  if (engine.kind === 'ready' && input.sandbox === 'checking')
    add('sandbox-unchecked', 'The sandbox is being checked, which takes half a minute.');
  if (engine.kind === 'ready' && input.settings['sandbox.checkFirst']) {
    if (input.sandbox === 'unchecked')
      add(
        'sandbox-unchecked',
        'The sandbox has not been checked on this container engine yet.',
        'That happens by itself while you are away. Now: `npx nightshift sandbox check`',
      );
    if (input.sandbox === 'failed')
      add(
        'sandbox-failed',
        'An attack got through when the sandbox was checked.',
        'Update the container engine, then check again: `npx nightshift sandbox check`',
      );
  }
  if (session.kind === 'connecting') add('network-unreachable', 'Connecting to the network.');
  if (session.kind === 'offline') add('network-unreachable', session.detail, 'Nothing to do: Nightshift tries again by itself.');
  if (session.kind === 'not-enrolled') add('not-enrolled', 'This worker belongs to no network yet.', session.fix);
  if (input.diskFull) add('disk-full', 'There is too little free disk for a job.', 'Free some disk, or lower limits.diskBytes.');
  if (devices.length === 0)
    add('no-device', 'This machine has no device that can be offered.', 'Check `npx nightshift worker status` for what was found.');
  else if (devices.every((device) => input.settings['devices.off'].includes(device.id)))
    add('device-off', 'Every device of this machine is switched off in Nightshift.', 'Switch one on in the settings.');
  else {
    const on = devices.filter((device) => !input.settings['devices.off'].includes(device.id));
    const [fault] = on.map((device) => device.fault);
    if (fault && on.every((device) => device.fault !== null))
      found.push({ ...fault.reason, sinceMonotonicMs: fault.sinceMonotonicMs, evicts: false });
  }
  if (input.benchmarking)
    add('benchmarking', 'Devices are being measured.', 'Work goes on by itself afterwards; `npx nightshift benchmark cancel` ends it.');
  return found;
}
