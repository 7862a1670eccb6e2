import type { AwakeState, StayAwake } from '../../sleep/sleep.ts';
import type { IoKit } from './iokit.ts';

/** IOPMLib.h, kIOPMAssertPreventUserIdleSystemSleep: the display may go off. */
const TYPE = 'PreventUserIdleSystemSleep';
const RELEASED: AwakeState = { kind: 'released' };

/** A power assertion: `pmset -g assertions` shows it with the reason. macOS drops it when the process ends. */
export function createMacStayAwake(api: Pick<IoKit, 'createAssertion' | 'releaseAssertion'>): StayAwake {
  let assertion: number | null = null;
  let state: AwakeState = RELEASED;

  function ask(why: string): AwakeState {
    try {
      assertion = api.createAssertion(TYPE, why);
      return { kind: 'held' };
    } catch (error) {
      return {
        kind: 'cannot-hold',
        detail: `macOS does not let Nightshift keep this Mac awake: ${error instanceof Error ? error.message : String(error)}`,
        fix: 'Turn on "Prevent automatic sleeping" in System Settings, or let the Mac sleep and its jobs pause.',
      };
    }
  }

  return {
    async hold(why) {
      if (assertion === null) state = ask(why);
      return state;
    },
    async release() {
      const held = assertion;
      assertion = null;
      state = RELEASED;
      if (held !== null) api.releaseAssertion(held);
      return state;
    },
    state: () => state,
  };
}
