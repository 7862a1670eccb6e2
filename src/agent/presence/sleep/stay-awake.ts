import type { AwakeState, StayAwake } from './sleep.ts';
import { type SystemLock, takeSleepLock } from './system-lock.ts';

/**
 * Linux: a block lock of logind on sleep. Not on "idle": KDE and others leave the screen on and unlocked for that, and automatic sleep is held
 * off by this lock alone (logind.c, manager_handle_action; the desktops ask logind). A closed lid goes first in any case (LidSwitchIgnoreInhibited).
 */
export function openStayAwake(env: Readonly<Record<string, string | undefined>>): StayAwake {
  let state: AwakeState = { kind: 'released' };
  let lock: SystemLock | null = null;
  /** One wish after the other: a release that follows a hold finds its lock. */
  let queue: Promise<unknown> = Promise.resolve();

  async function take(why: string): Promise<AwakeState> {
    if (lock !== null) return state;
    const outcome = await takeSleepLock(env, 'block', why);
    if (outcome.kind === 'refused') {
      state = { kind: 'cannot-hold', detail: outcome.detail, fix: outcome.fix };
      return state;
    }
    const taken = outcome.lock;
    lock = taken;
    state = { kind: 'held' };
    void taken.gone.then(() => {
      if (lock !== taken) return;
      lock = null;
      state = { kind: 'cannot-hold', detail: 'The system took the lock away that keeps it awake.', fix: null };
    });
    return state;
  }

  async function drop(): Promise<AwakeState> {
    const held = lock;
    lock = null;
    state = { kind: 'released' };
    await held?.release();
    return state;
  }

  const inTurn = (act: () => Promise<AwakeState>): Promise<AwakeState> => {
    const done = queue.then(act);
    queue = done;
    return done;
  };
  return {
    hold: (why) => inTurn(() => take(why)),
    release: () => inTurn(drop),
    state: () => state,
  };
}
