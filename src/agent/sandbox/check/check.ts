import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ProblemError } from '../../../contract/model/problem.ts';
import type { ProbeResult } from '../../../contract/model/sandbox.ts';
import type { Engine } from '../engine.ts';
import { abortable } from '../images/abortable.ts';
import { findLeases } from '../leftovers.ts';
import { probeEngine } from '../probe.ts';
import { together } from '../together.ts';
import { createAnswerReader, type ProbeAnswer, toResults } from './answers.ts';
import { type CheckedSandbox, type CheckJobs, openCheckJobs } from './check-jobs.ts';
import { tryLog, tryOutputs, tryToEnd } from './from-outside.ts';
import { readyProbeImage } from './probe-image.ts';
import { IN_CONTAINER, isAfterwards, PROBES } from './probes.ts';

/**
 * `total`: probes in all; `current`: title of the one that runs, null while its container is made; `probes`: results so far. Called for each
 * piece of the container's log, which holds many results at first.
 */
export type OnCheckProgress = (total: number, current: string | null, probes: readonly ProbeResult[]) => void;

/** `missing`: what the engine does not enforce, in plain words. */
export interface CheckOutcome {
  readonly missing: readonly string[];
  readonly probes: readonly ProbeResult[];
}

export interface CheckOptions {
  readonly sandbox: CheckedSandbox;
  readonly engine: Engine;
  /** The sandbox's owner and folder: what it may leave is looked for there. */
  readonly owner: string;
  readonly stateDir: string;
  readonly onProgress: OnCheckProgress;
  readonly signal: AbortSignal;
}

/** Where results are brought to. Nothing in it outlives a check, but where the agent was killed; then the next one empties it. */
export const checkFolder = (stateDir: string): string => join(stateDir, 'check');

/** What is left by a job is looked for last. */
const IN_TURN = [...PROBES.filter((probe) => !isAfterwards(probe)), ...PROBES.filter(isAfterwards)];

/** The probes take 4 s on an idle machine; each is given 15 s by itself, and this is for all. */
const PROBES_MS = 90_000;
const LOG_MS = 30_000;
const READY_MS = 30_000;
/** The neighbour tells ten times a second that it is well; fewer than this over seconds of attacks, and it is not. */
const LEAST_SIGNS_OF_LIFE = 3;

/**
 * Runs every probe against jobs that are started as a renter's are, and tries from outside what jobs hand out and leave. Wipes all of it,
 * also when it fails or is told to end. Throws `engine-missing`, `engine-lost`, `disk-full`, and `image-not-found` for a processor without probes.
 */
export async function checkSandbox(options: CheckOptions): Promise<CheckOutcome> {
  const { sandbox, engine, signal, onProgress } = options;
  onProgress(PROBES.length, null, []);
  const { state, capabilities } = await probeEngine(engine, signal);
  signal.throwIfAborted();
  if (state.kind !== 'ready' || capabilities === null) {
    const { detail, fix } =
      state.kind === 'missing' ? state : { detail: 'The container engine is starting.', fix: 'Try again in a moment.' };
    throw new ProblemError('engine-missing', detail, fix);
  }
  const image = await abortable(readyProbeImage(engine, capabilities, signal), signal);
  const answers = new Map<string, ProbeAnswer>();
  const tell = (more: ReadonlyMap<string, ProbeAnswer>): void => {
    for (const [id, answer] of more) answers.set(id, answer);
    const current = IN_TURN.find(({ id }) => !answers.has(id))?.title ?? null;
    onProgress(
      PROBES.length,
      current,
      toResults(
        answers,
        state.missing,
        PROBES.filter(({ id }) => answers.has(id)),
      ),
    );
  };

  const folder = checkFolder(options.stateDir);
  const jobs = openCheckJobs(sandbox, image, signal);
  try {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await attack(options, jobs, tell);
  } finally {
    await together([jobs.wipeAll(), rm(folder, { recursive: true, force: true })]);
  }
  tell(new Map([['stay-behind', await tryToStay(options, jobs.leaseIds)]]));
  return { missing: state.missing, probes: toResults(answers, state.missing) };
}

type Tell = (answers: ReadonlyMap<string, ProbeAnswer>) => void;

async function attack({ sandbox, stateDir, signal }: CheckOptions, jobs: CheckJobs, tell: Tell): Promise<void> {
  await using service = await openHostService();
  const neighbour = await startNeighbour(sandbox, jobs, signal);
  try {
    const first = IN_CONTAINER.filter((probe) => !isAfterwards(probe)).map(({ id }) => id);
    const [attacker, stubborn] = await together([
      jobs.start(['/probe', 'run', ...first, 'play', 'leave', 'play', 'outputs'], { PROBE_HOST_PORT: String(service.port) }),
      jobs.start(['/probe', 'play', 'stubborn']),
    ]);
    const before = neighbour.signs();
    const [log] = await together([
      tryLog(sandbox, stubborn, AbortSignal.any([signal, AbortSignal.timeout(LOG_MS)])),
      readAnswers(sandbox, attacker, tell, signal),
    ]);
    signal.throwIfAborted();
    tell(new Map([['starve-other-job', judgeNeighbour(before, neighbour.signs())]]));
    tell(log);
    tell(new Map([['ignore-end', await tryToEnd(sandbox, stubborn, signal)]]));
    tell(await tryOutputs(sandbox, attacker, join(checkFolder(stateDir), 'outputs.tar'), signal));

    const afterwards = IN_CONTAINER.filter(isAfterwards).map(({ id }) => id);
    await jobs.startAgain(attacker, ['/probe', 'run', ...afterwards]);
    await readAnswers(sandbox, attacker, tell, signal);
  } finally {
    await neighbour.end();
  }
}

/** Takes the program's answers until its job ends. What takes too long is ended, and its answers stay missing. */
async function readAnswers(sandbox: CheckedSandbox, leaseId: string, tell: Tell, signal: AbortSignal): Promise<void> {
  const read = createAnswerReader();
  const limit = AbortSignal.any([signal, AbortSignal.timeout(PROBES_MS)]);
  for await (const chunk of sandbox.log(leaseId, limit)) tell(read(chunk));
  signal.throwIfAborted();
  if (limit.aborted) await sandbox.kill(leaseId);
  await sandbox.waitForExit(leaseId, signal);
}

interface Neighbour {
  /** How often it was well, and how often not, so far. */
  signs(): { readonly alive: number; readonly starved: number };
  end(): Promise<void>;
}

/** The job beside the attacker, ready to be found. Throws where it does not start to live. */
async function startNeighbour(sandbox: CheckedSandbox, jobs: CheckJobs, signal: AbortSignal): Promise<Neighbour> {
  const leaseId = await jobs.start(['/probe', 'play', 'neighbour']);
  const ended = new AbortController();
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  let text = '';
  const reading = (async () => {
    for await (const chunk of sandbox.log(leaseId, AbortSignal.any([signal, ended.signal]))) {
      text += chunk.toString('latin1');
      resolve();
    }
    reject(new Error('the job beside the probes ended before them'));
  })();
  const timer = setTimeout(() => reject(new Error('the job beside the probes said nothing')), READY_MS);
  const failed = reading.catch(reject);
  try {
    await ready;
  } catch (error) {
    ended.abort();
    await failed;
    signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return {
    signs: () => ({ alive: text.split('alive').length - 1, starved: text.split('starved').length - 1 }),
    end: async () => {
      ended.abort();
      await failed;
    },
  };
}

function judgeNeighbour(before: ReturnType<Neighbour['signs']>, after: ReturnType<Neighbour['signs']>): ProbeAnswer {
  if (after.starved > before.starved) return { result: 'open', detail: 'it was refused memory, disk or a process' };
  return after.alive - before.alive < LEAST_SIGNS_OF_LIFE
    ? { result: 'open', detail: 'it came to a standstill' }
    : { result: 'blocked', detail: 'it went on all the time' };
}

/** A service of this machine that only this machine may reach. */
async function openHostService(): Promise<{ readonly port: number } & AsyncDisposable> {
  const server = createServer((socket) => socket.destroy());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a port on the loopback has no number');
  return {
    port: address.port,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

async function tryToStay({ engine, owner, stateDir }: CheckOptions, leaseIds: readonly string[]): Promise<ProbeAnswer> {
  const left = await findLeases({ engine, owner, diskDir: join(stateDir, 'disks') });
  const stayed = leaseIds.filter((leaseId) => left.has(leaseId));
  return stayed.length === 0
    ? { result: 'blocked', detail: 'nothing of it is left' }
    : { result: 'open', detail: `something of ${stayed.length} of ${leaseIds.length} jobs is left` };
}
