/**
 * What is known about the owner and the machine. Unknown is a value of its own, never a guess: it means "do not run" and is said aloud.
 * `absent`: this machine has no such thing (no battery, no gamepad), so it can say nothing against running.
 */
export type Reading<T> =
  | { readonly kind: 'known'; readonly value: T; readonly source: string }
  | { readonly kind: 'unknown'; readonly source: string; readonly detail: string; readonly fix: string | null }
  | { readonly kind: 'absent'; readonly source: string; readonly detail: string };

/** A program that uses a GPU and is none of our jobs. Unknown figures are null. */
export interface GpuUse {
  /** Which GPU: its UUID or PCI bus id. */
  readonly gpu: string;
  /** The program's name where the system tells it. */
  readonly program: string | null;
  readonly vramBytes: number | null;
  /** Share of the GPU's time, 0 to 1. */
  readonly busyShare: number | null;
}

/** One place where a temperature is measured. */
export interface Temperature {
  readonly place: string;
  readonly part: 'cpu' | 'gpu' | 'other';
  readonly celsius: number;
  /** Where the hardware itself begins to throttle or stop; null where it does not say. */
  readonly criticalC: number | null;
}

/** The value of each signal. Times in ms, shares from 0 to 1. */
export interface SignalValues {
  /** Since the owner's last key press, mouse move, touch or typing on a console. */
  readonly input: { readonly idleMs: number };
  /** Since the last button or stick of any gamepad; null: not since this sensor began to look. */
  readonly gamepad: { readonly idleMs: number | null };
  /** The program that fills the screen; null: none does. */
  readonly fullscreen: { readonly program: string | null } | null;
  /** Programs that ask the system not to dim or sleep: a film, a presentation, a call. */
  readonly inhibitor: readonly { readonly who: string; readonly why: string }[];
  readonly session: {
    readonly locked: boolean;
    /** Somebody is connected from elsewhere: RDP, VNC, SSH with a terminal, a streaming session. */
    readonly remote: boolean;
    /** The screen belongs to another user now, whose input this worker may not see. */
    readonly otherUser: boolean;
  };
  /** GPU use by others than our jobs; empty: none. */
  readonly gpu: readonly GpuUse[];
  readonly power: {
    readonly onAc: boolean;
    /** 0 to 100; null without a battery. */
    readonly chargePercent: number | null;
    readonly isLaptop: boolean;
  };
  readonly temperature: readonly Temperature[];
  /** Electric power that the machine's processors and GPUs draw, watts. */
  readonly draw: { readonly watts: number };
  /** Share of all processor time that others than our jobs and Nightshift itself used lately. */
  readonly cpu: { readonly shareByOthers: number };
  /** Which of the owner's named programs run now, as the owner wrote them. */
  readonly programs: readonly string[];
  /** The connection is paid by volume. */
  readonly metered: boolean;
  /** The system is about to suspend. */
  readonly sleep: { readonly suspending: boolean };
}
export type SignalName = keyof SignalValues;
export type Readings = { readonly [S in SignalName]: Reading<SignalValues[S]> };

/** How often a sensor is read while a job of ours runs. While none does, every sensor is read once a second at most. */
export type Pace = 'fast' | 'brisk' | 'calm';

/**
 * One source of one signal. `read` returns at once, costs little (a few microseconds where the pace is fast), never throws: a sensor
 * that breaks reads unknown, with what to do about it, and tries to mend itself at later reads.
 */
export interface Sensor<S extends SignalName = SignalName> {
  readonly signal: S;
  /** Names the source for people: "X11", "logind", "sysfs". */
  readonly source: string;
  readonly pace: Pace;
  read(): Reading<SignalValues[S]>;
  /** Frees what the sensor holds. */
  close(): void | Promise<void>;
}

/** What a sensor is opened with. */
export interface SensorContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Monotonic clock, ms. */
  readonly monotonicMs: () => number;
  /** Says that a sensor that learns by events has news, so that the decision is made now and not at the next reading. */
  readonly changed: () => void;
  /** Root of the file system that holds proc, sys and dev; `/` but in tests. */
  readonly root: string;
}
