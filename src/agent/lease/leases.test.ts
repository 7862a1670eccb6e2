import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Invoice, LeaseTerms } from '../../contract/model/lease.ts';
import type { Offer } from '../../contract/model/offer.ts';
import { ProblemError } from '../../contract/model/problem.ts';
import { signatureContext } from '../../contract/session-api.ts';
import { systemClock } from '../../lib/clock.ts';
import { createLogger } from '../../lib/log.ts';
import { newPrivateKeyPem, openSigner } from '../../lib/signing.ts';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import { openOwnerWord } from '../presence/owner.ts';
import type { Verdict } from '../presence/verdict.ts';
import type { ControlGroup, JobSandbox, RunStatus } from '../sandbox/sandbox.ts';
import { writeEnrolment } from '../store/enrolment-row.ts';
import { readLease } from '../store/lease-rows.ts';
import { openStore } from '../store/open.ts';
import { readOutbox } from '../store/outbox-rows.ts';
import { readYields } from '../store/yield-rows.ts';
import { openLeases } from './leases.ts';

const MIB = 2 ** 20;
const terms: LeaseTerms = {
  leaseId: 'lease_1',
  leaseEpoch: 1,
  jobId: 'job_1',
  deviceId: 'dev_1',
  workerId: 'worker_1',
  spec: {
    name: 'j',
    image: `sha256:${'0'.repeat(64)}`,
    command: ['true'],
    env: {},
    inputs: null,
    outputs: [],
    deviceClass: 'cpu',
    vramBytes: null,
    timeLimitMs: 60_000,
    memoryBytes: 64 * MIB,
    diskBytes: 64 * MIB,
    cpus: 1,
    network: { kind: 'none' },
    checkpoint: null,
    maxMicroPerHour: 50_000,
  },
  checkpoint: null,
  microPerHour: 50_000,
  takeRateBasisPoints: 2_000,
  currency: 'TEST',
  maxUnfrozenMs: 60_000,
  receiptIntervalMs: 5_000,
  grantedAtMs: 0,
};
const offer: Offer = {
  deviceId: 'dev_1',
  deviceClass: 'cpu',
  deviceName: 'd',
  microPerHour: 50_000,
  vramBytes: null,
  memoryBytes: 128 * MIB,
  diskBytes: 128 * MIB,
  cpus: 2,
  egress: false,
};

const letRun = (): Verdict => ({ kind: 'run' });
const letFreeze = (): Verdict => ({ kind: 'freeze', causes: ['owner-active'], sinceMonotonicMs: performance.now() });

const letEvict = (): Verdict => ({ kind: 'evict', causes: ['fullscreen'], sinceMonotonicMs: performance.now() });

/** An engine that does what it is told, each call as slow or as faulty as the test says: the moments between two calls are what is tested. */
function scriptedSandbox(initial: RunStatus = { kind: 'absent' }) {
  let status = initial;
  const calls: string[] = [];
  const faults: Partial<Record<'freeze' | 'limit' | 'wipe' | 'status', () => Promise<void>>> = {};
  const exits = new Set<() => void>();
  const end = (exitCode: number): void => {
    status = { kind: 'exited', exitCode, outOfMemory: false, startedAtMs: 1, finishedAtMs: 2 };
    for (const exit of exits) exit();
  };
  const isLive = (): boolean => status.kind === 'running' || status.kind === 'paused';
  const sandbox: JobSandbox = {
    engine: () => Promise.resolve({ kind: 'starting' }),
    connections: async () => [],
    cpuMs: async () => null,
    answers: async () => true,
    holdAll: async () => undefined,
    prepare: async () => {
      calls.push('prepare');
      status = { kind: 'created' };
    },
    start: async () => {
      calls.push('start');
      status = { kind: 'running', startedAtMs: 1 };
      return 1;
    },
    status: async () => {
      await faults.status?.();
      return status;
    },
    waitForExit: async (_id, signal) => {
      if (isLive()) {
        await new Promise<void>((resolve, reject) => {
          exits.add(resolve);
          signal.addEventListener('abort', () => reject(new Error('aborted')));
        });
      }
      return status;
    },
    async *log(_id, signal) {
      if (!isLive() || signal.aborted) return;
      await new Promise<void>((resolve) => {
        exits.add(resolve);
        signal.addEventListener('abort', () => resolve());
      });
    },
    controlGroup: async () => null,
    limitCpus: async (_id, cpus) => {
      calls.push(`limit ${cpus}`);
      await faults.limit?.();
    },
    terminate: async () => {
      calls.push('terminate');
    },
    freeze: async () => {
      calls.push('freeze');
      await faults.freeze?.();
      if (status.kind === 'running') status = { kind: 'paused', startedAtMs: 1 };
    },
    thaw: async () => {
      calls.push('thaw');
      if (status.kind === 'paused') status = { kind: 'running', startedAtMs: 1 };
    },
    kill: async () => {
      calls.push('kill');
      if (isLive()) end(137);
    },
    collect: async () => null,
    collectCheckpoint: async () => null,
    checkpointAtMs: async () => null,
    wipe: async () => {
      calls.push('wipe');
      await faults.wipe?.();
      status = { kind: 'absent' };
    },
    sweep: async () => [],
  };
  return { sandbox, calls, faults, end };
}

function worker(initial?: RunStatus, dataDir = tempFolder()) {
  const db = openStore(dataDir);
  const network = openSigner(newPrivateKeyPem());
  const engine = scriptedSandbox(initial);
  const offers: Offer[] = [offer];
  writeEnrolment(
    db,
    {
      networkUrl: 'http://127.0.0.1:1',
      workerId: 'worker_1',
      network: {
        id: 'net',
        name: 'n',
        version: '0',
        publicKey: network.publicKey,
        currency: 'TEST',
        takeRateBasisPoints: 2_000,
        holdbackMs: 0,
      },
    },
    0,
  );
  const leases = openLeases({
    db,
    clock: systemClock,
    logger: createLogger('test', 'silent'),
    sandbox: engine.sandbox,
    signer: openSigner(newPrivateKeyPem()),
    ownerWord: openOwnerWord(db, systemClock),
    dataDir,
    offers: () => offers,
    outboxGrew: () => undefined,
    changed: () => undefined,
    engineLost: () => undefined,
    cpuCount: 2,
    gpuOf: () => null,
    gpuMemory: { taken: () => undefined, left: () => undefined },
    evictAfterMs: () => 600_000,
    yielded: () => undefined,
  });
  const grant = (over: Partial<LeaseTerms> = {}) => {
    const asked = { ...terms, ...over };
    return leases.grant({ terms: asked, networkSignature: network.sign(signatureContext.leaseTerms, asked) });
  };
  const seal = (): void => {
    const invoice: Invoice = {
      leaseId: 'lease_1',
      leaseEpoch: 1,
      jobId: 'job_1',
      jobName: 'j',
      deviceId: 'dev_1',
      currency: 'TEST',
      closeReason: 'cancelled',
      unfrozenMs: 0,
      microPerHour: 50_000,
      chargeMicro: 0,
      feeMicro: 0,
      netMicro: 0,
      availableAtMs: 0,
      sealedAtMs: 0,
    };
    leases.seal({ invoice, networkSignature: network.sign(signatureContext.invoice, invoice) });
  };
  const live = () => leases.live()[0];
  const state = () => readLease(db, 'lease_1')?.state;
  const outcome = () =>
    readOutbox(db, 0, 100)
      .map((record) => (record.kind === 'result' ? record.result.outcome : null))
      .find((each) => each !== null);
  const run = async (): Promise<void> => {
    grant();
    leases.start('lease_1', 1);
    leases.apply(letRun);
    await expect.poll(state).toBe('running');
  };
  return { ...engine, db, dataDir, leases, grant, seal, state, outcome, run, live, offers };
}

describe('a grant', () => {
  it('is taken once, and again only on the same terms', () => {
    const { grant } = worker();
    expect(grant()).toMatchObject({ accepted: true });
    expect(grant()).toMatchObject({ accepted: true });
    expect(grant({ microPerHour: 60_000 })).toMatchObject({ accepted: false, code: 'bad-terms' });
  });

  const inputs = { digest: `sha256:${'0'.repeat(64)}`, sizeBytes: 129 * MIB };
  it.each<[string, Partial<LeaseTerms>]>([
    ['another class of device', { spec: { ...terms.spec, deviceClass: 'gpu' } }],
    ['inputs that exceed the disk', { spec: { ...terms.spec, inputs } }],
    ['a higher fee than the worker enrolled for', { takeRateBasisPoints: 10_000 }],
    ['another currency', { currency: 'USD' }],
    ['amounts that are no exact numbers', { microPerHour: Number.MAX_SAFE_INTEGER, maxUnfrozenMs: 7 * 24 * 3_600_000 }],
    ['receipts without a pause', { receiptIntervalMs: 1 }],
  ])('is refused for %s', (_what, over) => {
    expect(worker().grant(over)).toMatchObject({ accepted: false, code: 'bad-terms' });
  });
});

describe('the owner', () => {
  it('who is back before the job began is not disturbed by it', async () => {
    const { leases, calls, grant } = worker();
    grant();
    leases.start('lease_1', 1);
    leases.apply(letFreeze);
    await expect.poll(() => calls).toContain('prepare');
    await sleep(50);
    expect(calls).not.toContain('start');
    leases.apply(letRun);
    await expect.poll(() => calls).toContain('start');
    await leases.stopAll();
  });

  it('who had paused before a crash finds the job frozen until presence says otherwise', async () => {
    const { leases, calls, run, dataDir, db } = worker();
    await run();
    leases.apply(letFreeze);
    await expect.poll(() => calls).toContain('freeze');
    db.close(); // the agent is killed here
    const next = worker({ kind: 'paused', startedAtMs: 1 }, dataDir);
    await next.leases.recover();
    await sleep(50);
    expect(next.calls).not.toContain('thaw');
    next.leases.apply(letRun);
    await expect.poll(() => next.calls).toContain('thaw');
    await next.leases.stopAll();
  });

  it('gets the machine back by a throttle where the engine cannot freeze, and by a freeze as soon as it can', async () => {
    const { leases, faults, calls, run, state, live } = worker();
    await run();
    faults.freeze = () => Promise.reject(new ProblemError('internal', 'The engine could not freeze the job.', 'Stop it.'));
    leases.apply(letFreeze);
    await expect.poll(() => calls).toContain('limit 0.1');
    await expect.poll(() => live()?.throttled).toBe(true);
    delete faults.freeze;
    await expect.poll(state, { timeout: 5_000 }).toBe('frozen');
    expect(calls).not.toContain('kill');
    leases.apply(letRun);
    await expect.poll(state).toBe('running');
    expect(calls.slice(-2)).toEqual(['limit 1', 'thaw']);
    await leases.stopAll();
  });

  it('gets the machine back by a kill where the engine can neither freeze nor throttle', async () => {
    const { leases, faults, calls, run, outcome } = worker();
    await run();
    faults.freeze = () => Promise.reject(new ProblemError('internal', 'The engine could not freeze the job.', 'Stop it.'));
    faults.limit = () => Promise.reject(new Error('no quota here'));
    leases.apply(letFreeze);
    await expect.poll(outcome).toEqual({ kind: 'yielded' });
    expect(calls).toContain('kill');
  });

  it('stops a job although the disk is full', async () => {
    const { leases, calls, db, run } = worker();
    await run();
    db.pragma('query_only = ON'); // every write fails, as on a full disk
    leases.stopByOwner('lease_1');
    await expect.poll(() => calls).toContain('kill');
    db.pragma('query_only = OFF');
  });
});

/** A control group whose kernel obeys after so many looks. */
function scriptedGroup(looksUntilFrozen: number) {
  const orders: string[] = [];
  let looks = 0;
  const said = (order: string): boolean => orders.push(order) > 0;
  const group: ControlGroup = {
    usageFolder: null,
    freeze: () => said('freeze'),
    thaw: () => {
      looks = 0;
      return said('thaw');
    },
    isFrozen: () => orders.includes('freeze') && ++looks > looksUntilFrozen,
    limitCpus: (cpus) => said(`limit ${cpus}`),
    terminate: () => said('terminate'),
    kill: () => void said('kill'),
    isEmpty: () => orders.includes('kill'),
    close: () => void said('close'),
  };
  return { group, orders };
}

describe('where the control group is ours to write', () => {
  it('all that takes from the job is done before the call returns', async () => {
    const { leases, sandbox, run, calls } = worker();
    const { group, orders } = scriptedGroup(0);
    sandbox.controlGroup = async () => group;
    await run();
    await expect.poll(() => leases.live()[0]?.step).toBe('running');
    leases.apply(letFreeze);
    expect(orders).toEqual(['freeze']);
    expect(calls).not.toContain('freeze');
    leases.apply(letFreeze);
    expect(orders).toEqual(['freeze']);
    leases.apply(letRun);
    await expect.poll(() => orders).toEqual(['freeze', 'thaw']);
    leases.apply(() => ({ kind: 'throttle', cpuShare: 0.25, causes: ['owner-active'], sinceMonotonicMs: 0 }));
    expect(orders.at(-1)).toBe('limit 0.5');
    leases.apply(letEvict);
    expect(orders.at(-1)).toBe('kill');
    await leases.stopAll();
    expect(orders.at(-1)).toBe('close');
  });

  it('a freeze that the kernel delays is ordered again until it holds, and measured to its end', async () => {
    const { leases, sandbox, run, state, db } = worker();
    const { group, orders } = scriptedGroup(5);
    sandbox.controlGroup = async () => group;
    await run();
    await expect.poll(() => leases.live()[0]?.step).toBe('running');
    leases.apply(letFreeze);
    await expect.poll(state).toBe('frozen');
    expect(orders.filter((order) => order === 'freeze').length).toBeGreaterThan(3);
    await expect.poll(() => readYields(db, Date.now()).recent).toMatchObject([{ kind: 'freeze', means: 'cgroup', failedAttempts: 0 }]);
    await leases.stopAll();
  });

  it('a kernel that never obeys has the engine and a record of it besides', async () => {
    const { leases, sandbox, run, state, db } = worker();
    sandbox.controlGroup = async () => scriptedGroup(Number.POSITIVE_INFINITY).group;
    await run();
    await expect.poll(() => leases.live()[0]?.step).toBe('running');
    leases.apply(letFreeze);
    await expect.poll(state, { timeout: 5_000 }).toBe('frozen');
    await expect.poll(() => readYields(db, Date.now()).recent).toMatchObject([{ kind: 'freeze', means: 'engine', failedAttempts: 1 }]);
    await leases.stopAll();
  });

  it('an eviction does not wait for the pause that is under way, and is told apart from it', async () => {
    const { leases, sandbox, faults, calls, run, outcome, end, db } = worker();
    const { group, orders } = scriptedGroup(Number.POSITIVE_INFINITY);
    sandbox.controlGroup = async () => group;
    group.kill = () => {
      orders.push('kill');
      end(137);
    };
    await run();
    await expect.poll(() => leases.live()[0]?.step).toBe('running');
    const { promise, resolve } = Promise.withResolvers<void>();
    faults.freeze = () => promise;
    leases.apply(letFreeze);
    await expect.poll(() => calls).toContain('freeze');
    leases.apply(letEvict);
    expect(orders).toContain('kill');
    resolve();
    await expect.poll(outcome).toEqual({ kind: 'yielded' });
    await expect.poll(() => readYields(db, Date.now()).recent).toMatchObject([{ kind: 'evict', means: 'kill' }]);
  });
});

describe('a seal', () => {
  it('stands, although a freeze was under way when it came', async () => {
    const { leases, faults, calls, run, seal, state, dataDir } = worker();
    await run();
    const { promise, resolve } = Promise.withResolvers<void>();
    faults.freeze = () => promise;
    leases.apply(letFreeze);
    await expect.poll(() => calls).toContain('freeze');
    seal();
    resolve();
    await expect.poll(() => calls).toContain('kill');
    await expect.poll(() => leases.report()).toEqual([]);
    expect(state()).toBe('sealed');
    expect(existsSync(join(dataDir, 'leases', 'lease_1'))).toBe(false);
  });

  it('leaves nothing that a late call could bring back', async () => {
    const { leases, run, seal, dataDir } = worker();
    await run();
    seal();
    await expect.poll(() => leases.report()).toEqual([]);
    expect(() => leases.readArtifacts('lease_1')).toThrow(/settled and wiped/);
    await expect(leases.readLog('lease_1', 0, new AbortController().signal).next()).rejects.toThrow(/settled and wiped/);
    await expect(leases.receiveInputs('lease_1', Readable.from([]))).rejects.toThrow(/settled and wiped/);
    expect(readdirSync(join(dataDir, 'leases'))).toEqual([]);
  });

  it('is wiped by one call at a time, and again when that failed', async () => {
    const { leases, faults, run, seal, end } = worker();
    let running = 0;
    let most = 0;
    let tries = 0;
    faults.wipe = async () => {
      running += 1;
      most = Math.max(most, running);
      await sleep(20);
      running -= 1;
      tries += 1;
      if (tries <= 2) throw new Error('busy');
    };
    await run();
    end(0);
    await expect.poll(() => tries).toBeGreaterThan(0);
    seal();
    void leases.cleanUp();
    void leases.cleanUp();
    await expect.poll(() => leases.report()).toEqual([]);
    expect(most).toBe(1);
    expect(tries).toBeGreaterThan(2);
  });
});

describe('closing', () => {
  it('starts nothing any more', async () => {
    const { leases, grant, calls } = worker();
    grant();
    await leases.stopAll();
    expect(() => leases.start('lease_1', 1)).toThrow(/being closed/);
    expect(calls).toEqual([]);
  });

  it('ends also what an earlier run of the agent has left and nobody has taken up yet', async () => {
    const { run, dataDir, db } = worker();
    await run();
    db.close(); // the agent is killed here
    const next = worker({ kind: 'running', startedAtMs: 1 }, dataDir);
    await next.leases.stopAll();
    expect(next.calls).toContain('kill');
    expect(next.outcome()).toEqual({ kind: 'agent-stopped' });
  });
});

describe('a job', () => {
  it('is watched by nobody any more once its engine is lost: no stream of the engine keeps the agent from ending', async () => {
    const { grant, leases, sandbox, faults, outcome } = worker({ kind: 'running', startedAtMs: 1 });
    const watching: AbortSignal[] = [];
    const { waitForExit } = sandbox;
    sandbox.waitForExit = (id, signal) => {
      watching.push(signal);
      faults.status = () => Promise.reject(new ProblemError('engine-lost', 'The engine is gone.', 'Start it.'));
      return waitForExit(id, signal);
    };
    grant();
    leases.start('lease_1', 1);
    await expect.poll(() => watching.length).toBe(1);
    await sleep(20);
    leases.stopByOwner('lease_1');
    await expect.poll(outcome).toEqual({ kind: 'owner-stopped' });
    expect(watching.map((signal) => signal.aborted)).toEqual([true]);
  });

  it('that something outside ended while the agent was away is tried again, not reported as failed', async () => {
    const { run, dataDir, db } = worker();
    await run();
    db.close(); // the machine is restarted here
    const next = worker({ kind: 'exited', exitCode: 143, outOfMemory: false, startedAtMs: 1, finishedAtMs: 2 }, dataDir);
    await next.leases.recover();
    await expect.poll(next.outcome).toEqual({ kind: 'engine-lost' });
  });

  it('gets inputs that arrived whole, although two connections sent them at once', async () => {
    const { grant, leases, dataDir } = worker();
    const bytes = Buffer.alloc(3 * MIB, 'x');
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    grant({ spec: { ...terms.spec, inputs: { digest, sizeBytes: bytes.length } } });
    const dead = leases.receiveInputs('lease_1', new Readable({ read: () => undefined }));
    const refused = expect(dead).rejects.toThrow(/aborted/);
    await leases.receiveInputs('lease_1', Readable.from([bytes]));
    await refused;
    expect(readdirSync(join(dataDir, 'leases', 'lease_1'))).toEqual(['inputs.tar']);
  });
});
