import type { Logger } from '../../lib/log.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

/** Processor time of our jobs where their control groups lie in another machine (Docker Desktop, WSL), as the engine counts it. */
export interface EngineUsage extends Disposable {
  /** Of all jobs since this began, ms; never less than before. */
  cpuMs(): number;
}

const ASK_EVERY_MS = 2_000;

/** Asks only off Linux: there the control groups tell it at once and for nothing. */
export function watchEngineUsage(deps: {
  readonly sandbox: Pick<Sandbox, 'cpuMs'>;
  /** The lease that holds a device now. */
  readonly running: () => string | null;
  readonly logger: Logger;
}): EngineUsage {
  let total = 0;
  let last: { readonly leaseId: string; readonly ms: number } | null = null;

  async function ask(): Promise<void> {
    const leaseId = deps.running();
    if (leaseId === null) return;
    const ms = await deps.sandbox.cpuMs(leaseId);
    if (ms === null) return;
    if (last?.leaseId === leaseId) total += Math.max(0, ms - last.ms);
    last = { leaseId, ms };
  }
  const asking =
    process.platform === 'linux'
      ? undefined
      : setInterval(
          () => void ask().catch((error: unknown) => deps.logger.debug({ error }, 'the engine does not tell what the job uses')),
          ASK_EVERY_MS,
        );
  return { cpuMs: () => total, [Symbol.dispose]: () => clearInterval(asking) };
}
