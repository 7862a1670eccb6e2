/** A container's run as the engine tells it. Times are the engine's clock, ms since the Unix epoch. */
export type RunStatus =
  | { readonly kind: 'absent' }
  | { readonly kind: 'created' }
  | { readonly kind: 'running'; readonly startedAtMs: number }
  | { readonly kind: 'paused'; readonly startedAtMs: number }
  | {
      readonly kind: 'exited';
      readonly exitCode: number;
      readonly outOfMemory: boolean;
      readonly startedAtMs: number;
      readonly finishedAtMs: number;
    };

/** The part of the engine's container state that says how a run stands. */
export interface EngineRunState {
  readonly Status: string;
  readonly ExitCode: number;
  readonly OOMKilled: boolean;
  readonly StartedAt: string;
  readonly FinishedAt: string;
}

/** Reads the engine's state. A process killed for memory inside a job that went on to succeed is no failure of the job. */
export function toRunStatus(state: EngineRunState): RunStatus {
  const startedAtMs = Date.parse(state.StartedAt);
  switch (state.Status) {
    case 'created':
      return { kind: 'created' };
    case 'running':
    case 'restarting':
      return { kind: 'running', startedAtMs };
    case 'paused':
      return { kind: 'paused', startedAtMs };
    case 'exited':
      return {
        kind: 'exited',
        exitCode: state.ExitCode,
        outOfMemory: state.OOMKilled && state.ExitCode !== 0,
        startedAtMs,
        finishedAtMs: Date.parse(state.FinishedAt),
      };
    default:
      return { kind: 'absent' }; // `removing`, `dead`: on its way out, nothing of it runs
  }
}
