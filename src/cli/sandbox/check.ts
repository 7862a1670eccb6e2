import { ProblemError } from '../../contract/model/problem.ts';
import type { SandboxCheck } from '../../contract/model/sandbox.ts';
import { type AgentClient, watchState } from '../agent-client.ts';
import { type CheckEnd, checkEnd } from './check-end.ts';

export type RunningCheck = Extract<SandboxCheck, { kind: 'running' }>;

/** Has the agent check its sandbox, or takes up the check that runs already, and follows it to its end. `signal` cancels the check, not just the following. */
export async function runCheck(agent: AgentClient, signal: AbortSignal, onProgress: (check: RunningCheck) => void): Promise<CheckEnd> {
  const { promise: cancelled, resolve, reject } = Promise.withResolvers<CheckEnd>();
  const cancel = (): void => {
    agent.sandbox.cancelCheck().then(() => resolve({ kind: 'cancelled' }), reject);
  };
  try {
    return await Promise.race([cancelled, follow(agent, signal, cancel, onProgress)]);
  } catch (error) {
    throw error instanceof Error && error.name === 'AbortError' ? agentGone(error) : error; // what oRPC throws when its socket closes
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

async function follow(
  agent: AgentClient,
  signal: AbortSignal,
  cancel: () => void,
  onProgress: (check: RunningCheck) => void,
): Promise<CheckEnd> {
  let before = null;
  let hasRun = false;
  for await (const { sandbox } of watchState(agent)) {
    if (before === null) {
      before = sandbox;
      if (sandbox.check.kind !== 'running') await agent.sandbox.check();
      // Only a check that has begun can be cancelled.
      if (signal.aborted) cancel();
      else signal.addEventListener('abort', cancel, { once: true });
    }
    if (sandbox.check.kind === 'running') {
      hasRun = true;
      onProgress(sandbox.check);
    }
    const end = checkEnd(before, sandbox, hasRun);
    if (end !== null) return end;
  }
  throw agentGone();
}

const agentGone = (cause?: Error): ProblemError =>
  new ProblemError(
    'not-found',
    'The agent went away during the check, so nothing of it is kept.',
    'Start it with `npm start` and run the command again.',
    { cause },
  );
