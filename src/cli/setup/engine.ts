import { readTextIfPresent } from '../../lib/files.ts';
import { aptInstall } from './apt.ts';
import { daemonOfPidFile, startDockerd, waitForEngine } from './dockerd.ts';
import { findProgram, readEngineFacts } from './engine-facts.ts';
import { type EnginePlan, type MissingCode, planEngine } from './engine-plan.ts';
import { probeEngine } from './engine-probe.ts';
import { runCommand } from './run-command.ts';

/** What the sandbox needs of Debian: the engine, its firewall, TLS roots for pulls, and ext4 images on loop devices. */
const enginePackages = ['docker.io', 'iptables', 'ca-certificates', 'e2fsprogs', 'mount', 'util-linux'] as const;

/** An engine to work with, or what stands in the way and the one thing to do about it. Disposal stops an engine that this call started. */
export type EngineSetup = AsyncDisposable &
  (
    | { readonly kind: 'ready'; readonly version: string; readonly startedByUs: boolean }
    | { readonly kind: 'missing'; readonly code: MissingCode; readonly detail: string; readonly fix: string }
  );

export interface EngineOptions {
  /** Each step in a sentence, as it begins. */
  readonly report: (message: string) => void;
  readonly signal: AbortSignal;
  /** Whether packages may be installed. Root starts an installed engine in any case. */
  readonly mayInstall: boolean;
}

const nothingToStop: AsyncDisposable = { [Symbol.asyncDispose]: () => Promise.resolve() };
const probe = () => probeEngine(null);

const ready = (version: string, owned: AsyncDisposable | null): EngineSetup => ({
  kind: 'ready',
  version,
  startedByUs: owned !== null,
  [Symbol.asyncDispose]: () => (owned ?? nothingToStop)[Symbol.asyncDispose](),
});

const failed = (detail: string, fix: string): EngineSetup => ({ kind: 'missing', code: 'engine-failed', detail, fix, ...nothingToStop });

async function startBySystemd(signal: AbortSignal): Promise<EngineSetup> {
  const lookAtLog = 'Run: systemctl status docker, and journalctl -u docker -n 50';
  const started = await runCommand('systemctl', ['start', 'docker'], { signal, onLine: () => undefined });
  if (started.exitCode !== 0) return failed(started.tail, lookAtLog);
  const answer = await waitForEngine(probe, signal);
  // The system's service, which others may use from now on: not ours to stop.
  return answer.kind === 'ready' ? ready(answer.version, null) : failed(answer.detail, lookAtLog);
}

const runningDaemon = (): AsyncDisposable | null => daemonOfPidFile(readTextIfPresent('/var/run/docker.pid'));

/** @param isNew whether the engine was just installed: then one that runs already was started by its init script, and is ours to stop */
async function startOwn(signal: AbortSignal, isNew: boolean): Promise<EngineSetup> {
  const running = runningDaemon(); // two daemons on one socket do not start
  if (running !== null) {
    const answer = await waitForEngine(probe, signal);
    if (answer.kind === 'ready') return ready(answer.version, isNew ? running : null);
    return failed(answer.detail, 'Stop the process named in /var/run/docker.pid, and try again.');
  }
  const start = await startDockerd(findProgram('dockerd') ?? 'dockerd', [], probe, signal);
  return start.kind === 'answers'
    ? ready(start.version, start.daemon)
    : failed(start.detail, 'Correct what dockerd reports above, or run it by hand to see more.');
}

async function carryOut(plan: EnginePlan, options: EngineOptions): Promise<EngineSetup> {
  const { report, signal } = options;
  switch (plan.kind) {
    case 'use':
      report(`Container engine ${plan.version} answers`);
      return ready(plan.version, null);
    case 'missing':
      return { ...plan, ...nothingToStop };
    case 'install': {
      const installed = await aptInstall(enginePackages, report, signal);
      if (installed.kind === 'failed') return failed(installed.detail, 'Check the network and /etc/apt/sources.list, and try again.');
      report('Starting the container engine');
      return plan.start === 'systemd' ? startBySystemd(signal) : startOwn(signal, true);
    }
    case 'start':
      report('Starting the container engine');
      return plan.start === 'systemd' ? startBySystemd(signal) : startOwn(signal, false);
  }
}

/**
 * Sees to it that a container engine answers on DOCKER_HOST or this machine's socket: uses what is there, else, as root, installs it
 * (Debian, Ubuntu) and starts it. Can be killed at any time and run again. Rejects only when the signal fires.
 */
export async function ensureEngine(options: EngineOptions): Promise<EngineSetup> {
  options.signal.throwIfAborted();
  const dockerHost = process.env.DOCKER_HOST ?? '';
  const plan = planEngine(readEngineFacts(), await probe(), {
    mayInstall: options.mayInstall,
    dockerHost: dockerHost === '' ? null : dockerHost,
  });
  return carryOut(plan, options);
}
