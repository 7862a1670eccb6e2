import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { EngineCapabilities } from './capabilities.ts';
import { type ContainerDescription, hardenedContainer } from './hardening.ts';

const seccompProfile = readFileSync(new URL('../../../resources/sandbox/seccomp.json', import.meta.url), 'utf8');

const capabilities: EngineCapabilities = {
  os: 'linux',
  architecture: 'amd64',
  cpuCount: 2,
  runtime: 'runc',
  loopDisks: true,
  ulimitCeilings: new Map([['nofile', 20_000]]),
  gpus: { kind: 'none' },
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
    gpu: null,
    network: { kind: 'none' },
  },
  imageId: `sha256:${'a'.repeat(64)}`,
  imageEnv: ['PATH=/usr/local/bin', 'LD_PRELOAD=/evil.so', 'NVIDIA_VISIBLE_DEVICES=all'],
  capabilities,
  network: { mode: 'none', env: {} },
  seccompProfile,
};

const withGpus = (leasedBy: 'device' | 'machine'): EngineCapabilities => ({ ...capabilities, gpus: { kind: 'offered', leasedBy } });
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
    ShmSize: 1_073_741_824,
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
  expect(env).toEqual(expect.arrayContaining(['EPOCHS=3', 'LD_PRELOAD=', 'LD_AUDIT=', 'NVIDIA_VISIBLE_DEVICES=void']));
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

test('shared memory is half of the memory, and never less than the engine would give', () => {
  const shmOf = (memoryBytes: number) =>
    hardenedContainer({ ...description, spec: { ...description.spec, memoryBytes } }).HostConfig?.ShmSize;
  expect(shmOf(64 * 2 ** 30)).toBe(32 * 2 ** 30);
  expect(shmOf(16 * 2 ** 20)).toBe(64 * 2 ** 20);
});

test('the network is the one that is said, with its variables, which nobody else can set', () => {
  const network = { mode: 'container:holder', env: { HTTPS_PROXY: 'http://127.0.0.1:3128' } };
  const spec = { ...description.spec, env: { HTTPS_PROXY: 'http://10.0.0.1:80' } };
  const container = hardenedContainer({ ...description, spec, network });
  expect(container.HostConfig?.NetworkMode).toBe('container:holder');
  expect(container).not.toHaveProperty('Hostname');
  expect(hardenedContainer(description).Hostname).toBe('job');
  expect(envOf({ spec, network }).filter((line) => line.startsWith('HTTPS_PROXY'))).toEqual(['HTTPS_PROXY=http://127.0.0.1:3128']);
});

test('a job for the processor gets no GPU, whatever its image and its file say', () => {
  const spec = { ...description.spec, env: { NVIDIA_VISIBLE_DEVICES: 'all', NVIDIA_DRIVER_CAPABILITIES: 'all' } };
  const env = envOf({ spec, imageEnv: ['CUDA_VERSION=12.4', 'NVIDIA_VISIBLE_DEVICES=all'] });
  expect(env.filter((line) => line.startsWith('NVIDIA_'))).toEqual(['NVIDIA_VISIBLE_DEVICES=void', 'NVIDIA_DRIVER_CAPABILITIES=']);
  // An image for CUDA that says nothing would otherwise mean all of them.
  expect(envOf({ imageEnv: ['CUDA_VERSION=12.4'] })).toContain('NVIDIA_VISIBLE_DEVICES=void');
});

test('a job for a GPU gets the one it was given, and of the driver what computing needs', () => {
  const uuid = 'GPU-8a56a4bc-e184-a047-2620-be19fdf913d5';
  const spec = {
    ...description.spec,
    env: { NVIDIA_VISIBLE_DEVICES: 'all', NVIDIA_DRIVER_CAPABILITIES: 'all', NVIDIA_REQUIRE_CUDA: 'cuda>=99' },
  };
  const container = hardenedContainer({
    ...description,
    spec: { ...spec, gpu: { kind: 'device', uuid } },
    capabilities: withGpus('device'),
  });
  expect(container.HostConfig?.DeviceRequests).toEqual([
    { Driver: 'nvidia', DeviceIDs: [uuid], Capabilities: [['compute', 'utility']], Options: {} },
  ]);
  expect(container.Env?.filter((line) => line.startsWith('NVIDIA_'))).toEqual([
    `NVIDIA_VISIBLE_DEVICES=${uuid}`,
    'NVIDIA_DRIVER_CAPABILITIES=compute,utility',
    'NVIDIA_REQUIRE_CUDA=',
  ]);
  expect(container.HostConfig).toMatchObject({ CapAdd: [], Devices: [], DeviceCgroupRules: [], Privileged: false, Runtime: 'runc' });
});

test('a job for a machine whose GPUs cannot be told apart asks for all of them', () => {
  const container = hardenedContainer({
    ...description,
    spec: { ...description.spec, gpu: { kind: 'machine' } },
    capabilities: withGpus('machine'),
  });
  expect(container.HostConfig?.DeviceRequests).toEqual([
    { Driver: 'nvidia', Count: -1, Capabilities: [['compute', 'utility']], Options: {} },
  ]);
  expect(container.Env).toContain('NVIDIA_VISIBLE_DEVICES=all');
});

test.each(['0', 'all', 'GPU-8a56a4bc', 'MIG-8a56a4bc-e184-a047-2620-be19fdf913d5', 'GPU-8a56a4bc-e184-a047-2620-be19fdf913d5,1'])(
  'a GPU that is called %s is refused',
  (uuid) => {
    expect(() =>
      hardenedContainer({ ...description, spec: { ...description.spec, gpu: { kind: 'device', uuid } }, capabilities: withGpus('device') }),
    ).toThrow(/not the UUID/);
  },
);

test('no GPU is asked for where none is offered, nor one alone where a container would see them all', () => {
  const gpu = { kind: 'device', uuid: 'GPU-8a56a4bc-e184-a047-2620-be19fdf913d5' } as const;
  expect(() => hardenedContainer({ ...description, spec: { ...description.spec, gpu } })).toThrow(/cannot be given/);
  expect(() => hardenedContainer({ ...description, spec: { ...description.spec, gpu }, capabilities: withGpus('machine') })).toThrow(
    /cannot be given/,
  );
  expect(() =>
    hardenedContainer({ ...description, spec: { ...description.spec, gpu: { kind: 'machine' } }, capabilities: withGpus('device') }),
  ).toThrow(/cannot be given/);
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
