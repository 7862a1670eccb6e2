import { ProblemError } from '../../contract/model/problem.ts';
import { hasPassed, isBreach, type SandboxReport } from '../../contract/model/sandbox.ts';
import type { WorkerState } from '../../contract/worker-api.ts';
import { watchState, withAgent } from '../agent-client.ts';
import type { Home } from '../home.ts';
import { beginStep } from '../steps.ts';

/** What stands while the check is still to come or under way: null. */
type Standing = { readonly kind: 'passed' | 'failed'; readonly text: string } | { readonly kind: 'not-asked' } | null;

/**
 * Shows the check of the sandbox to its end, on an engine that the agent has not seen; whoever starts Nightshift by hand does not wait until
 * nobody is here. Whether jobs may run after it.
 */
export async function showSandboxCheck(home: Home, signal: AbortSignal): Promise<boolean> {
  const running = beginStep('Checking the sandbox');
  return withAgent(home, async (agent) => {
    let seen: 'nothing' | 'asked' | 'running' = 'nothing';
    for await (const state of watchState(agent, signal)) {
      const standing = standingOf(state);
      if (standing?.kind === 'failed') {
        running.failed(standing.text);
        return false;
      }
      if (standing !== null) {
        running.done(standing.kind === 'passed' ? standing.text : 'The sandbox is not checked, as you have set');
        return true;
      }
      const { check, engine } = state.sandbox;
      if (check.kind === 'running') {
        seen = 'running';
        if (check.total > 0) running.update(`trying ${check.total} attacks ${Math.floor((100 * check.probes.length) / check.total)}%`);
      } else if (seen === 'running') {
        running.failed('The check of the sandbox was ended; no jobs run before it has passed: npx nightshift sandbox check');
        return false;
      } else if (state.leases.length > 0) {
        running.done('A job of before goes on; the sandbox is checked after it');
        return true;
      } else if (seen === 'nothing' && engine.kind === 'ready') {
        seen = 'asked';
        await agent.sandbox.check().catch((error: unknown) => {
          if (!(error instanceof ProblemError && error.problem.code === 'device-busy')) throw error; // it has begun by itself
        });
      }
    }
    running.failed('Checking the sandbox');
    return false;
  });
}

export function standingOf({ sandbox, settings }: Pick<WorkerState, 'sandbox' | 'settings'>): Standing {
  if (!settings.values['sandbox.checkFirst']) return { kind: 'not-asked' };
  if (sandbox.check.kind === 'failed')
    return { kind: 'failed', text: `The sandbox could not be checked: ${sandbox.check.detail}\n  ${sandbox.check.fix}` };
  if (sandbox.report === null || !sandbox.isCurrent) return null;
  const { report } = sandbox.report;
  return hasPassed(report) ? { kind: 'passed', text: passedText(report) } : { kind: 'failed', text: failedText(report) };
}

function passedText({ probes }: SandboxReport): string {
  const blocked = probes.filter((probe) => probe.blocked === true).length;
  const harmless = probes.filter((probe) => probe.blocked === false).length;
  return `Sandbox checked on this machine: ${blocked} attacks blocked${harmless === 0 ? '' : `, ${harmless} harmless ones let through`}`;
}

function failedText({ probes }: SandboxReport): string {
  const breaches = probes.filter(isBreach).map((probe) => `  - ${probe.title} (${probe.outcome})`);
  return [
    `Sandbox checked: ${breaches.length} of ${probes.length} attacks got through, so no jobs run here`,
    ...breaches,
    '  Update the container engine, then: npx nightshift sandbox check',
  ].join('\n');
}
