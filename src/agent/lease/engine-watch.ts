import type { EngineState } from '../../contract/worker-api.ts';
import { createPulse } from '../../lib/pulse.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

const POLL_READY_MS = 15_000;
const POLL_MISSING_MS = 2_000;
/** An engine that was updated or set up anew under us is asked in full this often: every ten minutes. */
const LOOKS_A_PROBE = 40;

/** Watches whether the container engine answers, often while it does not and rarely while it does. */
export interface EngineWatch {
  /** Looks again now. */
  lookAgain(): void;
  readonly ended: Promise<void>;
}

/** @param onState called with each answer, the first one included; awaited, so that recovery is done before the next look */
export function watchEngine(sandbox: Sandbox, onState: (state: EngineState) => Promise<void>, signal: AbortSignal): EngineWatch {
  const look = createPulse();
  let inFull = true;
  async function loop(): Promise<void> {
    using looks = look.listen(signal);
    let state: EngineState | null = null;
    for (let count = 1; !signal.aborted; count++) {
      const askInFull = inFull || state?.kind !== 'ready' || count % LOOKS_A_PROBE === 0;
      inFull = false;
      if (state === null || askInFull || !(await sandbox.answers())) state = await sandbox.engine(signal);
      if (signal.aborted) return;
      await onState(state);
      const timer = setTimeout(look.fire, state.kind === 'ready' ? POLL_READY_MS : POLL_MISSING_MS);
      await looks.next();
      clearTimeout(timer);
    }
  }
  return {
    lookAgain() {
      inFull = true;
      look.fire();
    },
    ended: loop(),
  };
}
