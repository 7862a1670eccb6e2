import { accessSync, constants, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { type EngineProbe, engineAnswer, type HostAnswer, judgeEngine, parseHardLimits, unusable } from './capabilities.ts';
import type { Engine } from './engine.ts';
import { askGpuHost } from './gpu/gpu-host.ts';
import { LOOP_TOOLS } from './loop-disk.ts';

const PROBE_TIMEOUT_MS = 10_000;
const DOCKER_PID_FILE = '/var/run/docker.pid';
const DOCKER_SOCKETS: readonly string[] = ['/var/run/docker.sock', '/run/docker.sock'];

/** What the engine can do. No call throws: an engine that does not answer is a state with its fix. */
export interface EngineProbing {
  ask(signal: AbortSignal): Promise<EngineProbe>;
  /** The latest answer where the process that gave it is still the engine, for nothing of it changes as a rule before that ends; else as `ask`. */
  recall(signal: AbortSignal): Promise<EngineProbe>;
}

/** @param engineProcess who the engine is, by a name that no later process bears; null where that cannot be told */
export function openProbing(engine: Engine, engineProcess: () => string | null): EngineProbing {
  let latest: { readonly process: string | null; readonly probe: EngineProbe } | null = null;
  const ask = async (signal: AbortSignal): Promise<EngineProbe> => {
    const process = engineProcess();
    const probe = await probeEngine(engine, signal);
    latest = probe.state.kind === 'ready' ? { process, probe } : null;
    return probe;
  };
  return {
    ask,
    recall: async (signal) => (latest?.process != null && latest.process === engineProcess() ? latest.probe : ask(signal)),
  };
}

/** Asks the engine once what it can do. Never throws. */
export async function probeEngine(engine: Engine, signal: AbortSignal): Promise<EngineProbe> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]);
  const { promise: silence, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(limit.reason);
  limit.addEventListener('abort', onAbort, { once: true });
  try {
    const answers = Promise.all([engine.docker.version(), engine.docker.info()]);
    const [version, info] = await Promise.race([answers, silence]);
    const answer = engineAnswer.safeParse({ version, info });
    if (!answer.success) {
      return unusable(
        'What answers on the engine socket is not a Docker engine Nightshift knows.',
        'Install Docker Engine 20.10 or newer.',
      );
    }
    return judgeEngine(answer.data, await askHost());
  } catch (error) {
    return explainSilence(error, engine.socketPath);
  } finally {
    limit.removeEventListener('abort', onAbort);
  }
}

/**
 * Which process is the engine: its number and its start (field 22 of proc_pid_stat(5)), as Docker's own package notes it for its own socket.
 * Null where that is another engine, another system or out of sight.
 */
export function dockerProcess(socketPath: string): string | null {
  if (process.platform !== 'linux' || !DOCKER_SOCKETS.includes(socketPath)) return null;
  try {
    const pid = readFileSync(DOCKER_PID_FILE, 'utf8').trim();
    const stat = readFileSync(`/proc/${Number(pid)}/stat`, 'utf8');
    // The program's name, in parentheses, may hold anything.
    return `${pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return null; // it does not run, or is not ours to see
  }
}

function explainSilence(error: unknown, socketPath: string): EngineProbe {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  const start = process.platform === 'linux' ? 'Run: `sudo systemctl start docker`' : 'Start Docker Desktop.';
  switch (code) {
    case 'ENOENT':
      return unusable(
        `No container engine was found at ${socketPath}.`,
        process.platform === 'linux'
          ? 'Install Docker Engine (https://docs.docker.com/engine/install/), then run: `sudo systemctl start docker`'
          : 'Install Docker Desktop 4.59 or newer (https://docs.docker.com/desktop/) and start it.',
      );
    case 'EACCES':
      return unusable(
        `You may not use the container engine at ${socketPath}.`,
        'Run: `sudo usermod -aG docker "$USER"`, then log in again.',
      );
    case 'ECONNREFUSED':
      return unusable(`The container engine at ${socketPath} is not running.`, start);
    default: {
      const reason = error instanceof Error ? error.message.trim() : String(error);
      return unusable(
        `The container engine at ${socketPath} does not answer (${reason}).`,
        process.platform === 'linux' ? 'Run: sudo systemctl restart docker' : 'Restart Docker Desktop.',
      );
    }
  }
}

async function askHost(): Promise<HostAnswer> {
  return {
    kernelVersion: release(),
    noLoopDisks: whyNoLoopDisks(),
    ulimitCeilings: readUlimitCeilings(),
    gpus: await askGpuHost('/'),
  };
}

function whyNoLoopDisks(): string | null {
  if (process.platform !== 'linux') return 'disks of a fixed size need Linux';
  if (process.getuid?.() !== 0) return 'disks of a fixed size need Nightshift to run as root';
  const absent = LOOP_TOOLS.find((path) => !isReadable(path));
  return absent === undefined ? null : `${absent} is not there`;
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false; // absent or not ours to use: the same to us
  }
}

/** The limits of the engine's process where it runs here, else our own: both come from the same init as a rule. */
function readUlimitCeilings(): ReadonlyMap<string, number> {
  if (process.platform !== 'linux') return new Map();
  const pid = isReadable(DOCKER_PID_FILE) ? readFileSync(DOCKER_PID_FILE, 'utf8').trim() : 'self';
  const path = `/proc/${/^\d+$/.test(pid) ? pid : 'self'}/limits`;
  return isReadable(path) ? parseHardLimits(readFileSync(path, 'utf8')) : new Map();
}
