import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { JobSpec } from '../../contract/model/job.ts';
import type { YieldRecord } from '../../contract/model/presence.ts';
import { systemClock } from '../../lib/clock.ts';
import { newId } from '../../lib/ids.ts';
import { createLogger } from '../../lib/log.ts';
import { newPrivateKeyPem, openSigner } from '../../lib/signing.ts';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import { openOwnerWord } from '../presence/owner.ts';
import type { Verdict } from '../presence/verdict.ts';
import { findSocketPath } from '../sandbox/engine.ts';
import { type ControlGroup, openSandbox, type Sandbox } from '../sandbox/sandbox.ts';
import { importBashImage } from '../sandbox/testing/bash-image.ts';
import { insertLease, readLease, setLeaseStarted, setLeaseState } from '../store/lease-rows.ts';
import { openStore } from '../store/open.ts';
import { readOutbox } from '../store/outbox-rows.ts';
import { readYields } from '../store/yield-rows.ts';
import { TEST_TERMS } from '../testing/terms.ts';
import { type Run, startRun } from './run.ts';
import { openSpool } from './spool.ts';

const docker = new Docker({ socketPath: findSocketPath() });
const owner = `test-ladder-${process.pid}`;
const logger = createLogger('test', 'silent');
const dataDir = tempFolder();
const real = openSandbox({ owner, stateDir: `${dataDir}/sandbox`, logger });
const db = openStore(dataDir);
const runs: Run[] = [];
const groups: ControlGroup[] = [];
let image = '';

beforeAll(async () => {
  image = await importBashImage(docker);
});
afterEach(async () => {
  for (const run of runs.splice(0)) {
    run.stop({ kind: 'agent-stopped' });
    await run.finished;
  }
  for (const group of groups.splice(0)) group.close();
  await real.sweep(new Set());
});
afterAll(async () => {
  db.close();
  await docker.getImage(image).remove({ force: true });
});

const BURN = 'echo ready; for i in 1 2 3; do (while :; do :; done) & done; for ((n = 0; ; n++)); do echo $n > out/count; done';
const checkpoint = { intervalMs: 1_000, graceMs: 1_200 };
const since = () => ({ causes: ['owner-active'] as const, sinceMonotonicMs: systemClock.monotonicMs() });
const letRun = (run: Run): void => run.apply({ kind: 'run' });
const freeze = (): Verdict => ({ kind: 'freeze', ...since() });
const evict = (): Verdict => ({ kind: 'evict', ...since() });

interface Options {
  readonly spec?: Partial<JobSpec>;
  readonly sandbox?: Partial<Sandbox>;
  readonly evictAfterMs?: number;
}

/** A lease of its own, granted and not begun. */
function leased(script: string, { spec, sandbox, evictAfterMs }: Options = {}) {
  const leaseId = newId('lease', Date.now()).toLowerCase();
  const job: JobSpec = { ...TEST_TERMS.spec, image, command: ['bash', '-c', script], cpus: 2, ...spec };
  insertLease(db, { terms: { ...TEST_TERMS, leaseId, spec: job }, networkSignature: 's' }, false, Date.now());
  const begin = (): Run => {
    const row = readLease(db, leaseId);
    if (!row) throw new Error('no such lease');
    const deps = {
      ...{ db, clock: systemClock, logger, signer: openSigner(newPrivateKeyPem()), ownerWord: openOwnerWord(db, systemClock), cpuCount: 2 },
      ...{ outboxGrew: () => undefined, engineLost: () => undefined, changed: () => undefined, yielded: () => undefined },
      sandbox: { ...real, ...sandbox },
      gpuOf: () => null,
      gpuMemory: { taken: () => undefined, left: () => undefined },
      evictAfterMs: () => evictAfterMs ?? 600_000,
    };
    const run = startRun(deps, openSpool(dataDir, leaseId), row);
    runs.push(run);
    return run;
  };
  const container = docker.getContainer(`nightshift-${leaseId}`);
  return {
    leaseId,
    container,
    begin,
    count: (): string => execFileSync('docker', ['cp', `nightshift-${leaseId}:/job/out/count`, '-'], { encoding: 'latin1' }),
    engineState: async (): Promise<string> => (await container.inspect()).State.Status,
    /** The control group as somebody else sees it. */
    group: async (): Promise<ControlGroup> => {
      const group = await real.controlGroup(leaseId);
      if (group === null) throw new Error('this test needs a control group it may write: root, and an engine on this machine');
      groups.push(group);
      return group;
    },
    yields: (): readonly YieldRecord[] => readYields(db, Date.now()).recent.filter((each) => each.leaseId === leaseId),
    outcome: () =>
      readOutbox(db, 0, 1_000)
        .map((record) => (record.kind === 'result' && record.result.leaseId === leaseId ? record.result.outcome : null))
        .find((outcome) => outcome !== null),
  };
}

async function running(script: string, options: Options = {}) {
  const lease = leased(script, options);
  const run = lease.begin();
  letRun(run);
  await expect.poll(() => run.view().logTail, { timeout: 30_000 }).toContain('ready'); // its traps are set
  await expect.poll(() => run.view().unfrozenMs, { timeout: 10_000 }).toBeGreaterThan(0);
  return { ...lease, run };
}

/** A lease whose container runs, without an agent: the one that began it has died. */
async function orphaned(script: string) {
  const lease = leased(script);
  const { spec } = TEST_TERMS;
  await real.prepare(
    {
      ...{ leaseId: lease.leaseId, uid: readLease(db, lease.leaseId)?.uid ?? 0, image, command: ['bash', '-c', script], env: {} },
      ...{
        inputsTar: null,
        checkpoint: null,
        memoryBytes: spec.memoryBytes,
        diskBytes: spec.diskBytes,
        cpus: 2,
        gpu: null,
        network: spec.network,
      },
    },
    new AbortController().signal,
    () => undefined,
  );
  setLeaseStarted(db, lease.leaseId, await real.start(lease.leaseId));
  setLeaseState(db, lease.leaseId, 'running');
  return lease;
}

test('a freeze reaches a job that burns every core in the same turn, the engine follows, and the job goes on where it was', async () => {
  const { run, group, count, engineState, yields } = await running(BURN);
  const seen = await group();
  run.apply(freeze());
  const deadlineMs = performance.now() + 1_000;
  while (!seen.isFrozen() && performance.now() < deadlineMs); // without giving the turn away: nothing else of ours can have run
  expect(seen.isFrozen()).toBe(true);
  await expect.poll(() => run.view().step).toBe('frozen');
  const usedMs = run.view().unfrozenMs;
  const counted = count();
  await sleep(300);
  expect(count()).toBe(counted);
  expect(run.view().unfrozenMs).toBe(usedMs);
  expect(yields()).toMatchObject([{ kind: 'freeze', means: 'cgroup', causes: ['owner-active'], failedAttempts: 0, resumedAtMs: null }]);
  expect(yields()[0]?.latencyUs).toBeLessThan(1_000_000);
  // runc refuses to pause where it uses the same freezer; then the engine goes on calling it running.
  const bothVersions =
    readFileSync('/proc/self/cgroup', 'utf8').match(/^\d+:[^:]*\bfreezer\b/m) &&
    readFileSync('/proc/self/mountinfo', 'utf8').includes(' cgroup2 ');
  if (bothVersions) await expect.poll(engineState, { timeout: 5_000 }).toBe('paused');
  letRun(run);
  await expect.poll(() => run.view().step, { timeout: 5_000 }).toBe('running');
  expect(await engineState()).toBe('running');
  expect(seen.isFrozen()).toBe(false);
  await expect.poll(count, { timeout: 5_000 }).not.toBe(counted);
  await expect.poll(() => yields()[0]?.resumedAtMs).toBeGreaterThan(0);
});

test('an owner who comes and goes faster than the engine answers finds the job as the last word says', async () => {
  const { run, group, engineState } = await running(BURN);
  const seen = await group();
  for (let round = 0; round < 15; round++) {
    run.apply(freeze());
    await sleep(round * 4);
    letRun(run);
    await sleep((15 - round) * 4);
  }
  run.apply(freeze());
  await expect.poll(() => run.view().step, { timeout: 5_000 }).toBe('frozen');
  await sleep(300);
  expect(seen.isFrozen()).toBe(true);
  letRun(run);
  await expect.poll(() => run.view().step, { timeout: 5_000 }).toBe('running');
  await sleep(300);
  expect(seen.isFrozen()).toBe(false);
  expect(await engineState()).toBe('running');
});

test.each(['frozen by the agent', 'paused by the engine', 'both', 'throttled'])(
  'a job that a dead agent left %s goes on when it may',
  async (state) => {
    const lease = await orphaned(BURN);
    const seen = await lease.group();
    if (state === 'frozen by the agent' || state === 'both') seen.freeze();
    if (state === 'paused by the engine' || state === 'both') await real.freeze(lease.leaseId);
    if (state === 'throttled') seen.limitCpus(0.02);
    const run = lease.begin();
    await expect.poll(() => run.view().step, { timeout: 5_000 }).toBe('frozen'); // presence has not spoken
    expect(run.view().unfrozenMs).toBe(0);
    letRun(run);
    await expect.poll(() => run.view().step, { timeout: 5_000 }).toBe('running');
    expect(seen.isFrozen()).toBe(false);
    expect(await lease.engineState()).toBe('running');
    const before = (await lease.container.stats({ stream: false, 'one-shot': true })).cpu_stats.cpu_usage.total_usage;
    await sleep(1_000);
    const after = (await lease.container.stats({ stream: false, 'one-shot': true })).cpu_stats.cpu_usage.total_usage;
    expect((after - before) / 1e9).toBeGreaterThan(0.2);
    expect(lease.yields()).toEqual([]);
  },
);

test('where the control group refuses, the engine pauses', async () => {
  const refusing = async (leaseId: string): Promise<ControlGroup | null> => {
    const group = await real.controlGroup(leaseId);
    return group && { ...group, freeze: () => false, isFrozen: () => false };
  };
  const { run, engineState, yields } = await running(BURN, { sandbox: { controlGroup: refusing } });
  run.apply(freeze());
  await expect.poll(() => run.view().step, { timeout: 5_000 }).toBe('frozen');
  expect(await engineState()).toBe('paused');
  await expect.poll(yields).toMatchObject([{ kind: 'freeze', means: 'engine' }]);
  expect(yields()[0]?.failedAttempts).toBeGreaterThanOrEqual(1); // ours; the engine's own fails now and then under load
  letRun(run);
  await expect.poll(() => run.view().step, { timeout: 5_000 }).toBe('running');
  expect(await engineState()).toBe('running');
});

test('where nothing can freeze the job, it is throttled by the engine', async () => {
  const { run, container, yields } = await running(BURN, {
    sandbox: { controlGroup: async () => null, freeze: () => Promise.reject(new Error('unable to freeze')) },
  });
  run.apply(freeze());
  await expect.poll(() => run.view().throttled, { timeout: 5_000 }).toBe(true);
  expect((await container.inspect()).HostConfig.NanoCpus).toBe(1e8);
  await expect.poll(yields).toMatchObject([{ kind: 'freeze', means: 'throttle' }]);
  const usedMs = run.view().unfrozenMs;
  await sleep(200);
  expect(run.view().unfrozenMs).toBe(usedMs);
  letRun(run);
  await expect.poll(() => run.view().throttled, { timeout: 5_000 }).toBe(false);
  expect((await container.inspect()).HostConfig.NanoCpus).toBe(2e9);
});

test('a share of the processors, where the owner allows one, is given live and charged by its size', async () => {
  const { run, yields } = await running(BURN);
  run.apply({ kind: 'throttle', cpuShare: 0.1, ...since() });
  expect(run.view()).toMatchObject({ throttled: true, step: 'running' });
  const usedMs = run.view().unfrozenMs;
  await sleep(1_500);
  const chargedMs = run.view().unfrozenMs - usedMs;
  expect(chargedMs).toBeGreaterThan(50);
  expect(chargedMs).toBeLessThan(600);
  await expect.poll(yields).toMatchObject([{ kind: 'throttle', means: 'throttle', resumedAtMs: null }]);
  run.apply(freeze());
  await expect.poll(() => run.view().step).toBe('frozen');
  letRun(run);
  await expect.poll(() => run.view(), { timeout: 5_000 }).toMatchObject({ throttled: false, step: 'running' });
  await expect.poll(() => yields().map((each) => each.resumedAtMs !== null)).toEqual([true, true]);
});

test('an eviction leaves nothing of the job, running, frozen or deaf to signals', async () => {
  for (const frozenFirst of [false, true]) {
    const { run, group, yields, outcome } = await running(`trap "" TERM INT; ${BURN}`);
    const seen = await group();
    if (frozenFirst) {
      run.apply(freeze());
      await sleep(300);
    }
    run.apply(evict());
    await expect.poll(() => seen.isEmpty(), { timeout: 5_000, interval: 5 }).toBe(true);
    await expect.poll(outcome, { timeout: 10_000 }).toEqual({ kind: 'yielded' });
    const [evicted] = yields();
    expect(evicted).toMatchObject({ kind: 'evict', means: 'kill' });
    expect(evicted?.latencyUs).toBeLessThan(5_000_000);
  }
});

test('an eviction works without a control group too, frozen or not', async () => {
  for (const frozenFirst of [false, true]) {
    const { run, yields, outcome } = await running(BURN, { sandbox: { controlGroup: async () => null } });
    if (frozenFirst) {
      run.apply(freeze());
      await expect.poll(() => run.view().step, { timeout: 5_000 }).toBe('frozen');
    }
    run.apply(evict());
    await expect.poll(outcome, { timeout: 10_000 }).toEqual({ kind: 'yielded' });
    expect(yields()[0]).toMatchObject({ kind: 'evict', means: 'kill' });
  }
});

test('a job whose owner stays saves its state once more and has then yielded, although it left with exit code 0', async () => {
  const script = 'echo early > out/last; trap "echo late > out/last; exit 0" TERM; echo ready; while :; do sleep 0.01; done';
  let last = '';
  const { run, yields, outcome } = await running(script, {
    spec: { checkpoint },
    evictAfterMs: 500,
    sandbox: {
      wipe: async (leaseId) => {
        last = execFileSync('docker', ['cp', `nightshift-${leaseId}:/job/out/last`, '-'], { encoding: 'latin1' });
        await real.wipe(leaseId);
      },
    },
  });
  run.apply(freeze());
  await expect.poll(outcome, { timeout: 10_000 }).toEqual({ kind: 'yielded' });
  await run.finished;
  expect(last).toContain('late');
  expect(yields()).toMatchObject([{ kind: 'evict', means: 'grace' }, { kind: 'freeze' }]);
  expect(yields()[0]?.latencyUs).toBeLessThan(5_000_000);
});

test('a job that will not leave is killed when its grace is over, and one without a declared checkpoint has none', async () => {
  for (const declared of [checkpoint, null]) {
    const { run, yields, outcome } = await running(`trap "" TERM; ${BURN}`, { spec: { checkpoint: declared }, evictAfterMs: 300 });
    run.apply(freeze());
    await expect.poll(outcome, { timeout: 10_000 }).toEqual({ kind: 'yielded' });
    const [evicted] = yields();
    expect(evicted).toMatchObject({ kind: 'evict', means: declared ? 'grace' : 'kill' });
    expect(evicted?.latencyUs).toBeLessThan(5_000_000);
    if (declared) expect(evicted?.latencyUs).toBeGreaterThan(1_100_000);
  }
});

test('the owner who needs the machine during the grace gets it at once', async () => {
  const { run, group, outcome } = await running(`trap "" TERM; ${BURN}`, { spec: { checkpoint }, evictAfterMs: 200 });
  const seen = await group();
  run.apply(freeze());
  await expect.poll(() => seen.isFrozen()).toBe(true);
  await expect.poll(() => seen.isFrozen(), { timeout: 5_000, interval: 5 }).toBe(false); // the grace has begun
  const atMs = performance.now();
  run.apply(evict());
  await expect.poll(() => seen.isEmpty(), { timeout: 5_000, interval: 5 }).toBe(true);
  expect(performance.now() - atMs).toBeLessThan(1_000); // the grace alone is longer
  await expect.poll(outcome, { timeout: 10_000 }).toEqual({ kind: 'yielded' });
});
