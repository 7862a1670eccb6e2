import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type Docker from 'dockerode';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { LEASE_LABEL, OWNER_LABEL, PART_LABEL } from '../../src/agent/sandbox/names.ts';
import type { JobNetwork } from '../../src/contract/model/job.ts';
import { startAgentSide } from '../lan/agent.ts';
import type { AgentSide } from '../lan/agent-side.ts';
import type { Attempt, Outcome } from '../lan/attempts.ts';
import { lanContent } from '../lan/content.ts';
import { buildAttemptsImage } from '../lan/image.ts';
import { type Lab, startLab, whyNoLab } from '../lan/lab.ts';
import type { Arrival } from '../lan/node.ts';
import { ALLOWED_ATTEMPTS, FORBIDDEN_ATTEMPTS, LISTED } from '../lan/proxied.ts';
import { bridgeTargets, hostNetworkTargets, isReached, proxyTargets, resolverAttempts, type Target } from '../lan/targets.ts';
import { PORTS, PROXY_V6 } from '../lan/topology.ts';
import { attemptsEnv, COMMAND, readOutcomes, takeArrivals, takeInventory, tryUnhardened, withoutRules } from '../lan/trials.ts';

const reason = whyNoLab();
const OWNER = 'lan-test';

let lab: Lab;
let agent: AgentSide;
let image = '';
let targets: readonly Target[] = [];
/** Of this test, all of which are wiped at its end. */
const prepared: string[] = [];
let before: readonly string[] = [];

beforeAll(async () => {
  if (reason !== null) return;
  await using stack = new AsyncDisposableStack();
  lab = stack.use(await startLab());
  agent = stack.use(await startAgentSide(lab, OWNER));
  image = await buildAttemptsImage(lab.socketPath);
  const neighbour = await lab.docker.createContainer({ Image: image, Entrypoint: ['node', '-e', 'setInterval(() => {}, 1e6)'] });
  await neighbour.start();
  const { State, NetworkSettings } = await neighbour.inspect();
  await lab.join('neighbour', State.Pid, { ...PORTS.neighbour, dns: false });
  const { IPAddress = '', GlobalIPv6Address = '' } = NetworkSettings.Networks.bridge ?? {};
  targets = bridgeTargets({ v4: IPAddress, v6: GlobalIPv6Address });
  before = await takeInventory(lab);
  const held = stack.move();
  return () => held.disposeAsync();
});
afterEach(async () => {
  for (const leaseId of prepared.splice(0)) await agent.wipe(leaseId);
});
beforeEach((context) => context.skip(reason !== null, reason ?? ''));

const directly = (): readonly Attempt[] => [...[...targets, ...hostNetworkTargets].map(({ attempt }) => attempt), ...resolverAttempts];

/** A datagram can always be sent: to oneself. */
const hasAnswer = ({ attempt, got }: Outcome): boolean => got && attempt.kind !== 'udp';

/** The whole of a job's life but its wipe. */
async function runJob(leaseId: string, network: JobNetwork, attempts: readonly Attempt[]): Promise<readonly Outcome[]> {
  await prepareJob(leaseId, network, attempts);
  return runPrepared(leaseId);
}

async function runPrepared(leaseId: string): Promise<readonly Outcome[]> {
  await agent.start(leaseId);
  return readOutcomes(await agent.finish(leaseId));
}

let jobs = 0;
function prepareJob(leaseId: string, network: JobNetwork, attempts: readonly Attempt[]): Promise<void> {
  prepared.push(leaseId);
  return agent.prepare({
    leaseId,
    uid: 400_000 + jobs++,
    image,
    gpu: null,
    command: COMMAND,
    env: attemptsEnv(attempts),
    inputsTar: null,
    checkpoint: null,
    memoryBytes: 512 * 2 ** 20,
    diskBytes: 16 * 2 ** 20,
    cpus: 1,
    network,
  });
}

const egress = (): JobNetwork & { readonly kind: 'egress' } => ({
  kind: 'egress',
  allow: [...LISTED],
  maxUploadBytes: 2 ** 30,
  maxDownloadBytes: 2 ** 30,
});

/** That nothing came but this, and questions for listed names. */
function expectOnly(arrivals: ReadonlyMap<string, readonly Arrival[]>, came: readonly string[]): void {
  const all = [...arrivals].flatMap(([station, list]) => list.map((arrival) => ({ station, ...arrival })));
  const names = new Set(LISTED.map((address) => address.split(':')[0]));
  const unexpected = all.filter(({ kind, to, what }) => (kind === 'dns' ? !names.has(what) : !came.includes(`${kind} ${to}`)));
  expect(unexpected).toEqual([]);
  expect(came.filter((each) => !all.some(({ kind, to }) => each === `${kind} ${to}`))).toEqual([]);
}

/** A lease's proxy, by its label. */
async function proxyOf(leaseId: string): Promise<Docker.Container> {
  const label = [`${OWNER_LABEL}=${OWNER}`, `${LEASE_LABEL}=${leaseId}`, `${PART_LABEL}=proxy`];
  const [proxy] = await lab.docker.listContainers({ filters: { label } });
  if (proxy === undefined) throw new Error(`lease ${leaseId} has no proxy that runs`);
  return lab.docker.getContainer(proxy.Id);
}

describe('on a worker at home', () => {
  test('an unhardened container reaches each machine on each way, so that this lab can tell', async () => {
    for (const [networkMode, list] of [
      ['bridge', targets],
      ['host', hostNetworkTargets],
    ] as const) {
      const outcomes = await tryUnhardened(
        lab,
        image,
        networkMode,
        list.map(({ attempt }) => attempt),
      );
      const arrivals = await takeArrivals(lab);
      const missed = list.filter((target) => !isReached(target, arrivals.get(target.station) ?? []));
      expect({ missed, failed: outcomes.filter(({ got }) => !got) }).toEqual({ missed: [], failed: [] });
      expect(outcomes).toHaveLength(list.length);
    }
  });

  test('a job without connections reaches nobody and asks no name server', async () => {
    const outcomes = await runJob('lan-none', { kind: 'none' }, directly());
    expect(outcomes).toHaveLength(directly().length);
    expect(outcomes.filter(hasAnswer)).toEqual([]);
    expect([...(await takeArrivals(lab)).values()].flat()).toEqual([]);
  });

  test.each(['with', 'without'])(
    'a job with connections reaches what it lists and nothing else, and only listed names are asked for (%s rules of the firewall)',
    async (rules) => {
      const leaseId = `lan-egress-${rules}`;
      const attempts = [...directly(), ...ALLOWED_ATTEMPTS, ...FORBIDDEN_ATTEMPTS];
      await prepareJob(leaseId, egress(), attempts);
      {
        await using _ = rules === 'with' ? null : await withoutRules(lab);
        const outcomes = await runPrepared(leaseId);
        expect(outcomes).toHaveLength(attempts.length);
        const allowed = outcomes.filter(({ attempt }) => ALLOWED_ATTEMPTS.some((each) => isDeepStrictEqual(each, attempt)));
        const content = { got: true, sha256: createHash('sha256').update(lanContent()).digest('hex') };
        expect(allowed).toEqual(ALLOWED_ATTEMPTS.map((attempt) => expect.objectContaining({ attempt, ...content })));
        expect(outcomes.filter((outcome) => hasAnswer(outcome) && !allowed.includes(outcome))).toEqual([]);
        expectOnly(await takeArrivals(lab), ['tcp 44.7.7.7:80', 'tcp 44.7.7.7:443']);
      }
    },
  );

  test('a job sends and receives no more than it may', async () => {
    const network = { ...egress(), maxUploadBytes: 2 ** 20, maxDownloadBytes: 2 ** 19 };
    const upload: Attempt = { kind: 'proxied', url: 'http://allowed.example/', uploadBytes: 8 * 2 ** 20 };
    const download: Attempt = { kind: 'proxied', url: 'http://allowed.example/content', uploadBytes: 0 };
    const [[sent], [received]] = await Promise.all([runJob('lan-upload', network, [upload]), runJob('lan-download', network, [download])]);
    const uploads = (await takeArrivals(lab)).get('internet')?.filter(({ kind }) => kind === 'upload') ?? [];
    expect(sent?.got).toBe(false);
    expect(uploads).toHaveLength(1);
    expect(Number(uploads[0]?.what)).toBeGreaterThan(0);
    expect(Number(uploads[0]?.what)).toBeLessThanOrEqual(2 ** 20);
    expect(received?.got).toBe(false);
    expect(received?.came).toBeLessThanOrEqual(2 ** 19);
  });

  test('nothing gets out once the proxy is killed', async () => {
    await prepareJob('lan-killed', egress(), [...directly(), ...ALLOWED_ATTEMPTS, ...FORBIDDEN_ATTEMPTS]);
    await (await proxyOf('lan-killed')).kill();
    await takeArrivals(lab);
    const outcomes = await runPrepared('lan-killed');
    expect(outcomes.length).toBeGreaterThan(targets.length);
    expect(outcomes.filter(hasAnswer)).toEqual([]);
    expect([...(await takeArrivals(lab)).values()].flat()).toEqual([]);
  });

  test('whoever takes over the proxy reaches public addresses at the listed ports only, for the rules of the host', async () => {
    await prepareJob('lan-backstop', egress(), []);
    const proxy = await proxyOf('lan-backstop');
    const { Id, State, NetworkSettings } = await proxy.inspect();
    const [network] = Object.values(NetworkSettings.Networks);
    const gateway = network?.Gateway ?? '';
    const route = await lab.exec('ip', '-brief', 'address', 'show', 'to', gateway);
    const bridge = route.split(/\s/)[0] ?? '';
    await lab.exec('ip', 'address', 'add', `${PROXY_V6.host}/64`, 'dev', bridge, 'nodad');
    const inProxy = ['nsenter', '--target', String(State.Pid), '--net', 'sh', '-ec'];
    const addV6 = `echo 0 > /proc/sys/net/ipv6/conf/eth0/disable_ipv6; ip address add ${PROXY_V6.proxy}/64 dev eth0 nodad; ip -6 route add default via ${PROXY_V6.host}`;
    await lab.exec(...inProxy, addV6);
    const there = proxyTargets(gateway);
    const attempts = [...there, ...targets].map(({ attempt }) => attempt);

    await takeArrivals(lab);
    // First, so that the addresses of neighbours are known already when the rules are there.
    {
      await using _ = await withoutRules(lab);
      const outcomes = await tryUnhardened(
        lab,
        image,
        `container:${Id}`,
        there.map(({ attempt }) => attempt),
      );
      const unkept = await takeArrivals(lab);
      expect(there.filter((target) => !isReached(target, unkept.get(target.station) ?? []))).toEqual([]);
      expect(outcomes.filter(({ got }) => !got)).toEqual([]);
    }
    await tryUnhardened(lab, image, `container:${Id}`, attempts);
    const ports = LISTED.map((address) => address.split(':')[1]);
    const isOpen = ({ kind, to }: Arrival): boolean => kind === 'tcp' && ports.includes(to.split(':').at(-1)) && !to.startsWith('2602:');
    const arrivals = await takeArrivals(lab);
    const [publicly, atHome] = [arrivals.get('internet') ?? [], [...arrivals].filter(([station]) => station !== 'internet')];
    expect(publicly.filter((arrival) => !isOpen(arrival))).toEqual([]);
    expect(publicly.filter(isOpen)).not.toEqual([]);
    // The router is the name server, which the proxy has to ask.
    expect(atHome.flatMap(([, list]) => list).filter(({ kind }) => kind !== 'dns')).toEqual([]);
  });

  test('a wiped job leaves no rule, network, container or volume', async () => {
    expect(await takeInventory(lab)).toEqual(before);
    await prepareJob('lan-inventory', egress(), []);
    expect((await takeInventory(lab)).length).toBeGreaterThan(before.length);
    await agent.wipe('lan-inventory');
    expect(await takeInventory(lab)).toEqual(before);
  });
});
