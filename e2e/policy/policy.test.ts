import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { judgeGpus } from '../../src/agent/sandbox/gpu/gpu-support.ts';
import { type ContainerDescription, hardenedContainer } from '../../src/agent/sandbox/hardening.ts';
import type { Granted } from './granted.ts';
import { faultsOfRequest } from './policy.ts';

const image = `sha256:${'a'.repeat(64)}`;
const description: ContainerDescription = {
  owner: 'worker_1',
  spec: {
    leaseId: 'lease_1',
    uid: 200_001,
    image,
    command: ['node', '/app/train.mjs'],
    env: { EPOCHS: '3' },
    inputsTar: null,
    checkpoint: { intervalMs: 5_000, tar: null },
    memoryBytes: 2 ** 30,
    diskBytes: 2 ** 30,
    cpus: 1.5,
    gpu: null,
    network: { kind: 'none' },
  },
  imageId: image,
  imageEnv: ['PATH=/usr/bin', 'LD_PRELOAD=/evil.so'],
  capabilities: {
    os: 'linux',
    architecture: 'amd64',
    cpuCount: 2,
    runtime: 'runc',
    loopDisks: true,
    gpus: judgeGpus(null, true),
    ulimitCeilings: new Map([['nofile', 1_024]]),
  },
  network: { mode: 'none', env: {} },
  seccompProfile: JSON.stringify(JSON.parse(readFileSync(new URL('../../resources/sandbox/seccomp.json', import.meta.url), 'utf8'))),
};
const granted: Granted = {
  owner: 'worker_1',
  leaseId: 'lease_1',
  uid: 200_001,
  imageId: image,
  command: ['node', '/app/train.mjs'],
  env: { EPOCHS: '3' },
  imageEnv: description.imageEnv,
  imageLabels: {},
  checkpointIntervalMs: 5_000,
  memoryBytes: 2 ** 30,
  cpus: 1.5,
  cpuCount: 2,
  ulimitCeilings: description.capabilities.ulimitCeilings,
  holder: null,
  gpu: null,
};
const request = hardenedContainer(description);
const { HostConfig } = request;
const [jobVolume, inputsVolume] = HostConfig?.Mounts ?? [];
const env = request.Env ?? [];

test('what the worker asks of the engine is within the policy', () => {
  expect(faultsOfRequest(request, granted)).toEqual([]);
});

test('a GPU and a way out are within the policy where they were granted, and only there', () => {
  const uuid = 'GPU-01234567-89ab-cdef-0123-456789abcdef';
  const more = hardenedContainer({
    ...description,
    spec: { ...description.spec, gpu: { kind: 'device', uuid } },
    capabilities: { ...description.capabilities, gpus: { kind: 'offered', leasedBy: 'device' } },
    network: { mode: 'container:nightshift-lease_1.holder', env: { HTTPS_PROXY: 'http://127.0.0.1:3128' } },
  });
  expect(faultsOfRequest(more, { ...granted, holder: ['nightshift-lease_1.holder'], gpu: uuid })).toEqual([]);
  const faults = faultsOfRequest(more, granted).join('\n');
  for (const fault of ['NetworkMode', 'HTTPS_PROXY', 'DeviceRequests', 'NVIDIA_VISIBLE_DEVICES']) expect(faults).toContain(fault);
});

const hostile: readonly (readonly [what: string, change: Readonly<Record<string, unknown>>])[] = [
  ['all rights', { Privileged: true }],
  ['one right', { CapAdd: ['SYS_PTRACE'] }],
  ['rights that are kept', { CapDrop: [] }],
  ['rights not said', { CapDrop: undefined }],
  ['the network of the host', { NetworkMode: 'host' }],
  ['a bridge', { NetworkMode: 'bridge' }],
  ["a stranger's network", { NetworkMode: 'container:database' }],
  ['no network said', { NetworkMode: undefined }],
  ['the processes of the host', { PidMode: 'host' }],
  ['the users of the host', { UsernsMode: 'host' }],
  ['the names of the host', { UTSMode: 'host' }],
  ['the memory segments of the host', { IpcMode: 'host' }],
  ['the control groups of the host', { CgroupnsMode: 'host' }],
  ['a control group of its choice', { CgroupParent: '/system.slice' }],
  ['a folder of the host', { Binds: ['/:/host'] }],
  ["the engine's socket", { Mounts: [...(HostConfig?.Mounts ?? []), { Type: 'bind', Source: '/var/run/docker.sock', Target: '/s' }] }],
  ['a bind in place of a volume', { Mounts: [{ ...jobVolume, Type: 'bind', Source: '/' }, inputsVolume] }],
  ["another lease's volume", { Mounts: [{ ...jobVolume, Source: 'nightshift-lease_2-job' }, inputsVolume] }],
  ['inputs that can be written', { Mounts: [jobVolume, { ...inputsVolume, ReadOnly: false }] }],
  ['a volume filled by the image', { Mounts: [{ ...jobVolume, VolumeOptions: { NoCopy: false } }, inputsVolume] }],
  [
    'a volume that mounts what it likes',
    {
      Mounts: [
        {
          ...jobVolume,
          VolumeOptions: { NoCopy: true, DriverConfig: { Name: 'local', Options: { type: 'none', o: 'bind', device: '/' } } },
        },
        inputsVolume,
      ],
    },
  ],
  ['the volumes of another container', { VolumesFrom: ['database'] }],
  ['a device', { Devices: [{ PathOnHost: '/dev/kvm', PathInContainer: '/dev/kvm', CgroupPermissions: 'rwm' }] }],
  ['a rule for devices', { DeviceCgroupRules: ['c *:* rwm'] }],
  ['GPUs', { DeviceRequests: [{ Driver: 'nvidia', Count: -1, Capabilities: [['gpu']] }] }],
  ['a group of the host', { GroupAdd: ['docker'] }],
  ['a port', { PortBindings: { '80/tcp': [{ HostPort: '80' }] } }],
  ['all ports', { PublishAllPorts: true }],
  ['a link', { Links: ['database'] }],
  ['a name server', { Dns: ['192.168.1.1'] }],
  ['a host name', { ExtraHosts: ['nas:192.168.1.2'] }],
  ['kernel settings', { Sysctls: { 'kernel.core_pattern': '|/evil' } }],
  ['a root that can be written', { ReadonlyRootfs: false }],
  ['new privileges', { SecurityOpt: HostConfig?.SecurityOpt?.slice(1) }],
  ['no filter of system calls', { SecurityOpt: ['no-new-privileges:true', 'seccomp=unconfined'] }],
  ['another filter of system calls', { SecurityOpt: ['no-new-privileges:true', 'seccomp={"defaultAction":"SCMP_ACT_ALLOW"}'] }],
  ['no AppArmor', { SecurityOpt: [...(HostConfig?.SecurityOpt ?? []), 'apparmor=unconfined'] }],
  ['more memory', { Memory: 2 ** 31 }],
  ['no memory limit', { Memory: 0 }],
  ['swap', { MemorySwap: 2 ** 31 }],
  ['endless swap', { MemorySwap: -1 }],
  ['a life that is never ended for memory', { OomKillDisable: true }],
  ['a host program ended for its memory', { OomScoreAdj: -500 }],
  ['more processors', { NanoCpus: 2e9 }],
  ['no processor limit', { NanoCpus: 0 }],
  ['a processor limit too small to be one', { NanoCpus: 1 }],
  ['a share like anybody', { CpuShares: 1_024 }],
  ['a processor that is not there', { CpusetCpus: '0-7' }],
  ['many processes', { PidsLimit: 100_000 }],
  ['no limit of processes', { PidsLimit: -1 }],
  ['no ulimits', { Ulimits: [] }],
  [
    'more files than the engine itself',
    { Ulimits: HostConfig?.Ulimits?.map((each) => ({ ...each, Hard: each.Name === 'nofile' ? 4_096 : each.Hard })) },
  ],
  ['an ulimit of its own', { Ulimits: [...(HostConfig?.Ulimits ?? []), { Name: 'rtprio', Soft: 99, Hard: 99 }] }],
  ['more shared memory than memory', { ShmSize: 2 ** 31 }],
  ['a program in /tmp', { Tmpfs: { '/tmp': HostConfig?.Tmpfs?.['/tmp']?.replace('noexec', 'exec') } }],
  ['a /tmp without a limit', { Tmpfs: { '/tmp': HostConfig?.Tmpfs?.['/tmp']?.replace(/size=\d+,/, '') } }],
  ['a /tmp for everybody', { Tmpfs: { '/tmp': HostConfig?.Tmpfs?.['/tmp']?.replace('0700', '1777') } }],
  ['a second scratch', { Tmpfs: { ...HostConfig?.Tmpfs, '/etc': 'rw' } }],
  ['what the kernel tells', { MaskedPaths: HostConfig?.MaskedPaths?.slice(1) }],
  ['the switches of the kernel', { ReadonlyPaths: [] }],
  ['a start at every boot', { RestartPolicy: { Name: 'always' } }],
  ['an end without a trace', { AutoRemove: true }],
  ['orphans', { Init: false }],
  ['a runtime of its choice', { Runtime: 'nvidia' }],
  ['a log without an end', { LogConfig: { Type: 'local', Config: { 'max-size': '0m', 'max-file': '2', compress: 'false' } } }],
  ['a log to somewhere else', { LogConfig: { Type: 'syslog', Config: { 'syslog-address': 'tcp://192.168.1.2:514' } } }],
  ['a field that nobody knows', { Annotations: { 'io.example/privileged': 'true' } }],
];

test.each(hostile)('refuses %s', (_what, change) => {
  const faults = faultsOfRequest({ ...request, HostConfig: { ...HostConfig, ...change } }, granted);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toContain(`HostConfig.${Object.keys(change)[0]}`);
});

const strange: readonly (readonly [what: string, change: Readonly<Record<string, unknown>>, fault: RegExp])[] = [
  ['a name that no sweep finds', { name: 'database' }, /called database/],
  ['another image', { Image: `sha256:${'b'.repeat(64)}` }, /^Image/],
  ["the image's entry point", { Entrypoint: null }, /^Entrypoint/],
  ['words after the command', { Cmd: ['--evil'] }, /^Cmd/],
  ['root', { User: '0:0' }, /^User/],
  ["a host user's id", { User: '1000:1000' }, /^User/],
  ["another lease's uid", { User: '200002:200002' }, /^User/],
  ['no label', { Labels: {} }, /^Labels/],
  ["another worker's label", { Labels: { ...request.Labels, 'nightshift.worker': 'worker_2' } }, /^Labels/],
  ["the image's health check", { Healthcheck: undefined }, /^Healthcheck/],
  ['a folder of the host as working folder', { WorkingDir: '/etc' }, /^WorkingDir/],
  ['a volume beside its own', { Volumes: { '/data': {} } }, /^Volumes/],
  ['a terminal', { Tty: true }, /^Tty/],
  ['an open input', { OpenStdin: true }, /^OpenStdin/],
  ['a network by its name', { NetworkingConfig: { EndpointsConfig: { lan: {} } } }, /^NetworkingConfig/],
  ['an address of the LAN', { MacAddress: '02:42:ac:11:00:02' }, /^MacAddress/],
  ['a loader of its choice', { Env: [...env, 'LD_AUDIT=/job/evil.so'] }, /LD_AUDIT=\/job\/evil.so comes through/],
  ["the image's loader", { Env: env.filter((line) => !line.startsWith('LD_PRELOAD=')) }, /LD_PRELOAD=\/evil.so comes through/],
  ['all GPUs by a variable', { Env: [...env, 'NVIDIA_VISIBLE_DEVICES=all'] }, /NVIDIA_VISIBLE_DEVICES=all comes through/],
  ['another checkpoint folder', { Env: [...env, 'NIGHTSHIFT_CHECKPOINT_DIR=/job/out'] }, /NIGHTSHIFT_CHECKPOINT_DIR/],
  ['no word of its inputs', { Env: env.filter((line) => !line.startsWith('NIGHTSHIFT_INPUTS=')) }, /NIGHTSHIFT_INPUTS is not said/],
  ['a variable from nowhere', { Env: [...env, 'AWS_SECRET_ACCESS_KEY=1'] }, /AWS_SECRET_ACCESS_KEY is neither/],
  ['a way out that was not granted', { Env: [...env, 'HTTPS_PROXY=http://192.168.1.2'] }, /HTTPS_PROXY is neither/],
];

test.each(strange)('refuses %s', (_what, change, fault) => {
  expect(faultsOfRequest({ ...request, ...change }, granted).join('\n')).toMatch(fault);
});
