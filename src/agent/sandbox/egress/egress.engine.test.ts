import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import Docker from 'dockerode';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createLogger } from '../../../lib/log.ts';
import { connectEngine, findSocketPath } from '../engine.ts';
import { labelsOf, OWNER_LABEL } from '../names.ts';
import { probeEngine } from '../probe.ts';
import { type Egress, type EgressLease, type EgressPlace, openEgress } from './egress.ts';
import { egressNamesOf } from './egress-names.ts';
import { egressNetwork } from './helper-container.ts';

const docker = new Docker({ socketPath: findSocketPath() });
const engine = connectEngine(findSocketPath());
const never = new AbortController().signal;
const suffix = randomBytes(6).toString('hex');
const owner = `test-${suffix}`;
const lease: EgressLease = {
  leaseId: `lease_${suffix}`,
  uid: 200_000,
  network: { kind: 'egress', allow: ['listed.example:443'], maxUploadBytes: 2 ** 20, maxDownloadBytes: 2 ** 20 },
};
const names = egressNamesOf(lease.leaseId);
const foreignName = `foreign-${suffix}`;

const openFor = (ofOwner: string, by = engine): Egress =>
  openEgress({
    engine: by,
    owner: ofOwner,
    seccompProfile: JSON.stringify(
      JSON.parse(readFileSync(new URL('../../../../resources/sandbox/seccomp.json', import.meta.url), 'utf8')),
    ),
    capabilities: async (signal) => {
      const { capabilities } = await probeEngine(engine, signal);
      if (capabilities === null) throw new Error('no engine');
      return capabilities;
    },
    logger: createLogger('test', 'silent'),
  });
const egress = openFor(owner);
let place: EgressPlace;
let image = '';
let rulesBefore = '';

/** Every rule of the firewall, without the counters. Listing a table for the first time makes its empty chains. */
const rules = (): string => ['iptables', 'ip6tables'].map((tool) => execFileSync(tool, ['-w', '-S'], { encoding: 'utf8' })).join('');

beforeAll(async () => {
  await docker.createNetwork({ Name: foreignName, Labels: { [OWNER_LABEL]: foreignName } });
  await docker.createVolume({ Name: foreignName, Labels: { [OWNER_LABEL]: foreignName } });
  rulesBefore = rules();
  place = await egress.open(lease, never);
  image = (await docker.getContainer(names.holder).inspect()).Image;
});

afterAll(async () => {
  const left = await docker.listContainers({ all: true, filters: { label: [`${OWNER_LABEL}=${owner}`] } });
  for (const { Id } of left) await docker.getContainer(Id).remove({ force: true });
  for (const leaseId of await egress.leftovers()) await egress.close(leaseId);
  await docker.getNetwork(foreignName).remove();
  await docker.getVolume(foreignName).remove();
});

/** Runs a script of Node in a network, and returns what it says. */
async function saidIn(networkMode: string, script: string): Promise<string> {
  const container = await docker.createContainer({
    Image: image,
    Entrypoint: ['node', '-e', `const net = require('node:net'); const os = require('node:os');${script}`],
    User: '200000:200000',
    Tty: true,
    Labels: labelsOf(owner, lease.leaseId, 'job'),
    HostConfig: { NetworkMode: networkMode, CapDrop: ['ALL'] },
  });
  try {
    await container.start();
    return (await text(await container.logs({ follow: true, stdout: true, stderr: true }))).trim();
  } finally {
    await container.remove({ force: true });
  }
}

/** Tries to connect to each `host:port`; says what became of it. */
const dialling = (targets: readonly string[]): string => `
  Promise.all(${JSON.stringify(targets)}.map((target) => new Promise((resolve) => {
    const at = target.lastIndexOf(':');
    const socket = net.connect({ host: target.slice(0, at), port: Number(target.slice(at + 1)) });
    socket.setTimeout(1500, () => { socket.destroy(); resolve('silence'); });
    socket.on('connect', () => { socket.destroy(); resolve('CONNECTED'); });
    socket.on('error', ({ code }) => resolve(code));
  }))).then((outcomes) => console.log(outcomes.join(' ')));
`;

/** Sends raw requests to the proxy, one after another; says the first line of each answer. */
const asking = (requests: readonly string[]): string => `
  (async () => {
    for (const request of ${JSON.stringify(requests)}) {
      console.log(await new Promise((resolve) => {
        let said = '';
        const socket = net.connect(3128, '127.0.0.1', () => socket.write(request));
        socket.on('data', (chunk) => { said += chunk; });
        socket.on('error', ({ code }) => resolve(code));
        socket.on('close', () => resolve(said.split('\\r\\n')[0] || 'nothing'));
      }));
    }
  })();
`;

const gatewayOf = async (network: string): Promise<string> => (await docker.getNetwork(network).inspect()).IPAM?.Config?.[0]?.Gateway ?? '';

test('a job reaches nothing directly: not the host, not the proxy, no name, by neither version', async () => {
  const reached: string[] = [];
  await using listener = createServer((socket) => {
    reached.push(`${socket.remoteAddress}`);
    socket.destroy();
  });
  await new Promise<void>((resolve) => listener.listen(0, '::', resolve));
  const { port } = listener.address() as AddressInfo; // a TCP server's is no path
  const gateway = await gatewayOf(names.network);
  const { NetworkSettings } = await docker.getContainer(names.proxy).inspect();
  const proxyAddress = NetworkSettings.Networks[names.network]?.IPAddress;
  const targets = [gateway, '172.17.0.1', proxyAddress, '169.254.169.254', '10.0.0.1', 'fe80::1', 'fd00::1', '::ffff:10.0.0.1'].map(
    (host) => `${host}:${port}`,
  );
  const outcomes = await saidIn(place.networkMode, dialling([...targets, 'localhost.example:1']));
  expect(outcomes.split(' ')).toHaveLength(9);
  expect(outcomes).not.toMatch(/CONNECTED|silence/);

  // The proxy's own network has a way out, and the rules bar the way to the host; a network without them shows that it would be there.
  const fromProxy = await saidIn(`container:${names.proxy}`, dialling([`${gateway}:${port}`, '172.17.0.1:1']));
  expect(fromProxy).toBe('silence silence');
  expect(reached).toEqual([]);
  expect(await saidIn(foreignName, dialling([`${await gatewayOf(foreignName)}:${port}`]))).toBe('CONNECTED');
});

test('the proxy refuses what is not listed and every address in numbers, and writes it down', async () => {
  const refused = ['unlisted.example:443', 'listed.example:80', '127.0.0.1:443', '[::1]:443', '0x7f.1:443'];
  const requests = refused.map((target) => `CONNECT ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
  const said = await saidIn(place.networkMode, asking([...requests, 'GET http://10.0.0.1/ HTTP/1.1\r\nHost: x\r\n\r\n']));
  expect(said.split(/\r?\n/)).toEqual(Array(6).fill('HTTP/1.1 403 Forbidden'));
  await vi.waitFor(async () => expect(await egress.connections(lease.leaseId)).toHaveLength(6));
  const records = await egress.connections(lease.leaseId);
  expect(records[0]).toMatchObject({ host: 'unlisted.example', port: 443, address: null, refusal: "it is not on the job's list" });
  expect(records.every(({ address, refusal }) => address === null && refusal !== null)).toBe(true);
});

test('holder and proxy are as hard as a job, under users of their own, and the job sees no resolver of the host', async () => {
  const [holder, proxy] = await Promise.all([names.holder, names.proxy].map((name) => docker.getContainer(name).inspect()));
  for (const helper of [holder, proxy]) {
    expect(helper?.HostConfig).toMatchObject({ CapDrop: ['ALL'], ReadonlyRootfs: true, Privileged: false, RestartPolicy: { Name: 'no' } });
    expect(helper?.HostConfig.SecurityOpt).toEqual(['no-new-privileges:true', expect.stringMatching(/^seccomp=\{/)]);
    expect(helper?.Mounts.map(({ Type, Destination }) => [Type, Destination])).toEqual([['volume', '/socket']]);
  }
  expect(holder?.HostConfig.NetworkMode).toBe('none');
  expect(new Set([holder?.Config.User, proxy?.Config.User, '200000:200000']).size).toBe(3);
  const seen =
    "console.log(require('node:fs').readFileSync('/etc/resolv.conf', 'utf8').trim(), Object.keys(os.networkInterfaces()).join(), os.hostname());";
  expect(await saidIn(place.networkMode, seen)).toMatch(/^nameserver 127\.0\.0\.1\s+lo job$/);
});

test('another owner sees and removes none of it', async () => {
  const other = openFor(`other-${suffix}`);
  expect(await other.leftovers()).toEqual(new Set());
  await other.close(lease.leaseId);
  expect(await egress.leftovers()).toEqual(new Set([lease.leaseId]));
  expect((await docker.getContainer(names.proxy).inspect()).State.Running).toBe(true);
});

test('holder and proxy are paused with their job, and go on with it', async () => {
  const states = () =>
    Promise.all([names.holder, names.proxy].map(async (name) => (await docker.getContainer(name).inspect()).State.Status));
  await egress.hold(lease.leaseId, true);
  await egress.hold(lease.leaseId, true);
  expect(await states()).toEqual(['paused', 'paused']);
  await openFor(`other-${suffix}`).hold(lease.leaseId, false);
  expect(await states()).toEqual(['paused', 'paused']);
  await egress.hold(lease.leaseId, false);
  await egress.hold(lease.leaseId, false);
  expect(await states()).toEqual(['running', 'running']);
  await egress.hold('lease_of_nobody', true);
});

test('rules that somebody has taken away are made again; where they cannot be made, the proxy is ended', async () => {
  const ofLease = (): readonly string[] =>
    rules()
      .split('\n')
      .filter((line) => line.includes(lease.leaseId) || line.includes(names.bridge))
      .toSorted();
  const whole = ofLease();
  const ours = whole.filter((line) => line.startsWith('-A INPUT ') && line.endsWith('-j DROP'));
  expect(ours).toHaveLength(2);
  execFileSync('sh', ['-ec', `iptables -w ${ours[0]?.replace('-A', '-D')}`]);
  expect(ofLease()).not.toEqual(whole);
  await openFor(`other-${suffix}`).verify();
  expect(ofLease()).not.toEqual(whole);
  await egress.verify();
  expect(ofLease()).toEqual(whole);
  expect((await docker.getContainer(names.proxy).inspect()).State.Running).toBe(true);

  const leaseId = `bare_${suffix}`;
  await docker.createNetwork(egressNetwork(owner, leaseId));
  const order = JSON.stringify({ allow: ['listed.example:99999'] });
  const bare = await docker.createContainer({
    Image: image,
    name: egressNamesOf(leaseId).proxy,
    Entrypoint: ['node', '-e', 'setInterval(() => {}, 1e6)', order],
    Labels: labelsOf(owner, leaseId, 'proxy'),
    HostConfig: { NetworkMode: 'none' },
  });
  await bare.start();
  await egress.verify();
  expect((await bare.inspect()).State.Running).toBe(false);
  await egress.close(leaseId);
});

test('what the firewall does not let go of is not taken for gone', async () => {
  process.seteuid?.(65_534); // its tools are refused then
  try {
    await expect(egress.close('lease_of_nobody')).rejects.toThrow(/iptables failed/);
  } finally {
    process.seteuid?.(0);
  }
  await egress.close('lease_of_nobody');
});

test('when the proxy dies nothing gets out, and it stays dead', async () => {
  await docker.getContainer(names.proxy).kill();
  expect(await saidIn(place.networkMode, asking(['CONNECT listed.example:443 HTTP/1.1\r\nHost: x\r\n\r\n']))).toMatch(
    /^(nothing|ECONNRESET)$/,
  );
  expect((await docker.getContainer(names.proxy).inspect()).State.Running).toBe(false);
  expect(await egress.connections(lease.leaseId)).toHaveLength(6);
});

test('closing leaves no container, network, volume or rule, and takes nothing of others; what is left is found by the rules alone', async () => {
  for (const name of [names.holder, names.proxy]) await docker.getContainer(name).remove({ force: true });
  await docker.getNetwork(names.network).remove();
  expect(await egress.leftovers()).toEqual(new Set([lease.leaseId]));
  await egress.close(lease.leaseId);
  await egress.close(lease.leaseId);
  expect(rules()).toBe(rulesBefore);
  expect(await egress.leftovers()).toEqual(new Set());
  const filters = { label: [`${OWNER_LABEL}=${owner}`] };
  expect(await docker.listContainers({ all: true, filters })).toEqual([]);
  expect(await docker.listNetworks({ filters })).toEqual([]);
  expect((await docker.listVolumes({ filters })).Volumes).toEqual([]);
  expect(await egress.connections(lease.leaseId)).toEqual([]);
  await docker.getNetwork(foreignName).inspect();
  await docker.getVolume(foreignName).inspect();
});

test('a lease that cannot be opened leaves nothing behind', async () => {
  // Of the same worker, and no proxy.
  const blocker = await docker.createContainer({
    Image: image,
    name: names.proxy,
    Entrypoint: ['node'],
    Labels: labelsOf(owner, lease.leaseId, 'job'),
  });
  try {
    await expect(egress.open(lease, never)).rejects.toMatchObject({
      problem: { code: 'internal' },
      cause: { message: expect.stringContaining('already in use') },
    });
    await blocker.inspect();
    expect(await egress.connections(lease.leaseId)).toEqual([]);
  } finally {
    await blocker.remove();
  }
  expect(await egress.leftovers()).toEqual(new Set());
  expect(rules()).toBe(rulesBefore);
});

test('a lease whose rules the firewall refuses is not opened', async () => {
  const refused: EgressLease = { ...lease, network: { ...lease.network, allow: ['listed.example:99999'] } };
  await expect(egress.open(refused, never)).rejects.toMatchObject({
    problem: { code: 'internal', detail: expect.stringContaining('firewall') },
    cause: { message: expect.stringContaining('99999') },
  });
  expect(await docker.listContainers({ all: true, filters: { label: [`${OWNER_LABEL}=${owner}`] } })).toEqual([]);
  expect(await egress.leftovers()).toEqual(new Set());
  expect(rules()).toBe(rulesBefore);
});

test('a lease is opened although the image of its helpers was taken away before it was used', async () => {
  let asked = 0;
  const withoutImage = Object.create(docker, {
    createContainer: {
      value: (options: Docker.ContainerCreateOptions) =>
        docker.createContainer(asked++ === 0 ? { ...options, Image: `sha256:${'0'.repeat(64)}` } : options),
    },
  });
  await openFor(owner, { ...engine, ask: (call) => engine.ask(() => call(withoutImage)) }).open(lease, never);
  expect(asked).toBe(4);
  expect((await docker.getContainer(names.proxy).inspect()).State.Running).toBe(true);
  await egress.hold(lease.leaseId, true); // as when its job ends frozen
  await egress.close(lease.leaseId);
  expect(await egress.leftovers()).toEqual(new Set());
});
