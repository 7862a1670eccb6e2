import { describe, expect, it } from 'vitest';
import type { Alarm, HardwareDevice } from '../contract/model/device.ts';
import { createLogger } from '../lib/log.ts';
import { tempFolder } from '../lib/testing/temp-folder.ts';
import type { BenchmarkOptions, BenchmarkOutcome } from './benchmark/run.ts';
import { figure, TEST_GPU, testResult, testVector } from './benchmark/testing/results.ts';
import { type BenchmarkKeeperDeps, type Hindrance, openBenchmarkKeeper } from './benchmark-keeper.ts';
import { type Db, openStore } from './store/open.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const OTHER: HardwareDevice = { ...TEST_GPU, id: 'dev_b', place: 'PCI 0000:41:00.0', uuid: 'GPU-2' };
const CPU: HardwareDevice = { ...TEST_GPU, id: 'dev_cpu', kind: 'cpu', name: 'Ryzen' };
const SOFTWARE: HardwareDevice = { ...TEST_GPU, id: 'dev_soft', kind: 'software', name: 'llvmpipe' };
const HERE = { ownerIsHere: true, isOverLimit: false };
const AWAY = { ownerIsHere: false, isOverLimit: false };
const TOO_HOT = { ownerIsHere: false, isOverLimit: true };

const { conditions, sustained } = testResult();
const DONE: BenchmarkOutcome = {
  kind: 'done',
  vector: testVector(),
  conditions,
  sustained,
  notes: ['Said by the suite.'],
  durationMs: 50_000,
};
const failure = (code: 'hung' | 'wrong-results'): BenchmarkOutcome => ({
  kind: 'failed',
  step: 'fma',
  code,
  detail: `It ${code}.`,
  fix: 'Mend it.',
});

/** A keeper whose runs end as the test says, and which obey their signal as those of run.ts do. */
function keeping(devices: HardwareDevice[] = [TEST_GPU], db: Db = openStore(tempFolder())) {
  let nowMs = 100 * DAY_MS;
  const world = {
    devices,
    hindrance: null as Hindrance | null,
    settings: { 'benchmark.everyDays': 30, 'benchmark.automatic': true },
    adapters: new Map<string, boolean>(),
  };
  const runs: {
    readonly request: Parameters<BenchmarkKeeperDeps['measure']>[0];
    readonly outcome: PromiseWithResolvers<BenchmarkOutcome>;
  }[] = [];
  const alarms: { readonly deviceId: string; readonly alarm: Alarm }[] = [];
  const keeper = openBenchmarkKeeper({
    db,
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    logger: createLogger('test', 'silent'),
    devices: () => world.devices,
    hasAdapter: ({ id }) => world.adapters.get(id) ?? null,
    settings: () => world.settings,
    hindrance: () => world.hindrance,
    measure: (request) => {
      const outcome = Promise.withResolvers<BenchmarkOutcome>();
      request.signal.addEventListener('abort', () =>
        outcome.resolve({ kind: 'failed', step: 'gemm-f32', code: 'cancelled', detail: 'Cancelled.', fix: null }),
      );
      runs.push({ request, outcome });
      return outcome.promise;
    },
    raise: (deviceId, alarm) => void alarms.push({ deviceId, alarm }),
    changed: () => undefined,
    ended: () => undefined,
  });
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const measured = (): string[] => runs.map(({ request }) => request.device.id);
  return {
    keeper,
    db,
    world,
    alarms,
    measured,
    settled,
    pass: (ms: number) => {
      nowMs += ms;
    },
    look: async (now = AWAY) => {
      keeper.lookAfter(now);
      await settled();
    },
    progress: (update: Parameters<BenchmarkOptions['progress']>[0]) => runs.at(-1)?.request.progress(update),
    ends: async (outcome: BenchmarkOutcome | Error) => {
      if (outcome instanceof Error) runs.at(-1)?.outcome.reject(outcome);
      else runs.at(-1)?.outcome.resolve(outcome);
      await settled();
    },
    of: (deviceId: string) => keeper.view().devices.find((each) => each.deviceId === deviceId),
  };
}

describe('by itself', () => {
  it('measures what has no result while nobody is here, stores it and is content', async () => {
    const { keeper, look, ends, measured, of } = keeping();
    await look(HERE);
    expect(measured()).toEqual([]);
    await look();
    expect(keeper.view().running).toMatchObject({ deviceId: 'dev_a', occasion: 'first', step: 'starting', progress: 0 });
    expect(of('dev_a'), 'nothing is told of a run before its end').toMatchObject({ standing: 'none', last: null });
    await ends(DONE);
    expect(keeper.isRunning()).toBe(false);
    expect(of('dev_a')).toMatchObject({ standing: 'current', result: { vector: testVector(), occasion: 'first', durationMs: 50_000 } });
    expect(of('dev_a')?.result?.score?.value).toBeGreaterThan(1);
    expect(of('dev_a')?.datasheet.map((each) => each.figure)).toContain('triadGBs');
    await look();
    expect(measured()).toEqual(['dev_a']);
  });

  it('takes one device after the other, and leaves processors and software adapters', async () => {
    const { look, ends, measured } = keeping([CPU, SOFTWARE, TEST_GPU, OTHER]);
    for (let i = 0; i < 4; i++) {
      await look();
      await ends(DONE);
    }
    expect(measured()).toEqual(['dev_a', 'dev_b']);
  });

  it('gives way to whoever comes without a trace, and begins anew when they have gone', async () => {
    const { keeper, look, measured } = keeping();
    await look();
    await look(HERE);
    expect([keeper.isRunning(), keeper.history('dev_a')]).toEqual([false, []]);
    await look();
    expect(measured()).toEqual(['dev_a', 'dev_a']);
  });

  it.each(['job', 'sandbox-check', 'battery'] as const)('neither begins nor goes on beside: %s', async (hindrance) => {
    const { keeper, world, look, measured } = keeping();
    world.hindrance = hindrance;
    await look();
    expect(measured()).toEqual([]);
    world.hindrance = null;
    await look();
    world.hindrance = hindrance;
    await look();
    expect([keeper.isRunning(), keeper.history('dev_a')]).toEqual([false, []]);
  });

  it('does nothing where the owner does not want it, and ends what it had begun', async () => {
    const { keeper, world, look, measured } = keeping();
    await look();
    world.settings = { ...world.settings, 'benchmark.automatic': false };
    await look();
    await look();
    expect([keeper.isRunning(), measured().length]).toEqual([false, 1]);
    expect(keeper.view().devices[0]?.nextAtMs).toBeNull();
  });

  it('measures again after another driver, and when the result is old', async () => {
    const { keeper, world, look, ends, pass, of } = keeping();
    await look();
    await ends(DONE);
    world.devices = [{ ...TEST_GPU, driver: { name: 'nvidia', version: '560.1' } }];
    expect(of('dev_a')?.standing).toBe('changed');
    await look();
    expect(keeper.view().running?.occasion).toBe('changed');
    await ends({ ...DONE, conditions: { ...conditions, driver: '560.1' } });
    expect(of('dev_a')?.standing).toBe('current');
    pass(30 * DAY_MS);
    expect(of('dev_a')?.standing).toBe('old');
    pass(3 * DAY_MS);
    await look();
    expect(keeper.view().running?.occasion).toBe('scheduled');
  });

  it('waits an hour after a failure, then six, and shows what happened', async () => {
    const { keeper, look, ends, pass, measured, of } = keeping();
    await look();
    await ends(failure('hung'));
    expect(of('dev_a')).toMatchObject({
      standing: 'none',
      last: { failure: { code: 'hung', detail: 'It hung.', fix: 'Mend it.', step: 'fma' } },
    });
    await look();
    pass(HOUR_MS);
    await look();
    await ends(new Error('a fault of ours'));
    expect(of('dev_a')?.last).toMatchObject({ failure: { code: 'failed', detail: 'The benchmark broke off.' } });
    pass(6 * HOUR_MS - 1);
    await look();
    expect(measured()).toHaveLength(2);
    pass(1);
    await look();
    await ends(DONE);
    expect(measured()).toHaveLength(3);
    expect(keeper.history('dev_a').map(({ kind }) => kind)).toEqual(['result', 'failure', 'failure']);
  });

  it('goes on where the disk is full, and tries again after an hour', async () => {
    const { keeper, db, look, ends, pass, measured, of } = keeping();
    const fill = (event: 'INSERT' | 'UPDATE'): void =>
      void db.exec(`CREATE TRIGGER full BEFORE ${event} ON benchmarks BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`);
    fill('INSERT');
    await look();
    db.exec('DROP TRIGGER full');
    await look();
    expect([measured(), keeper.isRunning()]).toEqual([[], false]);
    pass(HOUR_MS);
    await look();
    fill('UPDATE');
    await ends(DONE);
    expect(keeper.isRunning()).toBe(false);
    expect(of('dev_a'), 'nothing is shown that is not written').toMatchObject({ result: null, last: { failure: { code: 'interrupted' } } });
  });

  it('lives on where the history cannot be read after a run', async () => {
    const { keeper, db, look, ends } = keeping();
    await look();
    db.exec('ALTER TABLE benchmarks RENAME TO gone');
    await ends(DONE);
    expect(keeper.isRunning()).toBe(false);
  });

  it('keeps nothing waiting that cannot begin, because no job is taken meanwhile', async () => {
    const { keeper, db, look } = keeping([TEST_GPU, OTHER]);
    keeper.start([]);
    db.exec("CREATE TRIGGER full BEFORE INSERT ON benchmarks BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END");
    await look(HERE);
    expect([keeper.isRunning(), keeper.view().waiting]).toEqual([false, []]);
  });

  it('reports wrong results for quarantine, and never tries those again', async () => {
    const { look, ends, pass, measured, alarms } = keeping();
    await look();
    await ends(failure('wrong-results'));
    expect(alarms).toMatchObject([{ deviceId: 'dev_a', alarm: { code: 'wrong-results', detail: 'It wrong-results.', fix: 'Mend it.' } }]);
    pass(90 * DAY_MS);
    await look();
    expect(measured()).toHaveLength(1);
  });
});

describe('at the wish of the owner', () => {
  it('measures although they are here, in the order they said, and each once', async () => {
    const { keeper, look, ends, measured } = keeping([TEST_GPU, OTHER]);
    keeper.start(['dev_b', 'dev_a', 'dev_b']);
    expect([keeper.isRunning(), keeper.view().waiting]).toEqual([true, ['dev_b', 'dev_a']]);
    await look(HERE);
    keeper.start(['dev_a', 'dev_b']);
    expect(keeper.view()).toMatchObject({ running: { deviceId: 'dev_b', occasion: 'asked' }, waiting: ['dev_a'] });
    await look(HERE);
    await ends(DONE);
    await look(HERE);
    await ends(DONE);
    await look(HERE);
    expect([measured(), keeper.isRunning()]).toEqual([['dev_b', 'dev_a'], false]);
  });

  it('takes every GPU where none is named, and software adapters only where there is no GPU', () => {
    const waiting = (devices: HardwareDevice[]): string[] => {
      const { keeper } = keeping(devices);
      keeper.start([]);
      return keeper.view().waiting;
    };
    expect(waiting([CPU, SOFTWARE, TEST_GPU, OTHER])).toEqual(['dev_a', 'dev_b']);
    expect(waiting([CPU, SOFTWARE])).toEqual(['dev_soft']);
    expect(() => waiting([CPU])).toThrow('no GPU that can be measured');
  });

  it('takes over what runs by itself, which then no longer gives way', async () => {
    const { keeper, look } = keeping();
    await look();
    keeper.start(['dev_a']);
    await look(HERE);
    expect(keeper.view()).toMatchObject({ running: { deviceId: 'dev_a', occasion: 'asked' }, waiting: [] });
  });

  it('ends what runs by itself when the machine grows hotter than allowed, says so, and does not begin again at once', async () => {
    const { keeper, look, measured, pass } = keeping();
    await look();
    await look(TOO_HOT);
    expect(keeper.view().running).toBeNull();
    expect(keeper.history('dev_a')).toMatchObject([
      { kind: 'failure', failure: { code: 'cancelled', detail: expect.stringContaining('hotter') } },
    ]);
    await look();
    expect(measured()).toHaveLength(1);
    pass(25 * 3_600_000);
    await look();
    expect(measured()).toHaveLength(2);
    keeper.start(['dev_a']);
    await look(TOO_HOT);
    expect(keeper.view().running).toMatchObject({ occasion: 'asked' });
  });

  it('begins anew what was just giving way to them', async () => {
    const { keeper, look, settled, measured } = keeping();
    await look();
    keeper.lookAfter(HERE);
    keeper.start(['dev_a']);
    await settled();
    expect(keeper.view()).toMatchObject({ running: null, waiting: ['dev_a'] });
    await look(HERE);
    expect([measured().length, keeper.view().running?.occasion, keeper.history('dev_a')]).toEqual([2, 'asked', []]);
  });

  it('says why not', () => {
    const { keeper, world } = keeping([TEST_GPU, OTHER, CPU]);
    world.adapters.set('dev_b', false);
    expect(() => keeper.start(['dev_x'])).toThrow('no device dev_x');
    expect(() => keeper.start(['dev_cpu'])).toThrow('Ryzen is a processor');
    expect(() => keeper.start(['dev_b'])).toThrow('No graphics driver');
    for (const [hindrance, words] of [
      ['job', 'A job runs'],
      ['sandbox-check', 'being checked'],
      ['battery', 'on battery'],
    ] as const) {
      world.hindrance = hindrance;
      expect(() => keeper.start(['dev_a'])).toThrow(words);
    }
    expect(keeper.isRunning()).toBe(false);
  });

  it('cancels, forgets what waits, says so, and does not begin again by itself for an hour', async () => {
    const { keeper, look, settled, pass, measured } = keeping([TEST_GPU, OTHER]);
    keeper.start([]);
    await look(HERE);
    keeper.cancel();
    await settled();
    expect(keeper.view()).toMatchObject({ running: null, waiting: [] });
    expect(keeper.history('dev_a')).toMatchObject([
      { failure: { code: 'cancelled', step: 'gemm-f32', detail: 'The benchmark was cancelled.' } },
    ]);
    await look();
    expect(measured(), 'the other one has no failure to wait for').toEqual(['dev_a', 'dev_b']);
    keeper.cancel();
    await settled();
    pass(HOUR_MS - 1);
    await look();
    expect(measured()).toHaveLength(2);
    pass(1);
    await look();
    expect(measured()).toHaveLength(3);
  });

  it('leaves the reason on record when a job ends it', async () => {
    const { keeper, world, look } = keeping();
    keeper.start(['dev_a']);
    await look(HERE);
    world.hindrance = 'job';
    await look(HERE);
    expect(keeper.history('dev_a')).toMatchObject([{ failure: { code: 'cancelled', detail: 'The benchmark gave way to a job.' } }]);
  });

  it('skips what was lost meanwhile', async () => {
    const { keeper, world, look, measured } = keeping([TEST_GPU, OTHER]);
    keeper.start([]);
    world.devices = [{ ...TEST_GPU, health: { kind: 'lost', sinceMs: 0, detail: 'Gone.', fix: 'Reboot.' } }, OTHER];
    await look(HERE);
    await look(HERE);
    expect(measured()).toEqual(['dev_b']);
  });
});

describe('a crash in the middle', () => {
  it('leaves a record that says in which step, and the next start waits an hour', async () => {
    const { db, keeper, look, progress } = keeping();
    await look();
    progress({ step: 'sustained', progress: 0.7, remainingMs: 15_000, detail: null });
    expect(keeper.view().running).toMatchObject({ step: 'sustained', progress: 0.7, remainingMs: 15_000 });
    expect(keeper.history('dev_a')).toEqual([]);
    const after = keeping([TEST_GPU], db);
    expect(after.keeper.history('dev_a')).toMatchObject([{ failure: { code: 'interrupted', step: 'sustained' } }]);
    await after.look();
    expect(after.measured()).toEqual([]);
    after.pass(HOUR_MS);
    await after.look();
    expect(after.measured()).toEqual(['dev_a']);
  });

  it('is what the record also says when the agent is closed', async () => {
    const { db, keeper, look } = keeping();
    await look();
    await keeper[Symbol.asyncDispose]();
    expect(keeping([TEST_GPU], db).keeper.history('dev_a')).toMatchObject([{ failure: { code: 'interrupted' } }]);
  });
});

describe('what is shown', () => {
  it('is the same object while nothing changes, also while time passes', async () => {
    const { keeper, look, ends, pass } = keeping([TEST_GPU, CPU]);
    await look();
    await ends(DONE);
    const before = keeper.view();
    pass(DAY_MS);
    await look(HERE);
    expect(keeper.view()).toBe(before);
    keeper.start(['dev_a']);
    expect(keeper.view().devices).toBe(before.devices);
    expect(keeper.view()).not.toBe(before);
  });

  it('names what cannot be measured, and follows the search for adapters', () => {
    const { world, of } = keeping([TEST_GPU, CPU]);
    expect([of('dev_a')?.standing, of('dev_cpu')?.standing]).toEqual(['none', 'impossible']);
    world.adapters.set('dev_a', false);
    expect(of('dev_a')).toMatchObject({ standing: 'impossible', nextAtMs: null });
  });

  it('notes beside the result what is doubtful and what is missing', async () => {
    const { look, ends, of } = keeping();
    await look();
    await ends({ ...DONE, vector: testVector({ triadGBs: figure(999), sustainedShare: null }) });
    expect(of('dev_a')?.result?.score).toBeNull();
    expect(of('dev_a')?.result?.notes).toEqual([
      'Said by the suite.',
      expect.stringContaining('triadGBs is 278 %'),
      'This device has no score: it did not make the sustained run.',
    ]);
  });

  it('has no history of a device that is not there', () => {
    expect(() => keeping().keeper.history('dev_x')).toThrow('no device dev_x');
  });
});
