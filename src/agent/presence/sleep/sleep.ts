/** What keeping the machine awake has come to. */
export type AwakeState =
  | { readonly kind: 'released' }
  | { readonly kind: 'held' }
  /** Work goes on, but the machine may fall asleep meanwhile. */
  | { readonly kind: 'cannot-hold'; readonly detail: string; readonly fix: string | null };

/** Keeps the machine, not its screen, from falling asleep by itself: only while it earns on mains power. Ends by itself with this process. */
export interface StayAwake {
  /** From now on; as often as one likes. `why` is what the system shows. */
  hold(why: string): Promise<AwakeState>;
  release(): Promise<AwakeState>;
  state(): AwakeState;
}

/** When the machine wakes for the owner's schedule. */
export type WakeState =
  | { readonly kind: 'none' }
  | { readonly kind: 'set'; readonly atMs: number }
  /** Another program wakes the machine earlier; ours can be set after that. */
  | { readonly kind: 'earlier-alarm'; readonly atMs: number }
  | { readonly kind: 'unavailable'; readonly detail: string; readonly fix: string | null };

/** The machine has one such alarm for all programs: one that is not ours is never lost. Times are of the wall clock, ms since the epoch. */
export interface WakeTimer {
  set(atMs: number): WakeState;
  /** Takes our alarm away, and puts back the one that it stood before. */
  cancel(): WakeState;
}

/** The same moment on three clocks, ms. */
export interface Clocks {
  /** Since the epoch; jumps when it is set. */
  readonly wallMs: number;
  /** Stands still while the machine sleeps. */
  readonly monotonicMs: number;
  /** Runs on while the machine sleeps. */
  readonly bootMs: number;
}
