import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { faultOfAsk } from '../../src/agent/lease/terms.ts';
import { findSocketPath } from '../../src/agent/sandbox/engine.ts';
import { openSandbox } from '../../src/agent/sandbox/sandbox.ts';
import { importBashImage } from '../../src/agent/sandbox/testing/bash-image.ts';
import { setOwnerSetting } from '../../src/agent/settings/settings.ts';
import { openStore } from '../../src/agent/store/open.ts';
import { TEST_TERMS } from '../../src/agent/testing/terms.ts';
import { readState, withAgent } from '../../src/cli/agent-client.ts';
import { openHome } from '../../src/cli/home.ts';
import { startPart } from '../../src/cli/start/child.ts';
import { jobSpec } from '../../src/contract/model/job.ts';
import { type LeaseTerms, leaseTerms } from '../../src/contract/model/lease.ts';
import type { Offer } from '../../src/contract/model/offer.ts';
import { grantAnswer, signatureContext } from '../../src/contract/session-api.ts';
import { createLogger } from '../../src/lib/log.ts';
import { tempFolder } from '../../src/lib/testing/temp-folder.ts';
import type { Granted } from '../policy/granted.ts';
import { type HostileNetwork, startHostileNetwork } from '../policy/hostile-network.ts';
import { hostileTerms } from '../policy/hostile-terms.ts';
import { hostileText } from '../policy/hostile-words.ts';
import { faultsOfContainer } from '../policy/policy.ts';
import { run } from './machine.ts';

const CREATED = 25;
const GRANTS = 300;
const STARTED = 5;
const seed = Number(process.env.NIGHTSHIFT_SEED ?? 20_261_122);
const docker = new Docker({ socketPath: findSocketPath() });
const never = new AbortController().signal;
const MIB = 2 ** 20;
const IMAGE_ENV = ['PATH=/usr/bin', 'LD_PRELOAD=/evil.so', 'NVIDIA_VISIBLE_DEVICES=all'];
let image: string;

beforeAll(async () => {
  console.log(`seed ${seed}`);
  image = await importBashImage(docker, [
    ...['ENV LD_PRELOAD=/evil.so NVIDIA_VISIBLE_DEVICES=all', 'ENTRYPOINT ["/evil"]', 'CMD ["--evil"]', 'USER 0', 'EXPOSE 80'],
    ...['HEALTHCHECK CMD /evil', 'WORKDIR /etc', 'LABEL nightshift.worker=another nightshift.part=proxy'],
  ]);
});

const inspect = (leaseId: string): Promise<Docker.ContainerInspectInfo> => docker.getContainer(`nightshift-${leaseId}`).inspect();

async function grantedBy(terms: LeaseTerms, owner: string, uid: number): Promise<Granted> {
  const { spec } = terms;
  const { Config } = await docker.getImage(image).inspect();
  const holder = `nightshift-${terms.leaseId}.holder`;
  return {
    owner,
    uid,
    leaseId: terms.leaseId,
    imageId: image,
    command: spec.command,
    env: spec.env,
    imageEnv: IMAGE_ENV,
    imageLabels: Config.Labels,
    checkpointIntervalMs: spec.checkpoint?.intervalMs ?? null,
    memoryBytes: spec.memoryBytes,
    cpus: spec.cpus,
    cpuCount: availableParallelism(),
    ulimitCeilings: new Map(),
    holder: spec.network.kind === 'none' ? null : [holder, (await docker.getContainer(holder).inspect()).Id],
    gpu: null,
  };
}

describe('containers on a real engine', () => {
  const owner = 'policy-test';
  const offer: Offer = {
    deviceId: 'dev_1',
    deviceClass: 'cpu',
    deviceName: 'CPU',
    microPerHour: 0,
    vramBytes: null,
    memoryBytes: 256 * MIB,
    diskBytes: 64 * MIB,
    cpus: 2,
    egress: true,
  };

  it('are within the policy by what the engine says of them, whatever the job asks for', async () => {
    const sandbox = openSandbox({ owner, stateDir: tempFolder(), logger: createLogger('test', 'silent') });
    const samples = fc.sample(hostileTerms({}, fc.constant(image)), { numRuns: 1_000, seed });
    const fitting = samples.flatMap((raw) => {
      const terms = leaseTerms.safeParse(JSON.parse(JSON.stringify(raw))).data;
      return terms !== undefined && faultOfAsk(terms, offer) === null && terms.spec.image === image ? [terms] : [];
    });
    const faults: string[] = [];
    const left = fitting.entries();
    let created = 0;
    let connected = 0;
    const work = async (): Promise<void> => {
      for (const [index, sample] of left) {
        const terms = { ...sample, leaseId: `policy-${index}` };
        const { spec, leaseId } = terms;
        const uid = 290_000 + index;
        const checkpoint = spec.checkpoint && { intervalMs: spec.checkpoint.intervalMs, tar: null };
        const refusal = await sandbox
          .prepare({ ...spec, leaseId, uid, inputsTar: null, checkpoint, gpu: null }, never, () => undefined)
          .catch(String);
        if (refusal !== undefined) continue; // by the engine, such as a command without a name; it has left nothing, as the sweep tells
        const made = await inspect(leaseId);
        const granted = await grantedBy(terms, owner, uid);
        faults.push(...faultsOfContainer(made, granted).map((fault) => `${JSON.stringify(spec)}: ${fault}`));
        if (created === 0) expectRefusals(made, granted);
        await sandbox.wipe(leaseId);
        created += 1;
        if (spec.network.kind === 'egress') connected += 1;
        if (created >= CREATED) return;
      }
    };
    const lanes = await Promise.allSettled(Array.from({ length: 4 }, work));
    const swept = await sandbox.sweep(new Set());
    for (const lane of lanes) if (lane.status === 'rejected') throw lane.reason;
    expect(created).toBeGreaterThanOrEqual(CREATED);
    expect(connected).toBeGreaterThan(0);
    expect(faults).toEqual([]);
    expect(swept).toEqual([]);
  });

  /** What the engine says of a container that is not as it should be is refused, too. */
  function expectRefusals(made: Docker.ContainerInspectInfo, granted: Granted): void {
    const changes: readonly (readonly [where: string, change: object])[] = [
      ['HostConfig.Privileged', { HostConfig: { ...made.HostConfig, Privileged: true } }],
      ['HostConfig.PidMode', { HostConfig: { ...made.HostConfig, PidMode: 'host' } }],
      ['HostConfig.Binds', { HostConfig: { ...made.HostConfig, Binds: ['/:/host'] } }],
      ['HostConfig.SecurityOpt', { HostConfig: { ...made.HostConfig, SecurityOpt: null } }],
      ['Config.User', { Config: { ...made.Config, User: '0:0' } }],
      ['Config.Labels', { Config: { ...made.Config, Labels: {} } }],
      ['LD_PRELOAD', { Config: { ...made.Config, Env: [...made.Config.Env, 'LD_PRELOAD=/evil.so'] } }],
      ['mounts', { Mounts: [...made.Mounts, { Type: 'bind', Source: '/', Destination: '/host', RW: true }] }],
      ['ports', { NetworkSettings: { ...made.NetworkSettings, Ports: { '80/tcp': [{ HostPort: '80' }] } } }],
      ['networks', { NetworkSettings: { ...made.NetworkSettings, Networks: { bridge: {} } } }],
      ['made of', { Image: `sha256:${'b'.repeat(64)}` }],
      ['runs', { Args: ['--evil'] }],
      ['AppArmor', { AppArmorProfile: 'unconfined' }],
    ];
    for (const [where, change] of changes) expect(faultsOfContainer({ ...made, ...change }, granted).join('\n')).toContain(where);
  }
});

describe('a real agent whose network is hostile', () => {
  it('goes on, starts nothing outside the policy, and leaves nothing', async () => {
    await using network = await startHostileNetwork();
    const home = openHome(mkdtempSync(join(tmpdir(), 'nightshift-e2e-')));
    const db = openStore(home.agentDir);
    setOwnerSetting(db, 'presence.cpuByOthersShare', 1);
    setOwnerSetting(db, 'presence.dedicated', true);
    setOwnerSetting(db, 'sandbox.checkFirst', false);
    setOwnerSetting(db, 'limits.memoryShare', 0.05);
    db.close();
    const agent = await startPart('agent', home, ['--ui-port', '0']);
    try {
      await withAgent(home, (client) => client.enrolment.enrol({ networkUrl: network.url, token: 'any' }));
      await network.online;
      const state = () => withAgent(home, readState);
      await expect.poll(async () => (await state()).presence.decision, { timeout: 60_000 }).toBe('run');
      const { devices, worker } = await state();
      const label = `label=nightshift.worker=${worker.publicKey}`;
      const ours = async (): Promise<string> => (await run('docker', ['ps', '-aq', '--filter', label])).stdout.trim();

      const deviceId = devices[0]?.id ?? '';
      const taken = await grantAll(network, deviceId);
      console.log(`${GRANTS} grants: ${taken} taken`);
      expect(taken).toBeGreaterThan(GRANTS / 20);
      await startSome(network, deviceId, worker.publicKey);
      await shout(network);

      await expect.poll(ours, { timeout: 30_000 }).toBe('');
      expect((await state()).session.kind).toBe('online');
      expect((await state()).notices).toEqual([]);
      process.kill(agent.pid, 0); // throws where it is gone
      expect(network.dialled()).toBe(1);
    } finally {
      await agent.stop();
      rmSync(home.root, { recursive: true, force: true });
    }
  }, 120_000);

  /** Hundreds of grants, most of them hostile somewhere; returns how many were taken. Those are ended again before they begin. */
  async function grantAll(network: HostileNetwork, deviceId: string): Promise<number> {
    const fixed = { deviceId, workerId: network.workerId, microPerHour: 1_000_000 };
    const samples = fc.sample(hostileTerms(fixed, fc.constant(image)), { numRuns: GRANTS, seed });
    const signatures = fc.sample(hostileText, { numRuns: GRANTS, seed });
    let taken = 0;
    for (const [index, sample] of samples.entries()) {
      const leaseId = index % 5 === 4 ? sample.leaseId : `hostile-${index}`;
      const terms: unknown = JSON.parse(JSON.stringify({ ...sample, leaseId, leaseEpoch: index + 1 }));
      const networkSignature = index % 10 === 9 ? signatures[index] : signatureOf(network, terms);
      const granted = await grant(network, { terms, networkSignature }, deviceId);
      if (granted === null) continue;
      taken += 1;
      expect((await network.call('leases/cancel', granted)).status).toBe(200);
    }
    return taken;
  }

  /** Jobs that really begin, hostile in whatever their container could be made of. */
  async function startSome(network: HostileNetwork, deviceId: string, owner: string): Promise<void> {
    const good = { deviceId, workerId: network.workerId, microPerHour: 1_000_000 };
    const specs = fc.sample(hostileTerms(good, fc.constant(image)), { numRuns: 500, seed }).flatMap((raw) => {
      const spec = jobSpec.safeParse(JSON.parse(JSON.stringify(raw.spec ?? null))).data;
      return spec !== undefined && Object.keys(spec.env).length > 0 ? [spec] : [];
    });
    for (const [index, { env, cpus, checkpoint }] of specs.slice(0, STARTED).entries()) {
      const terms: LeaseTerms = {
        ...TEST_TERMS,
        ...good,
        leaseId: `begun-${index}`,
        leaseEpoch: GRANTS + 1 + index,
        spec: { ...TEST_TERMS.spec, image, command: ['sleep', '60'], env, checkpoint, cpus: Math.min(cpus, 0.5) },
      };
      const granted = await grant(network, { terms, networkSignature: signatureOf(network, terms) }, deviceId);
      expect(granted, JSON.stringify(terms)).not.toBeNull();
      expect((await network.call('leases/start', granted)).status).toBe(200);
      const made = await untilMade(terms.leaseId);
      const uid = Number(made.Config.User.split(':')[0]);
      expect(faultsOfContainer(made, await grantedBy(terms, owner, uid))).toEqual([]);
      expect((await network.call('leases/cancel', granted)).status).toBe(200);
    }
  }

  /** Null: refused, or not of the contract. The worker is asked again while its device is still being freed. */
  async function grant(network: HostileNetwork, signed: unknown, deviceId: string): Promise<unknown> {
    const named = z
      .object({ terms: z.object({ deviceId: z.literal(deviceId), leaseId: z.string(), leaseEpoch: z.int() }) })
      .safeParse(signed).data;
    for (;;) {
      const { status, text } = await network.call('leases/grant', signed);
      if (status !== 200) {
        expect(status, text).toBe(400);
        return null;
      }
      const answer = z.object({ json: grantAnswer }).parse(JSON.parse(text)).json;
      if (answer.accepted) return { leaseId: answer.lease.leaseId, leaseEpoch: answer.lease.leaseEpoch };
      if (named === undefined || !['device-busy', 'not-offered'].includes(answer.code)) return null;
      await sleep(20);
    }
  }

  function signatureOf(network: HostileNetwork, terms: unknown): string {
    try {
      return network.signer.sign(signatureContext.leaseTerms, terms);
    } catch {
      return 'unsigned'; // what has no canonical form has no signature
    }
  }

  async function untilMade(leaseId: string): Promise<Docker.ContainerInspectInfo> {
    const lookUp = () => inspect(leaseId).catch(() => null); // not made yet
    await expect.poll(lookUp, { timeout: 30_000 }).not.toBeNull();
    return inspect(leaseId);
  }

  /** What no network would send: no JSON, prototypes, paths, streams of leases that are none. Each is answered with a refusal. */
  async function shout(network: HostileNetwork): Promise<void> {
    const bodies = [
      ...['', 'null', '[]', '{', '"', '{"json":', '{"json":null,"meta":null}', '{"json":{},"meta":[[0,"__proto__","polluted"]]}'],
      ...['{"json":{"terms":{}},"meta":[[1,"terms","constructor","prototype"],[2,"terms"],[99]]}', '{"__proto__":{"x":1}}', '\u0000', '🙂'],
      ...[
        '{"json":{"leaseId":{"length":1e9},"leaseEpoch":[]}}',
        `{"json":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
        'a'.repeat(3 * MIB),
      ],
    ];
    const procedures = [
      'leases/grant',
      'leases/start',
      'leases/cancel',
      'leases/seal',
      'outbox/ack',
      'ledger/compare',
      'accepted',
      '__proto__',
      'nothing',
    ];
    for (const procedure of procedures) {
      for (const body of bodies) {
        const { status } = await network.ask('POST', `/rpc/${procedure}`, body);
        expect(status ?? 400, `${procedure} ${body.slice(0, 80)}`).toBeGreaterThanOrEqual(400);
      }
    }
    const paths = [
      '/leases/../inputs',
      '/leases/%2e%2e/inputs',
      '/leases/none/inputs',
      '/leases/none/artifacts',
      '/leases/none/log?offset=NaN',
      '//',
      '/rpc',
      '/*',
    ];
    for (const path of paths) {
      for (const method of ['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS']) {
        const { status } = await network.ask(method, path, method === 'GET' ? '' : 'x'.repeat(1_000), 'application/x-tar');
        expect(status ?? 400, `${method} ${path}`).toBeGreaterThanOrEqual(200);
      }
    }
  }
});
