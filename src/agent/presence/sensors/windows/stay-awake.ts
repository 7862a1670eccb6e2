import type { AwakeState, StayAwake } from '../../sleep/sleep.ts';
import type { Handle, Kernel32 } from './kernel32.ts';

export type StayAwakeApi = Pick<Kernel32, 'createPowerRequest' | 'setSystemRequired' | 'closeHandle'>;

const RELEASED: AwakeState = { kind: 'released' };

/** A power request: `powercfg /requests` shows it with the reason. The display may go off. Windows drops it when the process ends. */
export function createWindowsStayAwake(api: StayAwakeApi): StayAwake {
  let request: Handle | null = null;
  let state: AwakeState = RELEASED;

  function ask(why: string): AwakeState {
    try {
      request = api.createPowerRequest(why);
      api.setSystemRequired(request);
      return { kind: 'held' };
    } catch (error) {
      drop();
      return {
        kind: 'cannot-hold',
        detail: `Windows does not let Nightshift keep this machine awake: ${error instanceof Error ? error.message : String(error)}`,
        fix: 'Set "Sleep" to "Never" in Settings, System, Power, or let the machine sleep and its jobs pause.',
      };
    }
  }

  /** Closing the request ends what it asks for. */
  function drop(): void {
    if (request !== null) api.closeHandle(request);
    request = null;
  }

  return {
    async hold(why) {
      if (request === null) state = ask(why);
      return state;
    },
    async release() {
      drop();
      state = RELEASED;
      return state;
    },
    state: () => state,
  };
}
