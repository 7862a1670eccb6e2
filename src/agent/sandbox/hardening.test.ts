import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ProblemError } from '../../contract/model/problem.ts';
import type { EngineCapabilities } from './capabilities.ts';
import { type ContainerDescription, hardenedContainer, lintImage } from './hardening.ts';

const seccompProfile = readFileSync(new URL('../../../resources/sandbox/seccomp.json', import.meta.url), 'utf8');

const capabilities: EngineCapabilities = {
  os: 'linux',
  architecture: 'amd64',
  cpuCount: 2,
  runtime: 'runc',
  loopDisks: true,
  ulimitCeilings: new Map([['nofile', 20_000]]),
};

const description: ContainerDescription = {
  owner: 'inst_1',
  spec: {
    leaseId: 'lease_1',
    uid: 200_007,
    image: `sha256:${'a'.repeat(64)}`,
    command: ['node', '/app/train.mjs'],
    env: { EPOCHS: '3' },
    inputsTar: null,
    checkpoint: { intervalMs: 5_000, tar: null },
    memoryBytes: 2 * 2 ** 30,
    diskBytes: 2 ** 30,
    cpus: 1.5,
  },
  imageId: `sha256:${'a'.repeat(64)}`,
  imageEnv: ['PATH=/usr/local/bin', 'LD_PRELOAD=/evil.so', 'NVIDIA_VISIBLE_DEVICES=all'],
  capabilities,
  seccompProfile,
};

const envOf = (change: Partial<ContainerDescription>): readonly string[] => hardenedContainer({ ...description, ...change }).Env ?? [];

test('every limit of the container is said, with its value', () => {
  const { HostConfig } = hardenedContainer(description);
  expect(HostConfig).toMatchObject({
    NetworkMode: 'none',
    CapDrop: ['ALL'],
    CapAdd: [],
    Privileged: false,
    SecurityOpt: ['no-new-privileges:true', `seccomp=${seccompProfile}`],
    ReadonlyRootfs: true,
    IpcMode: 'private',
    PidMode: '',
    UTSMode: '',
    UsernsMode: '',
    CgroupnsMode: 'private',
    Binds: [],
    Mounts: [
      { Type: 'volume', Source: 'nightshift-lease_1-job', Target: '/job', ReadOnly: false, VolumeOptions: { NoCopy: true } },
      { Type: 'volume', Source: 'nightshift-lease_1-in', Target: '/in', ReadOnly: true, VolumeOptions: { NoCopy: true } },
    ],
    Tmpfs: { '/tmp': 'rw,noexec,nosuid,nodev,size=268435456,nr_inodes=16384,uid=200007,gid=200007,mode=0700' },
    ShmSize: 268_435_456,
    Memory: 2_147_483_648,
    MemorySwap: 2_147_483_648,
    OomScoreAdj: 500,
    OomKillDisable: false,
    NanoCpus: 1_500_000_000,
    CpuShares: 2,
    CpusetCpus: '0-1',
    PidsLimit: 2048,
    Ulimits: [
      { Name: 'core', Soft: 0, Hard: 0 },
      { Name: 'nofile', Soft: 4096, Hard: 4096 },
      { Name: 'memlock', Soft: 8_388_608, Hard: 8_388_608 },
      { Name: 'msgqueue', Soft: 65_536, Hard: 65_536 },
      { Name: 'sigpending', Soft: 1024, Hard: 1024 },
    ],
    Devices: [],
    DeviceCgroupRules: [],
    DeviceRequests: [],
    GroupAdd: [],
    VolumesFrom: [],
    PortBindings: {},
    PublishAllPorts: false,
    RestartPolicy: { Name: 'no' },
    AutoRemove: false,
    Init: true,
    Runtime: 'runc',
    LogConfig: { Type: 'local', Config: { 'max-size': '16m', 'max-file': '2', compress: 'false' } },
  });
  expect(HostConfig?.MaskedPaths).toHaveLength(27);
  expect(HostConfig?.MaskedPaths).toEqual(expect.arrayContaining(['/proc/kcore', '/proc/keys', '/sys/firmware', '/sys/kernel/vmcoreinfo']));
  expect(HostConfig?.ReadonlyPaths).toEqual(['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']);
});

test('the container is nobody, runs just the command, and bears our labels', () => {
  expect(hardenedContainer(description)).toMatchObject({
    name: 'nightshift-lease_1',
    User: '200007:200007',
    Entrypoint: ['node', '/app/train.mjs'],
    Cmd: [],
    WorkingDir: '/job',
    Healthcheck: { Test: ['NONE'] },
    Labels: { 'nightshift.managed': '1', 'nightshift.worker': 'inst_1', 'nightshift.lease': 'lease_1' },
  });
});

test('neither image nor job may steer the loader, the NVIDIA runtime or our own variables', () => {
  const env = envOf({ spec: { ...description.spec, env: { EPOCHS: '3', LD_AUDIT: 'x', HOME: '/root', NIGHTSHIFT_INPUTS: '/elsewhere' } } });
  expect(env).toEqual(expect.arrayContaining(['EPOCHS=3', 'LD_PRELOAD=', 'LD_AUDIT=', 'NVIDIA_VISIBLE_DEVICES=']));
  expect(env).toEqual(
    expect.arrayContaining([
      'HOME=/job',
      'TMPDIR=/job/tmp',
      'NIGHTSHIFT_INPUTS=/in',
      'NIGHTSHIFT_OUTPUTS=/job/out',
      'NIGHTSHIFT_CHECKPOINT_DIR=/job/checkpoint',
      'NIGHTSHIFT_CHECKPOINT_INTERVAL_MS=5000',
    ]),
  );
  expect(new Set(env.map((line) => line.split('=')[0])).size).toBe(env.length);
});

test('only a job that saves checkpoints is told where, and nobody else can tell it', () => {
  const own = { NIGHTSHIFT_CHECKPOINT_DIR: '/job/mine', NIGHTSHIFT_CHECKPOINT_INTERVAL_MS: '1' };
  const without = envOf({ spec: { ...description.spec, checkpoint: null } });
  expect(without.filter((line) => line.startsWith('NIGHTSHIFT_CHECKPOINT'))).toEqual([]);
  const misled = envOf({ spec: { ...description.spec, checkpoint: null, env: own } });
  expect(misled).toEqual(expect.arrayContaining(['NIGHTSHIFT_CHECKPOINT_DIR=', 'NIGHTSHIFT_CHECKPOINT_INTERVAL_MS=']));
  const overridden = envOf({ spec: { ...description.spec, env: own }, imageEnv: ['NIGHTSHIFT_CHECKPOINT_DIR=/image'] });
  expect(overridden.filter((line) => line.startsWith('NIGHTSHIFT_CHECKPOINT'))).toEqual([
    'NIGHTSHIFT_CHECKPOINT_DIR=/job/checkpoint',
    'NIGHTSHIFT_CHECKPOINT_INTERVAL_MS=5000',
  ]);
});

test('limits stay within what the machine and the engine have', () => {
  const small = hardenedContainer({
    ...description,
    capabilities: { ...capabilities, cpuCount: 1, ulimitCeilings: new Map([['nofile', 1024]]) },
  });
  expect(small.HostConfig).toMatchObject({ NanoCpus: 1e9, CpusetCpus: '0-0' });
  expect(small.HostConfig?.Ulimits).toContainEqual({ Name: 'nofile', Soft: 1024, Hard: 1024 });
});

test('a uid of the host and a lease id that is a path are refused', () => {
  expect(() => hardenedContainer({ ...description, spec: { ...description.spec, uid: 1000 } })).toThrow(TypeError);
  expect(() => hardenedContainer({ ...description, spec: { ...description.spec, leaseId: '../x' } })).toThrow(TypeError);
});

test('an image for another machine, or with volumes, is refused', () => {
  const image = { os: 'linux', architecture: 'amd64', volumes: [] };
  expect(() => lintImage('x', image, capabilities)).not.toThrow();
  expect(() => lintImage('x', { ...image, architecture: 'arm64' }, capabilities)).toThrow(ProblemError);
  expect(() => lintImage('x', { ...image, volumes: ['/data'] }, capabilities)).toThrow(/\/data/);
});
