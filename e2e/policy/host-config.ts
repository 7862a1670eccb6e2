import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { type Granted, isEmpty } from './granted.ts';

/** Whether a field's value is within what was granted; `undefined`: it is not said. */
export type Rule = (value: unknown, granted: Granted) => boolean;

const MIB = 2 ** 20;
/** A quota of 1 ms in each 100 ms is the least that Linux enforces (Documentation/scheduler/sched-bwc.rst); one of 0 is no limit. */
const MIN_NANO_CPUS = 10_000_000;
const MAX_PROCESSES = 2_048;
const MAX_TMP_BYTES = 256 * MIB;
const MAX_TMP_INODES = 16_384;
/** The engine's own default; a job's memory limit counts what is in shared memory. */
const MIN_SHM_BYTES = 64 * MIB;

const MAX_ULIMITS: ReadonlyMap<string, number> = new Map([
  ['core', 0],
  ['nofile', 4_096],
  ['memlock', 8 * MIB],
  ['msgqueue', 65_536],
  ['sigpending', 1_024],
]);

const MASKED = [
  ...['asound', 'acpi', 'kcore', 'keys', 'latency_stats', 'timer_list', 'timer_stats', 'sched_debug', 'scsi', 'interrupts', 'cmdline'],
  ...['partitions', 'diskstats', 'swaps', 'key-users', 'slabinfo', 'vmallocinfo', 'zoneinfo', 'buddyinfo'],
].map((file) => `/proc/${file}`);
const MASKED_OF_SYS = [
  ...['firmware', 'class/dmi', 'devices/virtual/dmi', 'devices/virtual/powercap', 'block', 'fs/ext4', 'kernel/notes', 'kernel/vmcoreinfo'],
].map((file) => `/sys/${file}`);
const READ_ONLY = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

export const is =
  (...wanted: readonly unknown[]): Rule =>
  (value) =>
    wanted.some((each) => isDeepStrictEqual(each, value));
export const within =
  (least: number, most: (granted: Granted) => number): Rule =>
  (value, granted) =>
    Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most(granted);
const holdsAll =
  (...wanted: readonly string[]): Rule =>
  (value) =>
    Array.isArray(value) && wanted.every((each) => value.includes(each));

/** Every field that may be anything but empty. */
export const HOST_CONFIG: Readonly<Record<string, Rule>> = {
  NetworkMode: (value, { holder }) => value === 'none' || (holder ?? []).some((each) => value === `container:${each}`),
  CgroupParent: is(undefined, ''),
  CapDrop: is(['ALL']),
  SecurityOpt: (value) => isDeepStrictEqual(value, ['no-new-privileges:true', FILTER]),
  DeviceRequests: (value, { gpu }) => (gpu === null ? isEmpty(value) : isDeepStrictEqual(value, [ofGpu(gpu)])),
  ReadonlyRootfs: is(true),
  IpcMode: is('private', 'none'),
  CgroupnsMode: is('private'),
  Mounts: (value, { leaseId }) => {
    const mounts = z
      .array(mount)
      .safeParse(value)
      .data?.map(({ Source, Target, ReadOnly }) => [Source, Target, ReadOnly]);
    const stem = `nightshift-${leaseId}`;
    return isDeepStrictEqual(mounts, [
      [`${stem}-job`, '/job', false],
      [`${stem}-in`, '/in', true],
    ]);
  },
  Tmpfs: (value, { uid }) => {
    const places = z.strictObject({ '/tmp': z.string() }).safeParse(value).data;
    return places !== undefined && isTmp(places['/tmp'], uid);
  },
  ShmSize: within(1, ({ memoryBytes }) => Math.max(MIN_SHM_BYTES, memoryBytes)),
  Memory: within(1, ({ memoryBytes }) => memoryBytes),
  MemorySwap: within(1, ({ memoryBytes }) => memoryBytes), // with the memory: none besides
  OomScoreAdj: within(1, () => 1_000),
  NanoCpus: within(MIN_NANO_CPUS, ({ cpus, cpuCount }) => Math.max(MIN_NANO_CPUS, Math.round(Math.min(cpus, cpuCount) * 1e9))),
  CpuShares: is(2), // the least there is
  CpusetCpus: (value, { cpuCount }) => value === (cpuCount === 1 ? '0' : `0-${cpuCount - 1}`) || value === `0-${cpuCount - 1}`,
  PidsLimit: within(1, () => MAX_PROCESSES),
  Ulimits: (value, { ulimitCeilings }) => {
    const limits = z.array(z.strictObject({ Name: z.string(), Soft: z.int(), Hard: z.int() })).safeParse(value).data ?? [];
    const isLow = (name: string, limit: number): boolean =>
      limit >= 0 && limit <= Math.min(MAX_ULIMITS.get(name) ?? -1, ulimitCeilings.get(name) ?? Number.POSITIVE_INFINITY);
    const names = new Set(limits.map(({ Name }) => Name));
    return (
      limits.length === MAX_ULIMITS.size &&
      names.size === MAX_ULIMITS.size &&
      limits.every((each) => isLow(each.Name, each.Soft) && isLow(each.Name, each.Hard))
    );
  },
  MaskedPaths: holdsAll(...MASKED, ...MASKED_OF_SYS),
  ReadonlyPaths: holdsAll(...READ_ONLY),
  RestartPolicy: is({ Name: 'no' }, { Name: 'no', MaximumRetryCount: 0 }),
  Init: is(true),
  Runtime: is(undefined, 'runc'),
  Isolation: is(undefined, '', 'default'), // what the engine answers where nothing was said
  LogConfig: (value) => {
    return logConfig.safeParse(value).success;
  },
};

const logConfig = z.strictObject({
  Type: z.literal('local'),
  Config: z.strictObject({ 'max-size': z.string().regex(/^([1-9]|1[0-6])m$/), 'max-file': z.literal('2'), compress: z.literal('false') }),
});

/** The filter of system calls as the repository keeps it, in the words in which the engine is told. */
const FILTER = `seccomp=${JSON.stringify(JSON.parse(readFileSync(new URL('../../resources/sandbox/seccomp.json', import.meta.url), 'utf8')))}`;
const ofGpu = (gpu: string): unknown => ({
  Driver: 'nvidia',
  ...(gpu === 'all' ? { Count: -1 } : { DeviceIDs: [gpu] }),
  Capabilities: [['compute', 'utility']],
  Options: {},
});

export const mount = z.strictObject({
  Type: z.literal('volume'),
  Source: z.string(),
  Target: z.string(),
  ReadOnly: z.boolean().default(false), // left out by the engine where it is false
  VolumeOptions: z.strictObject({
    NoCopy: z.literal(true),
    Labels: z.strictObject({}).nullish(),
    DriverConfig: z.strictObject({ Name: z.literal('local'), Options: z.strictObject({}).nullish() }),
  }),
});

function isTmp(options: string, uid: number): boolean {
  const flags = options.split(',');
  const amount = (name: string): string => flags.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
  const isLow = (name: string, most: number): boolean => /^[1-9]\d*$/.test(amount(name)) && Number(amount(name)) <= most;
  const known = /^(rw|noexec|nosuid|nodev|(size|nr_inodes|uid|gid)=\d+|mode=0700)$/;
  return (
    flags.every((each) => known.test(each)) &&
    new Set(flags).size === flags.length &&
    ['noexec', 'nosuid', 'nodev', 'mode=0700', `uid=${uid}`, `gid=${uid}`].every((each) => flags.includes(each)) &&
    isLow('size', MAX_TMP_BYTES) &&
    isLow('nr_inodes', MAX_TMP_INODES)
  );
}
