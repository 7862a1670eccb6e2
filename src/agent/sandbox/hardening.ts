import type { ContainerCreateOptions, HostConfig } from 'dockerode';
import type { EngineCapabilities } from './capabilities.ts';
import { gpuRequest } from './gpu/gpu-request.ts';
import { type LeaseSpec, MIN_UID } from './lease-spec.ts';
import { labelsOf, namesOf } from './names.ts';

/** What a job's container is made of. */
export interface ContainerDescription {
  readonly owner: string;
  readonly spec: LeaseSpec;
  /** The image by its id, so that it cannot change between the check and the start. */
  readonly imageId: string;
  readonly imageEnv: readonly string[];
  readonly capabilities: EngineCapabilities;
  /** The engine's name of the network it is in, and what the job must know to use it. */
  readonly network: { readonly mode: string; readonly env: Readonly<Record<string, string>> };
  /** Text of resources/sandbox/seccomp.json. */
  readonly seccompProfile: string;
}

const TMP_BYTES = 256 * 2 ** 20;
const TMP_INODES = 16_384;
/** The engine's own default. What a job puts there counts as its memory, so this is room in its file system and takes nothing from others. */
const MIN_SHM_BYTES = 64 * 2 ** 20;
const MAX_PROCESSES = 2048;
/** The first file must hold all of a log that is handed on, twice over (see log.ts). */
const LOG_FILE_SIZE = '16m';

const MAX_FILES = 4096;
/** Enough for the frameworks we know; each is lowered to the engine's own hard limit, which it may not exceed. */
const ulimits = (maxFiles: number): readonly (readonly [name: string, limit: number])[] => [
  ['core', 0],
  ['nofile', maxFiles],
  ['memlock', 8 * 2 ** 20],
  ['msgqueue', 65_536],
  ['sigpending', 1024],
];

/** Files of the kernel that tell about the machine or other jobs, hidden; each was found readable from within a job. */
const MASKED_PATHS = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/interrupts',
  '/proc/cmdline',
  '/proc/partitions',
  '/proc/diskstats',
  '/proc/swaps',
  '/proc/key-users',
  '/proc/slabinfo',
  '/proc/vmallocinfo',
  '/proc/zoneinfo',
  '/proc/buddyinfo',
  '/sys/firmware',
  '/sys/class/dmi',
  '/sys/devices/virtual/dmi',
  '/sys/devices/virtual/powercap',
  '/sys/block',
  '/sys/fs/ext4',
  '/sys/kernel/notes',
  '/sys/kernel/vmcoreinfo',
];

const READ_ONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/** The environment a job may count on. */
const ownEnv = ({ checkpoint }: LeaseSpec): Readonly<Record<string, string>> => ({
  NIGHTSHIFT_INPUTS: '/in',
  NIGHTSHIFT_OUTPUTS: '/job/out',
  ...(checkpoint && { NIGHTSHIFT_CHECKPOINT_DIR: '/job/checkpoint', NIGHTSHIFT_CHECKPOINT_INTERVAL_MS: String(checkpoint.intervalMs) }),
  HOME: '/job',
  TMPDIR: '/job/tmp',
});

/**
 * The whole of what keeps a stranger's job in: create options for its container, all of them said here rather than left to the engine's defaults.
 * Throws TypeError for a uid that belongs to somebody on the host, a lease id that is a path, and a GPU that is not
 * named by its UUID or that this machine does not offer so.
 */
export function hardenedContainer(description: ContainerDescription): ContainerCreateOptions {
  const { owner, spec, capabilities } = description;
  if (!Number.isInteger(spec.uid) || spec.uid < MIN_UID) throw new TypeError(`a job's uid must be at least ${MIN_UID}, not ${spec.uid}`);
  const names = namesOf(spec.leaseId);
  const gpu = gpuRequest(spec.gpu, capabilities.gpus);
  const user = `${spec.uid}:${spec.uid}`;
  return {
    name: names.container,
    Image: description.imageId,
    Entrypoint: [...spec.command],
    Env: jobEnv(description.imageEnv, spec.env, { ...ownEnv(spec), ...description.network.env, ...gpu.env }),
    User: user,
    WorkingDir: '/job',
    // The engine refuses a name where the network, and with it the name, is another container's.
    ...(description.network.mode.startsWith('container:') ? {} : { Hostname: 'job' }),
    Labels: labelsOf(owner, spec.leaseId, 'job'),
    ...NOTHING_OF_THE_IMAGES,
    HostConfig: {
      ...confinement(capabilities, description.seccompProfile, MAX_FILES),
      NetworkMode: description.network.mode,
      Mounts: [
        { Type: 'volume', Source: names.jobVolume, Target: '/job', ReadOnly: false, VolumeOptions: OWN_VOLUME },
        { Type: 'volume', Source: names.inputsVolume, Target: '/in', ReadOnly: true, VolumeOptions: OWN_VOLUME },
      ],
      Tmpfs: {
        '/tmp': `rw,noexec,nosuid,nodev,size=${TMP_BYTES},nr_inodes=${TMP_INODES},uid=${spec.uid},gid=${spec.uid},mode=0700`,
      },
      ShmSize: Math.max(MIN_SHM_BYTES, Math.floor(spec.memoryBytes / 2)),
      Memory: spec.memoryBytes,
      MemorySwap: spec.memoryBytes,
      NanoCpus: Math.round(Math.min(spec.cpus, capabilities.cpuCount) * 1e9),
      PidsLimit: MAX_PROCESSES,
      DeviceRequests: [...gpu.devices],
      LogConfig: logConfig(LOG_FILE_SIZE),
    },
  };
}

/** What we say is what runs, alone: no word of the image's own after it, and nobody's input. */
export const NOTHING_OF_THE_IMAGES = {
  Cmd: [],
  Healthcheck: { Test: ['NONE'] },
  AttachStdin: false,
  OpenStdin: false,
  Tty: false,
} satisfies ContainerCreateOptions;

/** What holds every container of a lease: its job and what lets that out. What each may use of memory, processors and processes is its own. */
export function confinement(capabilities: EngineCapabilities, seccompProfile: string, maxFiles: number): HostConfig {
  return {
    CapDrop: ['ALL'],
    CapAdd: [],
    Privileged: false,
    SecurityOpt: ['no-new-privileges:true', `seccomp=${seccompProfile}`],
    ReadonlyRootfs: true,
    IpcMode: 'private',
    PidMode: '',
    UTSMode: '',
    UsernsMode: '',
    ...{ CgroupnsMode: 'private' }, // of API 1.41; dockerode's types lack it
    Binds: [],
    OomScoreAdj: 500,
    OomKillDisable: false,
    CpuShares: 2,
    CpusetCpus: `0-${capabilities.cpuCount - 1}`,
    Ulimits: ulimits(maxFiles).map(([name, limit]) => {
      const value = Math.min(limit, capabilities.ulimitCeilings.get(name) ?? limit);
      return { Name: name, Soft: value, Hard: value };
    }),
    Devices: [],
    DeviceCgroupRules: [],
    DeviceRequests: [],
    GroupAdd: [],
    VolumesFrom: [],
    PortBindings: {},
    PublishAllPorts: false,
    MaskedPaths: MASKED_PATHS,
    ReadonlyPaths: READ_ONLY_PATHS,
    RestartPolicy: { Name: 'no' },
    AutoRemove: false,
    Init: true,
    ...(capabilities.runtime === null ? {} : { Runtime: capabilities.runtime }),
  };
}

/** Two files, of which the second takes over when the first is full. */
export const logConfig = (fileSize: string) => ({
  Type: 'local',
  Config: { 'max-size': fileSize, 'max-file': '2', compress: 'false' },
});

/** NoCopy: else the engine fills a new volume with what the image has at its target. */
export const OWN_VOLUME = { NoCopy: true, Labels: {}, DriverConfig: { Name: 'local', Options: {} } };

/**
 * Neither the image nor the job may steer the loader or the NVIDIA runtime, which reads its orders from the environment; and what we say
 * ourselves is ours alone: a job must not take a folder of its own for the one that outlives it.
 */
const RESERVED = /^(?:LD_|NVIDIA_|NIGHTSHIFT_)/;

function jobEnv(imageEnv: readonly string[], jobsOwn: LeaseSpec['env'], ours: Readonly<Record<string, string>>): string[] {
  const names = [...imageEnv.map((line) => line.split('=', 1)[0] ?? ''), ...Object.keys(jobsOwn)];
  const silenced = Object.fromEntries(names.filter((name) => RESERVED.test(name)).map((name) => [name, '']));
  return Object.entries({ ...jobsOwn, ...silenced, ...ours }).map(([name, value]) => `${name}=${value}`);
}
