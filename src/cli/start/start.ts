import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { styleText } from 'node:util';
import open from 'open';
import { isJobEnded, type Job } from '../../contract/model/job.ts';
import { ProblemError } from '../../contract/model/problem.ts';
import type { Earnings, WorkerState } from '../../contract/worker-api.ts';
import { fullJitterMs } from '../../lib/backoff.ts';
import { delay } from '../../lib/delay.ts';
import { type AgentClient, readState, readUiAddress, watchState, withAgent } from '../agent-client.ts';
import { type Credentials, cloudClient } from '../cloud-client.ts';
import { reportFailure } from '../failure.ts';
import { type Home, installDir } from '../home.ts';
import { finishJob, runJob } from '../job/run.ts';
import { findRunRecord } from '../job/run-record.ts';
import { cross, line, money, tick } from '../print.ts';
import { ensureEngine } from '../setup/engine.ts';
import { hostProblems, readHostFacts } from '../setup/host.ts';
import { beginStep, step } from '../steps.ts';
import { bootstrap } from './bootstrap.ts';
import { type Part, startPart } from './child.ts';
import { showSandboxCheck } from './sandbox-step.ts';
import { buildUi, isUiBuilt } from './ui-build.ts';

export interface StartOptions {
  readonly home: Home;
  /** Ask nothing: run the first job. */
  readonly yes: boolean;
  readonly uiPort: number;
  readonly networkPort: number;
  readonly openBrowser: boolean;
}

const exampleJob = join(installDir, 'examples', 'digits', 'job.yaml');

/** `nightshift start`: everything on this machine, until Ctrl-C. */
export async function start(options: StartOptions, signal: AbortSignal): Promise<void> {
  const { home } = options;
  line(styleText('bold', '\n  Nightshift  ') + styleText('dim', 'your machine works while you do not\n'));
  await using stack = new AsyncDisposableStack();
  const host = readHostFacts(home.root);
  line(`${tick} ${host.osName}, ${host.coreCount} cores, data in ${home.root}`);
  for (const problem of hostProblems(host)) line(`${styleText('yellow', '!')} ${problem.sentence} ${problem.fix}`);

  const engine = stack.use(await bringUpEngine(signal));
  if (!isUiBuilt())
    await step(
      'Building the user interface',
      () => buildUi(signal),
      () => 'User interface built',
    );

  const network = await startSupervised(stack, 'network', home, ['--port', String(options.networkPort)], signal).catch((error: unknown) => {
    throw error instanceof ProblemError && error.problem.code === 'already-running' ? alreadyRuns(home, error) : error;
  });
  const agent = await startSupervised(stack, 'agent', home, ['--ui-port', String(options.uiPort)], signal);
  line(`${tick} Network ${network.url} ${styleText('dim', '(TEST credits)')}`);
  const address = readUiAddress(home);
  const uiUrl = `${agent.url}/#token=${address?.token ?? ''}`;
  line(`${tick} Open ${styleText(['bold', 'underline'], uiUrl)}\n`);
  if (options.openBrowser && host.hasDisplay)
    await open(uiUrl).catch(() => line(`${styleText('yellow', '!')} No browser could be opened: open the address above.`));

  try {
    const renter = await withAgent(home, async (client) =>
      bootstrap(home, network.url, client, isEnrolled(await readState(client), network.url)),
    );
    if (engine.kind === 'ready') {
      if (await showSandboxCheck(home, signal)) await firstJob(options, renter, signal);
    } else line(`${styleText('yellow', '!')} Nightshift goes on without a container engine and runs jobs as soon as there is one.`);
  } catch (error) {
    if (!signal.aborted) reportFailure(error);
  }
  if (!signal.aborted) {
    line(styleText('dim', 'Nightshift goes on. Ctrl-C stops everything and leaves nothing running.'));
    await aborted(signal);
  }
  line(styleText('dim', '\nStopping …'));
  await stack.disposeAsync();
  line(`${tick} Stopped; nothing is left running.`);
}

/** The answer to a second start: where the first one is. */
function alreadyRuns(home: Home, cause: unknown): ProblemError {
  const address = readUiAddress(home);
  const open = address ? `Open ${address.url}/#token=${address.token}, or press Ctrl-C where it runs.` : 'Press Ctrl-C where it runs.';
  return new ProblemError(
    'already-running',
    `Nightshift already runs with the data in ${home.root}.`,
    `${open} Another one needs another --home folder.`,
    { cause },
  );
}

/** Whether this worker belongs to a network that is where it was: an embedded one may have moved to another port. */
export function isEnrolled({ worker, session }: Pick<WorkerState, 'worker' | 'session'>, networkUrl: string): boolean {
  if (worker.id === null) return false;
  if (session.kind === 'not-enrolled') return true; // it has not dialled yet
  const at = new URL(session.networkUrl);
  return at.hostname !== new URL(networkUrl).hostname || at.origin === new URL(networkUrl).origin;
}

async function bringUpEngine(signal: AbortSignal): ReturnType<typeof ensureEngine> {
  const running = beginStep('Container engine');
  try {
    const engine = await ensureEngine({ report: (detail) => running.update(detail), signal, mayInstall: true });
    if (engine.kind === 'ready') running.done(`Container engine ${engine.version}`);
    else running.failed(`No container engine: ${engine.detail}\n  ${engine.fix}`);
    return engine;
  } catch (error) {
    running.failed('Container engine');
    throw error;
  }
}

/** A part that ran for so long has worked: when it dies, it is started again at once. */
const STEADY_MS = 60_000;
const RESTART_BASE_MS = 500;
const RESTART_CAP_MS = 30_000;

/** Starts a part, starts it again when it dies, and stops it when the stack is disposed. The port it got first is kept. */
async function startSupervised(
  stack: AsyncDisposableStack,
  name: Part['name'],
  home: Home,
  args: readonly string[],
  signal: AbortSignal,
): Promise<Part> {
  let part = await step(
    `Starting the ${name}`,
    () => startPart(name, home, args),
    () => `The ${name} runs`,
  );
  const first = part;
  const stopping = new AbortController();
  const supervise = async (): Promise<void> => {
    for (let attempt = 0; ; attempt++) {
      const startedMs = performance.now();
      await part.ended;
      if (stopping.signal.aborted || signal.aborted) return;
      line(`${styleText('yellow', '!')} The ${name} stopped unexpectedly; starting it again (${join(home.logsDir, `${name}.log`)})`);
      if (performance.now() - startedMs > STEADY_MS) attempt = 0;
      await delay(fullJitterMs(attempt, Math.random(), RESTART_BASE_MS, RESTART_CAP_MS), stopping.signal);
      if (stopping.signal.aborted || signal.aborted) return;
      const port = new URL(first.url).port;
      await startPart(name, home, [args[0] ?? '', port]).then((started) => {
        part = started;
      }, reportFailure); // what could not be started is tried again: its `ended` has settled
      if (stopping.signal.aborted) return part.stop(); // asked to stop while it was starting
    }
  };
  const supervised = supervise();
  stack.defer(async () => {
    stopping.abort();
    await part.stop();
    await supervised;
  });
  return part;
}

/** The owner's first job, with at most one question; a job that an earlier start has left is gone on with. */
async function firstJob(options: StartOptions, renter: Credentials, signal: AbortSignal): Promise<void> {
  const client = cloudClient(renter.networkUrl, renter.apiKey);
  const { items } = await client.jobs.list({ limit: 50 }, { signal });
  const unfinished = items.filter((job) => !isJobEnded(job.state));
  // Only the job that an earlier start began: another may wait for ever, and whoever ordered it watches it elsewhere.
  const open = unfinished.find((job) => findRunRecord(options.home, job.id)?.jobFile === exampleJob);
  if (unfinished.length > (open ? 1 : 0)) line(`  Other jobs of yours are not finished: npx nightshift job list`);
  if (open) {
    line(`Going on with ${open.spec.name} (${open.id}); what was interrupted begins again, and what it had used is paid`);
    await finishJob({ home: options.home, credentials: renter, jobId: open.id, signal });
  } else if (!items.some((job: Job) => job.state === 'succeeded')) {
    if (!(await wantsFirstJob(options.yes, signal))) return;
    // The explicit word of the owner, who sits here: this one job may run although presence is unknown.
    await withAgent(options.home, (agent) => agent.presence.runNow());
    await runJob({ home: options.home, credentials: renter, path: exampleJob, watch: true, signal });
  }
  await showEarnings(options.home, signal);
}

async function wantsFirstJob(yes: boolean, signal: AbortSignal): Promise<boolean> {
  line('A first job shows the whole road: it trains a small classifier of handwritten digits in a sandbox on this');
  line('machine, about half a minute, paid in TEST credits.');
  if (yes || !process.stdin.isTTY) return true;
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await prompt.question(`Run it now? ${styleText('dim', '[Y/n]')} `, { signal });
    return !/^n/i.test(answer.trim());
  } finally {
    prompt.close();
  }
}

async function showEarnings(home: Home, signal: AbortSignal): Promise<void> {
  const earnings = await withAgent(home, (agent) => settled(agent, signal));
  line(
    `${tick} You earned ${styleText('bold', money(earnings.todayNetMicro, earnings.currency))} today ${styleText('dim', `(${money(earnings.todayGrossMicro, null)} less the network's fee of ${money(earnings.todayFeeMicro, null)})`)}`,
  );
  const compared = earnings.reconciliation;
  if (compared) {
    line(
      compared.equal
        ? `${tick} Your ledger and the network's agree: ${money(compared.ownMicro, earnings.currency)}`
        : `${cross} Your ledger says ${money(compared.ownMicro, null)}, the network's ${money(compared.networkMicro, null)}`,
    );
  }
}

const SETTLE_MS = 10_000;

/** The earnings once every ended lease is sealed and both ledgers have been compared, or as they are after a while. */
async function settled(agent: AgentClient, signal: AbortSignal): Promise<Earnings> {
  let latest = (await readState(agent)).earnings;
  try {
    for await (const { earnings, leases } of watchState(agent, AbortSignal.any([signal, AbortSignal.timeout(SETTLE_MS)]))) {
      latest = earnings;
      const ownMicro = earnings.availableMicro + earnings.pendingMicro;
      if (leases.length === 0 && earnings.reconciliation?.ownMicro === ownMicro) return earnings;
    }
  } catch (error) {
    if (!(error instanceof Error && error.name === 'TimeoutError')) throw error;
  }
  return latest;
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
