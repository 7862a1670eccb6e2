import { ProblemError } from '../../../contract/model/problem.ts';
import { delay } from '../../../lib/delay.ts';
import { createLogTail } from '../../lease/log-pump.ts';
import { MAX_LOG_BYTES } from '../log.ts';
import type { ProbeAnswer } from './answers.ts';
import type { CheckedSandbox } from './check-jobs.ts';

type Answers = ReadonlyMap<string, ProbeAnswer>;

/** Room for the notice that a log was cut. */
const NOTICE_BYTES = 1024;
/** What a job is let bring back; the largest bait is a thousand times as large. */
const MAX_OUTPUT_BYTES = 2 ** 20;
/** A job that obeys the request to end does so at once. */
const OBEY_MS = 300;
/** Long enough for a busy engine: removal took 4 s under load. */
const END_MS = 15_000;

/** The outputs that the role `outputs` (resources/sandbox/probes/roles.c) has made, and what each is asked for by. */
const OUTPUTS: readonly (readonly [id: string, path: string])[] = [
  ['output-link', 'link'],
  ['output-through-link', 'way/etc/passwd'],
  ['output-outside', '../probe-left-this'],
  ['output-twin', 'twin'],
  ['output-pipe', 'pipe'],
  ['output-huge', 'huge'],
];

/** Asks for each hostile result of a job that has ended. What is brought back lies at `destinationTar`. */
export async function tryOutputs(sandbox: CheckedSandbox, leaseId: string, destinationTar: string, signal: AbortSignal): Promise<Answers> {
  const answers = new Map<string, ProbeAnswer>();
  for (const [id, path] of OUTPUTS) {
    answers.set(
      id,
      await sandbox.collect(leaseId, [path], destinationTar, MAX_OUTPUT_BYTES, signal).then(
        () => ({ result: 'open' as const, detail: 'it was brought back' }),
        (error: unknown) => {
          if (!(error instanceof ProblemError) || error.problem.code !== 'invalid-request') throw error;
          // The job's own names say nothing to the owner, and may be long.
          return {
            result: error.problem.detail.includes('did not write') ? ('unable' as const) : ('blocked' as const),
            detail: error.problem.detail,
          };
        },
      ),
    );
  }
  return answers;
}

/** Reads the log of the role `stubborn` to its end, as an owner would see it. `limit` ends the reading, and says so. */
export async function tryLog(sandbox: CheckedSandbox, leaseId: string, limit: AbortSignal): Promise<Answers> {
  const tail = createLogTail();
  let bytes = 0;
  let commands = 0;
  let seen = false;
  for await (const chunk of sandbox.log(leaseId, limit)) {
    bytes += chunk.length;
    tail.push(chunk);
    for (const line of tail.lines()) {
      seen ||= line.includes('alert(1)');
      if (/\p{Cc}/u.test(line)) commands += 1;
    }
  }
  const cut: ProbeAnswer = { result: 'blocked', detail: 'the log was cut at its limit' };
  const endless: ProbeAnswer = { result: 'open', detail: `${bytes} bytes were handed on, and no end` };
  const clean: ProbeAnswer = seen
    ? { result: 'blocked', detail: 'what is shown of the log has none' }
    : { result: 'unable', detail: 'the line with the commands was not in the log' };
  return new Map([
    ['log-flood', limit.aborted || bytes > MAX_LOG_BYTES + NOTICE_BYTES ? endless : cut],
    ['log-commands', commands > 0 ? { result: 'open', detail: 'what is shown of the log has some' } : clean],
  ]);
}

/** Asks a job to end that does not listen, then ends it. */
export async function tryToEnd(sandbox: CheckedSandbox, leaseId: string, signal: AbortSignal): Promise<ProbeAnswer> {
  await sandbox.terminate(leaseId);
  await delay(OBEY_MS, signal);
  signal.throwIfAborted();
  const ignored = (await sandbox.status(leaseId)).kind === 'running';
  await sandbox.kill(leaseId);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(END_MS)]);
  const ended = await sandbox.waitForExit(leaseId, limit).then(
    (status) => status.kind === 'exited',
    (error: unknown) => {
      signal.throwIfAborted();
      if (!limit.aborted) throw error;
      return false;
    },
  );
  if (!ended) return { result: 'open', detail: 'it went on' };
  return { result: 'blocked', detail: ignored ? 'it ignored the request, and was ended' : 'it ended' };
}
