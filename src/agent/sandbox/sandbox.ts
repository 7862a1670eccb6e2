import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerInspectInfo } from 'dockerode';
import { ProblemError } from '../../contract/model/problem.ts';
import type { EngineState } from '../../contract/worker-api.ts';
import { delay } from '../../lib/delay.ts';
import type { Logger } from '../../lib/log.ts';
import type { EngineCapabilities } from './capabilities.ts';
import { type Artifacts, collectFolder, type JobFolder } from './collect.ts';
import { type ControlGroup, openControlGroup } from './control-group.ts';
import { connectEngine, type Engine, findSocketPath } from './engine.ts';
import { engineLost, statusOf } from './engine-fault.ts';
import { packVolumes } from './fill.ts';
import { hardenedContainer } from './hardening.ts';
import { readyImage } from './images.ts';
import type { LeaseSpec } from './lease-spec.ts';
import { findLeases, wipeLease } from './leftovers.ts';
import { readLog } from './log.ts';
import { attachAgain, makeLoopDisk } from './loop-disk.ts';
import { labelsOf, namesOf, OWNER_LABEL } from './names.ts';
import { statInside } from './path-stat.ts';
import { probeEngine } from './probe.ts';
import { PUBLIC_REGISTRIES } from './registries.ts';
import { type RunStatus, toRunStatus } from './run-status.ts';
import { untilExit } from './until-exit.ts';

export type { Artifacts } from './collect.ts';
export type { ControlGroup } from './control-group.ts';
export type { LeaseSpec } from './lease-spec.ts';
export type { RunStatus } from './run-status.ts';

export interface SandboxOptions {
  /** Value of the label nightshift.worker on everything made here; a sweep touches nothing of another owner. */
  readonly owner: string;
  /** Folder of the disk image files; of this owner alone. */
  readonly stateDir: string;
  readonly socketPath?: string;
  /** Registries that images may be pulled from; default: the large public ones. */
  readonly registries?: readonly string[];
  readonly logger: Logger;
}

export type PrepareStep = 'checking-image' | 'pulling-image' | 'preparing-disk';
export type OnPrepareProgress = (step: PrepareStep, fraction: number | null) => void;

export interface FreezeOptions {
  /** How often it is tried; 5 unless said. */
  readonly attempts?: number;
  /** Called for each try that the engine refused. */
  readonly onRefused?: () => void;
}

/**
 * Strangers' jobs, each in a container of its own. What a lease leaves is found by its id alone, so nothing needs to be remembered across a crash.
 * Calls for one lease come one after another; leases are independent. Every call but `engine` throws ProblemError `engine-lost` when the
 * engine is gone.
 */
export interface Sandbox {
  /** What the engine is and does not enforce, or how to get one. Never throws. */
  engine(signal: AbortSignal): Promise<EngineState>;
  /** Whether the engine answers at all, which costs both sides much less. Never throws. */
  answers(): Promise<boolean>;
  /** Wipes what the lease left before, then makes its volumes and its container, which is not started. Leaves nothing behind when it fails. */
  prepare(spec: LeaseSpec, signal: AbortSignal, onProgress: OnPrepareProgress): Promise<void>;
  /** Starts the container; returns its start by the engine's clock. A container that has started already is left alone. */
  start(leaseId: string): Promise<number>;
  status(leaseId: string): Promise<RunStatus>;
  /** Resolves when the run is neither running nor paused. Rejects with `engine-lost` also when the engine stopped the job for its own shutdown. */
  waitForExit(leaseId: string, signal: AbortSignal): Promise<RunStatus>;
  /** stdout and stderr from the beginning until the exit, at most 4 MiB or 100,000 lines and a line that says so; the same bytes on every reading. */
  log(leaseId: string, signal: AbortSignal): AsyncIterable<Buffer>;
  /** The job's control group, to be written without the engine; null where this process may not, or the job does not run. Close it. */
  controlGroup(leaseId: string): Promise<ControlGroup | null>;
  /** The engine's pause. Nothing happens to a job that does not run. Throws `internal` when the engine cannot freeze it. */
  freeze(leaseId: string, options?: FreezeOptions): Promise<void>;
  /** Ends the engine's pause. */
  thaw(leaseId: string): Promise<void>;
  /** Limits a job that runs or is frozen to so many processors' time, by the engine. Throws what the engine answers when it cannot. */
  limitCpus(leaseId: string, cpus: number): Promise<void>;
  /** Processor time that the job has used, as the engine counts it, ms; null where there is no such job. */
  cpuMs(leaseId: string): Promise<number | null>;
  /** SIGTERM, by the engine. */
  terminate(leaseId: string): Promise<void>;
  /** Ends the job at once; returns before its exit is recorded (see waitForExit). */
  kill(leaseId: string): Promise<void>;
  /** Brings outputs of an ended job into a tar; null where none are asked for. */
  collect(
    leaseId: string,
    outputs: readonly string[],
    destinationTar: string,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<Artifacts | null>;
  /**
   * Brings what an ended job has saved into a tar; null where it has saved nothing, or no container of it has run or is left. Throws
   * `invalid-request` where that is not plain files, or more than `maxBytes`.
   */
  collectCheckpoint(leaseId: string, destinationTar: string, maxBytes: number, signal: AbortSignal): Promise<Artifacts | null>;
  /** When something in the folder of its checkpoints was last made, renamed or removed, by the engine's clock; null where that cannot be told. */
  checkpointAtMs(leaseId: string): Promise<number | null>;
  /** Pauses every job of this owner that runs: a new agent has found them and cannot decide yet. What cannot be paused is left to that. Never throws. */
  holdAll(): Promise<void>;
  /** Removes container, volumes, loop devices and disk file of the lease; none need be there. */
  wipe(leaseId: string): Promise<void>;
  /** Wipes every lease of this owner but those to keep; returns the ids of the wiped. */
  sweep(keep: ReadonlySet<string>): Promise<readonly string[]>;
}

const SECCOMP_PROFILE = new URL('../../../resources/sandbox/seccomp.json', import.meta.url);

/** "Unable to freeze" came in 11 of 131 pauses under load, measured with Docker 20.10; a few tries tell chance from fault. */
const FREEZE_ATTEMPTS = 5;
const FREEZE_RETRY_MS = 20;
/** The engine notes "killed for memory" by another way than the exit, which may come first. */
const OOM_NOTE_MS = 200;

const NEVER = new AbortController().signal;

export function openSandbox(options: SandboxOptions): Sandbox {
  const { owner, logger } = options;
  const engine = connectEngine(options.socketPath ?? findSocketPath());
  const seccompProfile = JSON.stringify(JSON.parse(readFileSync(SECCOMP_PROFILE, 'utf8')));
  /** Leases whose jobs we have asked to end: their exit is no sign that the engine shuts down. */
  const terminated = new Set<string>();
  const whereabouts = { engine, owner, diskDir: join(options.stateDir, 'disks') };

  const inspect = (leaseId: string): Promise<ContainerInspectInfo | null> =>
    engine.find((docker) => docker.getContainer(namesOf(leaseId).container).inspect());

  const status = async (leaseId: string): Promise<RunStatus> => {
    const found = await inspect(leaseId);
    return found === null ? { kind: 'absent' } : toRunStatus(found.State);
  };

  const capabilitiesNow = async (signal: AbortSignal): Promise<EngineCapabilities> => {
    const { state, capabilities } = await probeEngine(engine, signal);
    signal.throwIfAborted();
    if (capabilities !== null) return capabilities;
    throw state.kind === 'missing' ? new ProblemError('engine-lost', state.detail, state.fix) : engineLost(new Error('it is starting'));
  };

  const prepare = async (spec: LeaseSpec, signal: AbortSignal, onProgress: OnPrepareProgress): Promise<void> => {
    const checkImage = async () => {
      const capabilities = await capabilitiesNow(signal);
      const image = await readyImage(engine, spec.image, options.registries ?? PUBLIC_REGISTRIES, capabilities, signal, onProgress);
      return { capabilities, image };
    };
    const [{ capabilities, image }] = await together(checkImage(), wipeLease(whereabouts, spec.leaseId));
    const container = hardenedContainer({ owner, spec, imageId: image.id, imageEnv: image.env, capabilities, seccompProfile });
    onProgress('preparing-disk', null);
    try {
      await makeVolumes(engine, owner, spec, capabilities.loopDisks ? whereabouts.diskDir : null);
      signal.throwIfAborted();
      await together(
        fillVolumes(engine, owner, spec, image.id, signal, (fraction) => onProgress('preparing-disk', fraction)),
        engine.ask((docker) => docker.createContainer(container)),
      );
      signal.throwIfAborted();
    } catch (error) {
      await wipeLease(whereabouts, spec.leaseId).catch((cause: unknown) =>
        logger.warn({ leaseId: spec.leaseId, err: cause }, 'a lease that failed to start is not wiped yet; the next sweep does it'),
      );
      throw error;
    }
  };

  const collectFrom = async (
    leaseId: string,
    folder: JobFolder,
    paths: readonly string[],
    destinationTar: string,
    maxBytes: number,
    signal: AbortSignal,
  ) => {
    const { kind } = await status(leaseId);
    // A running job could swap a file for a link between our check and the engine's reading (CVE-2018-15664).
    if (kind !== 'exited') throw new Error(`the files of lease ${leaseId} are asked for while its container is ${kind}`);
    const { container, jobVolume, diskFile } = namesOf(leaseId);
    const volume = await engine.find((docker) => docker.getVolume(jobVolume).inspect());
    const device = volume?.Options?.device;
    if (device !== undefined) await attachAgain(diskFile, whereabouts.diskDir, device);
    return collectFolder(engine, { container, folder, paths, destinationTar, maxBytes, signal });
  };

  return {
    engine: async (signal) => (await probeEngine(engine, signal)).state,
    answers: () =>
      engine
        .ask((docker) => docker.ping())
        .then(
          () => true,
          () => false,
        ),
    prepare,
    start: async (leaseId) => {
      // The engine takes "start" of a job that has already ended for an order to run it again.
      if ((await status(leaseId)).kind === 'created') {
        await engine.ask((docker) => docker.getContainer(namesOf(leaseId).container).start()).catch(unless(304));
      }
      const now = await status(leaseId);
      if (now.kind === 'absent' || now.kind === 'created') throw new Error(`container of lease ${leaseId} is ${now.kind} after its start`);
      return now.startedAtMs;
    },
    status,
    waitForExit: async (leaseId, signal) => {
      await untilExit(
        engine,
        namesOf(leaseId).container,
        () => status(leaseId),
        () => terminated.has(leaseId),
        signal,
      );
      const ended = await status(leaseId);
      const perhapsOutOfMemory = ended.kind === 'exited' && ended.exitCode === 137 && !ended.outOfMemory;
      return perhapsOutOfMemory && (await delay(OOM_NOTE_MS, signal)) ? status(leaseId) : ended;
    },
    log: (leaseId, signal) => readLog(engine, namesOf(leaseId).container, signal),
    controlGroup: async (leaseId) => {
      const found = await inspect(leaseId);
      return found !== null && found.State.Pid > 0 ? openControlGroup(found.Id, found.State.Pid) : null;
    },
    freeze: (leaseId, options) => switchRun(engine, leaseId, status, 'running', (container) => container.pause(), options),
    thaw: (leaseId) => switchRun(engine, leaseId, status, 'paused', (container) => container.unpause()),
    limitCpus: async (leaseId, cpus) => {
      const change = { NanoCpus: Math.round(cpus * 1e9) };
      await engine.ask((docker) => docker.getContainer(namesOf(leaseId).container).update(change)).catch(unless(404));
    },
    cpuMs: async (leaseId) => {
      const found = await engine.find((docker) =>
        docker.getContainer(namesOf(leaseId).container).stats({ stream: false, 'one-shot': true }),
      );
      return found === null ? null : found.cpu_stats.cpu_usage.total_usage / 1e6;
    },
    terminate: async (leaseId) => {
      terminated.add(leaseId);
      const order = { signal: 'SIGTERM' };
      await engine.ask((docker) => docker.getContainer(namesOf(leaseId).container).kill(order)).catch(unless(404, 409));
    },
    kill: async (leaseId) => {
      // 404: wiped; 409: not running.
      await engine.ask((docker) => docker.getContainer(namesOf(leaseId).container).kill()).catch(unless(404, 409));
    },
    collect: async (leaseId, outputs, destinationTar, maxBytes, signal) => {
      if (outputs.length === 0) return null;
      const { digest, sizeBytes } = await collectFrom(leaseId, '/job/out', outputs, destinationTar, maxBytes, signal);
      return { digest, sizeBytes };
    },
    collectCheckpoint: async (leaseId, destinationTar, maxBytes, signal) => {
      const { kind } = await status(leaseId);
      if (kind === 'absent' || kind === 'created') return null;
      const { digest, sizeBytes, files } = await collectFrom(leaseId, '/job/checkpoint', ['.'], destinationTar, maxBytes, signal);
      return files === 0 ? null : { digest, sizeBytes };
    },
    checkpointAtMs: async (leaseId) => (await statInside(engine, namesOf(leaseId).container, '/job/checkpoint'))?.modifiedAtMs ?? null,
    wipe: async (leaseId) => {
      await wipeLease(whereabouts, leaseId);
      terminated.delete(leaseId);
    },
    holdAll: async () => {
      try {
        const filters = { label: [`${OWNER_LABEL}=${owner}`], status: ['running'] };
        const running = await engine.ask((docker) => docker.listContainers({ filters }));
        await Promise.all(running.map(({ Id }) => engine.ask((docker) => docker.getContainer(Id).pause())));
      } catch (error) {
        logger.debug({ error }, 'what runs could not be held');
      }
    },
    sweep: async (keep) => {
      const left = [...(await findLeases(whereabouts))].filter((leaseId) => !keep.has(leaseId));
      for (const leaseId of left) await wipeLease(whereabouts, leaseId);
      return left;
    },
  };
}

/** Both at once, each to its end also when the other fails, so that what follows a failure finds nothing still under way. */
async function together<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled([first, second]);
  if (a.status === 'rejected') throw a.reason;
  if (b.status === 'rejected') throw b.reason;
  return [a.value, b.value];
}

/** Makes the lease's volumes: /job of a fixed size on a loop device where `diskDir` says where its file may be, else a plain one. */
async function makeVolumes(engine: Engine, owner: string, spec: LeaseSpec, diskDir: string | null): Promise<void> {
  const names = namesOf(spec.leaseId);
  const Labels = labelsOf(owner, spec.leaseId);
  const device = diskDir === null ? null : await makeLoopDisk(names.diskFile, spec.diskBytes, diskDir);
  const DriverOpts = device === null ? {} : { type: 'ext4', device, o: 'nosuid,nodev' };
  await engine.ask((docker) => docker.createVolume({ Name: names.jobVolume, Driver: 'local', DriverOpts, Labels }));
  // The job cannot write to its inputs, so their own size is their limit.
  await engine.ask((docker) => docker.createVolume({ Name: names.inputsVolume, Driver: 'local', Labels }));
}

/**
 * Fills the volumes through a container that is made for it and never started: the engine unpacks no archive into a container whose root is
 * read-only, and nothing of the image may run before the job is hardened.
 */
async function fillVolumes(
  engine: Engine,
  owner: string,
  spec: LeaseSpec,
  imageId: string,
  signal: AbortSignal,
  onFraction: (fraction: number) => void,
): Promise<void> {
  const names = namesOf(spec.leaseId);
  const filler = await engine.ask((docker) =>
    docker.createContainer({
      name: names.filler,
      Image: imageId,
      Entrypoint: ['/never-started'],
      Labels: labelsOf(owner, spec.leaseId),
      HostConfig: {
        NetworkMode: 'none',
        Binds: [`${names.jobVolume}:/job:nocopy`, `${names.inputsVolume}:/in:nocopy`],
      },
    }),
  );
  const archive = packVolumes({ uid: spec.uid, inputsTar: spec.inputsTar, checkpoint: spec.checkpoint, onFraction });
  try {
    await engine.askLong(() => filler.putArchive(archive, { path: '/', abortSignal: signal }));
  } finally {
    archive.destroy();
  }
  await engine.ask(() => filler.remove({ force: true, v: true }));
}

/** Freezes or thaws: where the run is in `from`, `act` takes it out of there. Tries again when the engine fails by chance. */
async function switchRun(
  engine: Engine,
  leaseId: string,
  status: (leaseId: string) => Promise<RunStatus>,
  from: 'running' | 'paused',
  act: (container: ReturnType<Engine['docker']['getContainer']>) => Promise<unknown>,
  { attempts = FREEZE_ATTEMPTS, onRefused }: FreezeOptions = {},
): Promise<void> {
  let failure: unknown = null;
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (attempt > 0) await delay(FREEZE_RETRY_MS * attempt, NEVER);
    try {
      await engine.ask((docker) => act(docker.getContainer(namesOf(leaseId).container)));
      return;
    } catch (error) {
      if (statusOf(error) === null) throw error;
      failure = error;
    }
    if ((await status(leaseId)).kind !== from) return; // there already, or ended
    onRefused?.();
  }
  const word = from === 'running' ? 'freeze' : 'thaw';
  throw new ProblemError('internal', `The container engine could not ${word} the job.`, 'The job can still be stopped.', {
    cause: failure,
  });
}

/** Swallows the engine's answers that mean "it is so already". */
function unless(...statuses: readonly number[]): (error: unknown) => void {
  return (error) => {
    const status = statusOf(error);
    if (status === null || !statuses.includes(status)) throw error;
  };
}
