import type { SignedSandboxReport } from '../../contract/model/sandbox.ts';
import type { WorkerState } from '../../contract/worker-api.ts';

type Sandbox = WorkerState['sandbox'];

/** How a check ended. `cancelled`: by this command or by another, and nothing of it is kept. */
export type CheckEnd =
  | { readonly kind: 'done'; readonly signed: SignedSandboxReport }
  | { readonly kind: 'failed'; readonly detail: string; readonly fix: string }
  | { readonly kind: 'cancelled' };

/**
 * How the check that was asked for in the state `before` has ended; null while it goes on, or has not begun.
 * `hasRun`: it was seen to run.
 */
export function checkEnd(before: Sandbox, now: Sandbox, hasRun: boolean): CheckEnd | null {
  const { check, report } = now;
  switch (check.kind) {
    case 'running':
      return null;
    case 'failed': {
      const isOld = before.check.kind === 'failed' && before.check.atMs === check.atMs;
      return isOld ? null : { kind: 'failed', detail: check.detail, fix: check.fix };
    }
    case 'idle':
      if (report !== null && report.signature !== before.report?.signature) return { kind: 'done', signed: report };
      return hasRun ? { kind: 'cancelled' } : null;
  }
}
