import * as z from 'zod';
import { ProblemError } from '../../contract/model/problem.ts';
import type { Engine } from './engine.ts';
import { engineFault, engineLost } from './engine-fault.ts';
import { jsonLines } from './json-lines.ts';
import type { RunStatus } from './run-status.ts';

const engineEvent = z.object({
  Action: z.string(),
  Actor: z.object({ Attributes: z.object({ signal: z.string().optional() }) }),
});

const SIGKILL = '9';

/**
 * Waits until the container has ended, by the engine's events: its wait call, through docker-modem, hangs for ever when the engine goes away.
 * Throws `engine-lost` when the engine goes, and when it stops the job as it does to shut down: it then still answers for a while, and the
 * exit it tells of is not the job's own. (We ourselves send SIGKILL, or say by `asked` that the job was asked to end.)
 */
export async function untilExit(
  engine: Engine,
  container: string,
  status: () => Promise<RunStatus>,
  asked: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  const done = new AbortController();
  let stoppedByEngine = false;
  try {
    const events = await engine.ask((docker) =>
      docker.getEvents({
        filters: { type: ['container'], container: [container], event: ['kill', 'die', 'destroy'] },
        abortSignal: AbortSignal.any([signal, done.signal]),
      }),
    );
    if (!isLive(await status())) return;
    for await (const line of jsonLines(events)) {
      const { Action, Actor } = engineEvent.parse(line);
      if (Action === 'kill') {
        stoppedByEngine ||= Actor.Attributes.signal !== SIGKILL && !asked();
      } else if (stoppedByEngine) {
        throw new ProblemError(
          'engine-lost',
          'The container engine stopped the job, as it does when it shuts down.',
          'Start Docker again; Nightshift goes on by itself.',
        );
      } else if (!isLive(await status())) {
        return;
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    throw engineFault(error);
  } finally {
    done.abort();
  }
  throw engineLost(new Error('its events ended'));
}

const isLive = (status: RunStatus): boolean => status.kind === 'running' || status.kind === 'paused';
