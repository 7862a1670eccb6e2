import { hasPassed, type ProbeResult, type SandboxCheck, type SandboxReport } from '../../../src/contract/model/sandbox.ts';
import type { EngineState, WorkerState } from '../../../src/contract/worker-api.ts';

/** Where the sandbox stands, for its owner. `stale`: the last report is of another engine, kernel or policy. */
export type Standing =
  | { readonly kind: 'running'; readonly check: Extract<SandboxCheck, { kind: 'running' }> }
  | { readonly kind: 'no-engine'; readonly engine: Extract<EngineState, { kind: 'missing' }> }
  | { readonly kind: 'starting' | 'unchecked' }
  | { readonly kind: 'stale' | 'passed' | 'breached'; readonly report: SandboxReport };

export function sandboxStanding({ engine, check, report: signed, isCurrent }: WorkerState['sandbox']): Standing {
  if (check.kind === 'running') return { kind: 'running', check };
  if (engine.kind === 'missing') return { kind: 'no-engine', engine };
  if (engine.kind === 'starting') return { kind: 'starting' };
  // A report of nothing proves nothing.
  if (signed === null || signed.report.probes.length === 0) return { kind: 'unchecked' };
  const { report } = signed;
  if (!isCurrent) return { kind: 'stale', report };
  return { kind: hasPassed(report) ? 'passed' : 'breached', report };
}

/** The attacks to show: those of the check that runs, else those of the last whole one. */
export const shownProbes = ({ check, report }: WorkerState['sandbox']): readonly ProbeResult[] =>
  check.kind === 'running' ? check.probes : (report?.report.probes ?? []);
