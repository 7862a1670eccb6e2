import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerInspectInfo } from 'dockerode';
import { ProblemError } from '../../contract/model/problem.ts';
import type { ConnectionRecord, SandboxIdentity } from '../../contract/model/sandbox.ts';
import { PUBLIC_REGISTRIES } from '../../contract/model/settings.ts';
import type { EngineState } from '../../contract/worker-api.ts';
import { delay } from '../../lib/delay.ts';
import type { Logger } from '../../lib/log.ts';
import type { EngineCapabilities } from './capabilities.ts';
import { type CheckOutcome, checkFolder, checkSandbox, type OnCheckProgress } from './check/check.ts';
import { isCheckLease } from './check/check-jobs.ts';
import { identityOf } from './check/report.ts';
import { type Artifacts, collectFolder, type JobFolder } from './collect.ts';
import { type ControlGroup, openControlGroup } from './control-group.ts';
import { openEgress } from './egress/egress.ts';
import { connectEngine, findSocketPath } from './engine.ts';
import { engineLost, isEngineLost } from './engine-fault.ts';
import type { GpuSupport } from './gpu/gpu-support.ts';
import { type ImagePolicy, openImageStore } from './images/image-store.ts';
import type { LeaseSpec } from './lease-spec.ts';
import { findLeases, wipeLease } from './leftovers.ts';
import { readLog } from './log.ts';
import { attachAgain } from './loop-disk.ts';
import { isLeaseId, LEASE_LABEL, namesOf, OWNER_LABEL, PART_LABEL } from './names.ts';
import { statInside } from './path-stat.ts';
import { type OnPrepareProgress, type PrepareRoom, prepareLease } from './prepare.ts';
import { dockerProcess, openProbing } from './probe.ts';
import { type RunStatus, toRunStatus } from './run-status.ts';
import { type FreezeOptions, switchRun, unless } from './switch-run.ts';
import { untilExit } from './until-exit.ts';

export type { Artifacts } from './collect.ts';
export type { ControlGroup } from './control-group.ts';
export type { LeaseSpec } from './lease-spec.ts';
export type { OnPrepareProgress, PrepareStep } from './prepare.ts';
export type { RunStatus } from './run-status.ts';
export type { FreezeOptions } from './switch-run.ts';

export interface SandboxOptions {
  /** Value of the label nightshift.worker on everything made here; a sweep touches nothing of another owner. */
  readonly owner: string;
  /** Folder of the disk image files; of this owner alone. */
  readonly stateDir: string;
  readonly socketPath?: string;
  /** What the owner allows of images, asked for at each job; default: the settings' defaults. */
  readonly imagePolicy?: () => ImagePolicy;
  readonly logger: Logger;
}

export interface SandboxAbilities {
  /** Jobs can be let out under control. */
  readonly connects: boolean;
  /** A job is held to the disk it asked for. */
  readonly limitsDisk: boolean;
  /** Whether jobs may have this machine's GPUs. */
  readonly gpus: GpuSupport;
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
  /** What it can do on this machine, by the engine's latest answer. */
  abilities(): SandboxAbilities;
  /** What a check of the sandbox would be about; null before the engine has answered. */
  identity(): SandboxIdentity | null;
  /** Tries the attacks in containers that are started as a job's are, and wipes them. Throws ProblemError. */
  check(signal: AbortSignal, onProgress: OnCheckProgress): Promise<CheckOutcome>;
  /** What the job connected to so far, or tried to; empty where it may reach nothing, and after the wipe. */
  connections(leaseId: string): Promise<readonly ConnectionRecord[]>;
  /** Removes container, volumes, loop devices and disk file of the lease, and what let it out; none need be there. Then images beyond the owner's limit. */
  wipe(leaseId: string): Promise<void>;
  /** Wipes every lease of this owner but those to keep; returns the ids of the wiped. */
  sweep(keep: ReadonlySet<string>): Promise<readonly string[]>;
}

/** What a lease needs of it. */
export type JobSandbox = Omit<Sandbox, 'check' | 'identity' | 'abilities'>;

const SECCOMP_PROFILE = new URL('../../../resources/sandbox/seccomp.json', import.meta.url);

/** The defaults of the settings `images.*` and `limits.image*`. */
const DEFAULT_IMAGES: ImagePolicy = { registries: PUBLIC_REGISTRIES, maxImageBytes: 20 * 2 ** 30, cacheBytes: 40 * 2 ** 30 };

/** The engine notes "killed for memory" by another way than the exit, which may come first. */
const OOM_NOTE_MS = 200;

export function openSandbox(options: SandboxOptions): Sandbox {
  rmSync(checkFolder(options.stateDir), { recursive: true, force: true }); // of an agent that was killed during a check
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

  const probing = openProbing(engine, () => dockerProcess(engine.socketPath));
  const capabilitiesNow = async (signal: AbortSignal): Promise<EngineCapabilities> => {
    const { state, capabilities } = await probing.recall(signal);
    signal.throwIfAborted();
    if (capabilities !== null) return capabilities;
    throw state.kind === 'missing' ? new ProblemError('engine-lost', state.detail, state.fix) : engineLost(new Error('it is starting'));
  };
  let checking = false;
  let limitsDisk = false;
  let gpus: GpuSupport = { kind: 'none' };
  /** Of the engine's latest answer. */
  let identity: SandboxIdentity | null = null;

  const egress = openEgress({ engine, owner, seccompProfile, capabilities: capabilitiesNow, logger });
  const images = openImageStore({
    engine,
    owner,
    stateDir: join(options.stateDir, 'images'),
    policy: options.imagePolicy ?? (() => DEFAULT_IMAGES),
    logger,
  });
  const room: PrepareRoom = { ...whereabouts, images, egress, seccompProfile, capabilities: capabilitiesNow, logger };

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

  const wipe = async (leaseId: string): Promise<void> => {
    await wipeLease(whereabouts, leaseId);
    await egress.close(leaseId); // after the job, which shares the holder's network
    terminated.delete(leaseId);
    await images.trim().catch((error: unknown) => logger.warn({ error }, 'images are not trimmed yet; the next wipe does it'));
  };

  /** What lets a job out stands still with it: a server could go on sending. It keeps nothing from the job's own freeze. */
  const holdProxy = (leaseId: string, held: boolean): Promise<void> =>
    egress.hold(leaseId, held).catch((error: unknown) => {
      if (isEngineLost(error)) throw error;
      logger.warn({ leaseId, error, held }, 'the proxy of a job does not stand still, or go on, with it');
    });

  const sandbox: Sandbox = {
    engine: async (signal) => {
      const { state, capabilities, kernel } = await probing.ask(signal);
      identity = null;
      if (state.kind !== 'ready' || capabilities === null || kernel === null) return state;
      limitsDisk = capabilities.loopDisks;
      gpus = capabilities.gpus;
      identity = identityOf(state, kernel, capabilities, seccompProfile);
      await egress.verify().catch((error: unknown) => logger.warn({ error }, 'the rules of the firewall could not be looked at'));
      const noWayOut = egress.unavailable();
      return {
        ...state,
        missing: [...state.missing, ...(noWayOut === null ? egress.missing() : [`No job can connect to anything: ${noWayOut}.`])],
      };
    },
    answers: () =>
      engine
        .ask((docker) => docker.ping())
        .then(
          () => true,
          () => false,
        ),
    prepare: (spec, signal, onProgress) => prepareLease(room, spec, signal, onProgress),
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
    freeze: async (leaseId, options) => {
      await switchRun(engine, leaseId, status, 'running', (container) => container.pause(), options);
      await holdProxy(leaseId, true);
    },
    thaw: async (leaseId) => {
      await holdProxy(leaseId, false); // first: the job may wait for it
      await switchRun(engine, leaseId, status, 'paused', (container) => container.unpause());
    },
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
    abilities: () => ({ connects: egress.unavailable() === null, limitsDisk, gpus }),
    connections: (leaseId) => egress.connections(leaseId),
    identity: () => identity,
    check: async (signal, onProgress) => {
      checking = true;
      try {
        return await checkSandbox({ sandbox, engine, owner, stateDir: options.stateDir, onProgress, signal });
      } finally {
        checking = false;
      }
    },
    wipe,
    holdAll: async () => {
      try {
        const filters = { label: [`${OWNER_LABEL}=${owner}`, `${PART_LABEL}=job`], status: ['running'] };
        const running = await engine.ask((docker) => docker.listContainers({ filters }));
        await Promise.all(
          running.map(async ({ Id, Labels }) => {
            await engine.ask((docker) => docker.getContainer(Id).pause());
            const leaseId = Labels[LEASE_LABEL] ?? '';
            if (isLeaseId(leaseId)) await holdProxy(leaseId, true);
          }),
        );
      } catch (error) {
        logger.debug({ error }, 'what runs could not be held');
      }
    },
    sweep: async (keep) => {
      const found = [...(await findLeases(whereabouts)), ...(await egress.leftovers())];
      const left = [...new Set(found)].filter((leaseId) => !keep.has(leaseId) && !(checking && isCheckLease(leaseId)));
      for (const leaseId of left) {
        await wipe(leaseId).catch((error: unknown) => {
          if (isEngineLost(error)) throw error;
          logger.error({ leaseId, error }, 'what a lease left could not be removed; the others are'); // one that somebody holds on to must not stop the worker
        });
      }
      return left;
    },
  };
  return sandbox;
}
