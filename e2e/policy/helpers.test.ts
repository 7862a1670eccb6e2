import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { holderContainer, proxyContainer } from '../../src/agent/sandbox/egress/helper-container.ts';
import { judgeGpus } from '../../src/agent/sandbox/gpu/gpu-support.ts';
import type { Granted } from './granted.ts';
import { faultsOfHelper } from './helpers.ts';

const granted: Granted = {
  owner: 'worker_1',
  leaseId: 'lease_1',
  uid: 200_001,
  imageId: `sha256:${'a'.repeat(64)}`,
  command: [],
  env: {},
  imageEnv: [],
  imageLabels: {},
  checkpointIntervalMs: null,
  memoryBytes: 2 ** 30,
  cpus: 1,
  cpuCount: 2,
  ulimitCeilings: new Map([['nofile', 512]]),
  holder: null,
  gpu: null,
};
const description = {
  ...granted,
  capabilities: {
    os: 'linux',
    architecture: 'amd64',
    cpuCount: granted.cpuCount,
    runtime: 'runc',
    loopDisks: true,
    gpus: judgeGpus(null, true),
    ulimitCeilings: granted.ulimitCeilings,
  },
  seccompProfile: JSON.stringify(JSON.parse(readFileSync(new URL('../../resources/sandbox/seccomp.json', import.meta.url), 'utf8'))),
  order: { allow: ['a.example:443'], ownNetworks: [], maxUploadBytes: 1, maxDownloadBytes: 1 },
  resolvers: ['192.168.1.1'],
};
const made = { holder: holderContainer(description), proxy: proxyContainer(description) };

test.each(['holder', 'proxy'] as const)('the %s that the worker asks for is within the policy', (part) => {
  expect(faultsOfHelper(part, made[part], granted)).toEqual([]);
});

const hostile: readonly (readonly [what: string, change: Readonly<Record<string, unknown>>])[] = [
  ['what the kernel tells', { MaskedPaths: [] }],
  ['the switches of the kernel', { ReadonlyPaths: undefined }],
  ['orphans', { Init: undefined }],
  ['no ulimits but two', { Ulimits: made.proxy.HostConfig?.Ulimits?.slice(0, 2) }],
  ['rights', { CapAdd: ['NET_ADMIN'] }],
  ['the network of the host', { NetworkMode: 'host' }],
  ["another lease's socket", { Mounts: made.proxy.HostConfig?.Mounts?.map((each) => ({ ...each, Source: 'nightshift-lease_2.socket' })) }],
  ['a folder of the host', { Binds: ['/:/host'] }],
  ['a scratch', { Tmpfs: { '/tmp': 'rw' } }],
  ['memory as a job', { Memory: 2 ** 30 }],
  ['many processes', { PidsLimit: 2_048 }],
  ['a name server by its name', { Dns: ['resolver.example'] }],
];

test.each(hostile)('refuses %s', (_what, change) => {
  for (const part of ['holder', 'proxy'] as const) {
    const faults = faultsOfHelper(part, { ...made[part], HostConfig: { ...made[part].HostConfig, ...change } }, granted);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(`HostConfig.${Object.keys(change)[0]}`);
  }
});

test("refuses the job's user, a variable and a name that may be a job's", () => {
  const other = { ...made.proxy, User: '200001:200001', Env: ['NODE_OPTIONS=--inspect=0.0.0.0'], name: 'nightshift-lease_1-proxy' };
  expect(faultsOfHelper('proxy', other, granted)).toHaveLength(3);
});
