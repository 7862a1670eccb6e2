import { statfs } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Offer } from '../contract/model/offer.ts';
import type { ReasonCode } from '../contract/model/presence.ts';
import { ProblemError } from '../contract/model/problem.ts';
import type { EngineState } from '../contract/worker-api.ts';
import type { Clock } from '../lib/clock.ts';
import { delay } from '../lib/delay.ts';
import { lockFolder } from '../lib/folder-lock.ts';
import type { Logger } from '../lib/log.ts';
import { createPulse } from '../lib/pulse.ts';
import { VERSION } from '../lib/version.ts';
import type { Hindrance } from './benchmark-keeper.ts';
import { type MachinePlace, openDeviceRooms } from './device-rooms.ts';
import { readStatement } from './earnings/statement.ts';
import { nvmlLibraryOf } from './hardware/hardware.ts';
import { watchEngineUsage } from './lease/engine-usage.ts';
import { watchEngine } from './lease/engine-watch.ts';
import { type Leases, openLeases } from './lease/leases.ts';
import { startLoopback } from './loopback/server.ts';
import { openToken, writeUiAddress } from './loopback/token.ts';
import { createWorkerRouter } from './loopback/worker-router.ts';
import { openNetworkLink } from './network-link.ts';
import { openOwnerWord } from './presence/owner.ts';
import { START_ONLY } from './presence/policy.ts';
import { watchPresence } from './presence/presence.ts';
import type { PolicyInput } from './presence/reasons.ts';
import { openSensors } from './presence/sensors/sensors.ts';
import { openSleepKeeper } from './presence/sleep/sleep-keeper.ts';
import { openTimeAccount } from './presence/time-account.ts';
import { connectEngine, findSocketPath } from './sandbox/engine.ts';
import { probeEngine } from './sandbox/probe.ts';
import { openSandbox } from './sandbox/sandbox.ts';
import { openSandboxKeeper } from './sandbox-keeper.ts';
import { openIdentity } from './session/identity.ts';
import { readSettings } from './settings/settings.ts';
import { openSlices, timeCodesOf } from './slices.ts';
import { spareMemory } from './spare-memory.ts';
import { createStateTree } from './state.ts';
import { readEnrolment } from './store/enrolment-row.ts';
import { openStore } from './store/open.ts';
import { readYields } from './store/yield-rows.ts';
import { startWatchdog } from './watchdog/watchdog.ts';

export interface AgentOptions {
  /** Everything this worker keeps. */
  readonly dataDir: string;
  /** Loopback port of the UI; 0 takes a free one. */
  readonly uiPort: number;
  /** The built UI. */
  readonly uiRoot: string;
  /** Where the hardware is looked for: this machine, but in tests. */
  readonly machine?: MachinePlace;
  readonly logger: Logger;
  readonly clock: Clock;
}

export interface RunningAgent {
  readonly uiUrl: string;
  readonly token: string;
  /** Ends what runs, honestly and durably, and leaves nothing behind. */
  close(): Promise<void>;
}

/** Docker gives containers 10 s to end before it ends itself; a job that obeys SIGTERM needs a part of that. */
const SHUTDOWN_MS = 6_000;
/** A running job of an earlier agent is held within this, or goes on until it is adopted. */
const HOLD_MS = 3_000;
const DISK_EVERY_MS = 15_000;
/** Twice the window of the sensor of processor use. */
const OWN_WORK_LINGERS_MS = 10_000;
const RECOVER_AGAIN_MS = 2_000;
/** Reasons that a benchmark may bring about by itself. */
const OVER_LIMIT: ReadonlySet<ReasonCode> = new Set(['hot', 'power-draw']);
/** Offers follow the free disk no closer than this: a figure that moves with every write would be sent for ever. */
const DISK_STEP_BYTES = 256 * 2 ** 20;

/** Starts the worker: the only file that knows all rooms. */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  const { dataDir, logger, clock } = options;
  await using starting = new AsyncDisposableStack(); // whatever was started ends again when a later step fails
  const lock = lockFolder(dataDir);
  if (!lock)
    throw new ProblemError('already-running', `A Nightshift agent already works in ${dataDir}.`, 'Use that one, or stop it first.');
  starting.use(lock);
  const db = openStore(dataDir);
  starting.defer(() => void db.close());
  const identity = openIdentity(dataDir);
  const { publicKey } = identity.signer;
  const ownerWord = openOwnerWord(db, clock);
  const sandbox = openSandbox({
    owner: publicKey,
    stateDir: join(dataDir, 'sandbox'),
    imagePolicy: () => ({
      registries: settings()['images.registries'],
      maxImageBytes: settings()['limits.imageBytes'],
      cacheBytes: settings()['limits.imageCacheBytes'],
    }),
    logger,
  });

  let engine: EngineState = { kind: 'starting' };
  let freeDiskBytes = 0;
  let recovered = false;
  let begun = false;
  let scheduled = false;
  let distrustedUntilMs = Number.NEGATIVE_INFINITY;
  const stopping = new AbortController();
  const reportChanged = createPulse();
  const outboxGrew = createPulse();
  const enrolledBefore = readEnrolment(db);

  const state = createStateTree({
    worker: { id: enrolledBefore?.workerId ?? null, name: identity.name, version: VERSION, publicKey },
    presence: { decision: 'freeze', sinceMs: clock.nowMs(), reasons: [], devices: [], mode: ownerWord.mode(), nextEligibleAtMs: null },
    sensors: [],
    yields: readYields(db, clock.nowMs()),
    devices: [],
    telemetry: {},
    benchmarks: { running: null, waiting: [], devices: [] },
    costs: [],
    leases: [],
    earnings: readStatement(db, enrolledBefore, [], 0, null, clock.nowMs()),
    session: { kind: 'not-enrolled', fix: '' },
    settings: readSettings(db),
    sandbox: { engine, check: { kind: 'idle' }, report: null, isCurrent: false },
    notices: [],
  });

  const machine = options.machine ?? { root: '/', nvmlLibrary: nvmlLibraryOf(process.platform) };
  const settings = () => state.get('settings').values;
  const rooms = await openDeviceRooms({
    db,
    dataDir,
    workerPublicKey: publicKey,
    machine,
    clock,
    logger,
    settings: () => state.get('settings'),
    network: () => link.enrolment()?.network ?? null,
    sandbox: sandbox.abilities,
    gpuUses: () => presence.gpuUses(),
    hindrance,
    changed,
    ended: () => memory.now(),
  });
  starting.use(rooms);
  /** What keeps devices from being measured. */
  function hindrance(): Hindrance | null {
    if (leases.running() !== null || leases.isPreparing()) return 'job';
    if (keeper.standing() === 'checking') return 'sandbox-check';
    return presence.onAc() ? null : 'battery';
  }
  const offers = (): readonly Offer[] =>
    recovered && leases.running() === null && keeper.standing() !== 'checking' && presence.mayStart() ? rooms.offers(freeDiskBytes) : [];

  const time = openTimeAccount(db);
  starting.defer(() => {
    try {
      time.flush();
    } catch (error) {
      logger.error({ error }, 'the last seconds are not in the account of time');
    }
  });
  const sleep = await openSleepKeeper({
    clock,
    logger,
    woke() {
      time.slept(clock.nowMs());
      changed();
    },
  });
  starting.use(sleep);
  const watchdog = await startWatchdog({ owner: publicKey, dataDir, socketPath: findSocketPath(), logger });
  starting.use(watchdog);
  await Promise.race([sandbox.holdAll(), delay(HOLD_MS, stopping.signal)]); // of an agent that died: until presence has spoken here

  /** Decides, shows and reports, once for any number of changes in a turn. */
  function changed(): void {
    if (scheduled || !begun) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      if (db.open) presence.decide();
    });
  }
  let reported = '';
  /** After each decision. */
  function refresh(): void {
    const nowMs = clock.nowMs();
    const running = leases.running();
    sleep.look();
    presence.setWorking(running !== null || rooms.benchmarks.isRunning());
    const reasons = presence.presence().reasons.map(({ code }) => code);
    const isOverLimit = reasons.some((code) => OVER_LIMIT.has(code));
    const ownerIsHere = reasons.some((code) => !START_ONLY.has(code) && !OVER_LIMIT.has(code));
    keeper.lookAfter({ ownerIsHere: ownerIsHere || isOverLimit, wanted: recovered && settings()['sandbox.checkFirst'] });
    rooms.lookAfter({ ownerIsHere, isOverLimit });
    show(nowMs);
    const live = state.get('leases');
    try {
      time.note(nowMs, timeCodesOf(presence, live));
    } catch (error) {
      logger.error({ error }, 'where the time goes could not be written'); // a full disk must not take the agent along
    }
    if (presence.isSuspending() && live.every((lease) => lease.step !== 'running')) settled();
    sleep.want({
      awake: settings()['power.holdAwake'] && live.some((lease) => lease.step !== 'frozen' && lease.step !== 'settling') && presence.onAc(),
      wakeAtMs: settings()['power.wakeForSchedule'] ? presence.opensAtMs() : null,
    });
    const report = JSON.stringify({ devices: rooms.told(), offers: offers(), leases: leases.report() });
    if (report !== reported) {
      reported = report;
      reportChanged.fire();
    }
  }

  const leases: Leases = openLeases({
    db,
    clock,
    logger,
    sandbox,
    signer: identity.signer,
    ownerWord,
    dataDir,
    offers,
    outboxGrew: outboxGrew.fire,
    changed,
    cpuCount: availableParallelism(),
    gpuOf: rooms.gpuOf,
    gpuMemory: rooms.gpuMemory,
    evictAfterMs: () => settings()['presence.evictAfterMs'],
    yielded: () => state.set('yields', readYields(db, clock.nowMs())),
    engineLost() {
      engine = { kind: 'starting' }; // nothing is offered on it before it has answered anew
      changed();
      distrustedUntilMs = clock.monotonicMs() + SHUTDOWN_MS; // one that shuts down answers for a while, and would fail the next job too
      setTimeout(() => watch.lookAgain(), SHUTDOWN_MS).unref();
    },
  });

  const memory = starting.use(spareMemory(() => leases.running() === null));
  const keeper = openSandboxKeeper({
    db,
    clock,
    logger,
    signer: identity.signer,
    sandbox,
    isBusy: () => leases.running() !== null || leases.isPreparing() || rooms.benchmarks.isRunning(),
    changed,
    ended: memory.now,
  });
  starting.use(keeper);

  const usage = watchEngineUsage({ sandbox, running: () => leases.running()?.leaseId ?? null, logger });
  starting.use(usage);
  let preparedMs = Number.NEGATIVE_INFINITY;
  /** A job is being prepared or collected, or was a moment ago: the load that the engine had with it is still in the sensor's window. */
  function ownWork(): boolean {
    if (leases.isPreparing() || keeper.standing() === 'checking' || rooms.benchmarks.isRunning()) preparedMs = clock.monotonicMs();
    return clock.monotonicMs() - preparedMs < OWN_WORK_LINGERS_MS;
  }
  let sensed: () => void = () => undefined; // until presence is there to be told
  const { sensors, settled } = await openSensors({
    env: process.env,
    monotonicMs: clock.monotonicMs,
    wallMs: clock.nowMs,
    changed: () => sensed(),
    root: '/',
    namedPrograms: () => [...settings()['programs.freezeFor'], ...settings()['programs.evictFor']],
    jobCgroups: leases.cgroups,
    jobsCpuMs: usage.cpuMs,
    gpuJobRuns: () => leases.running()?.deviceClass === 'gpu',
    nvml: process.platform === 'linux' ? rooms.hardware.nvml : null,
  });
  const link = openNetworkLink({
    db,
    logger,
    clock,
    identity,
    leases,
    devices: rooms.told,
    offers,
    reportChanged,
    outboxGrew,
    online: rooms.prices.connected,
    stopping: stopping.signal,
    changed,
  });
  const presence = watchPresence({
    clock,
    sensors,
    input: (): Omit<PolicyInput, 'readings' | 'schedule'> => ({
      mode: ownerWord.mode(),
      settings: settings(),
      wokeAtMonotonicMs: sleep.wokeAtMonotonicMs(),
      ownWork: ownWork(),
      engine,
      session: link.session(),
      sandbox: keeper.standing(),
      devices: rooms.standing(),
      benchmarking: rooms.benchmarks.isRunning(),
      diskFull: rooms.isDiskFull(freeDiskBytes),
      stopping: stopping.signal.aborted,
    }),
    running: leases.running,
    apply: leases.apply,
    decided: refresh,
  });
  sensed = presence.sense;
  starting.use(presence);
  begun = true;
  const show = openSlices({
    db,
    state,
    rooms,
    leases,
    presence,
    sandbox: keeper,
    link,
    engine: () => engine,
  });

  async function measureDisk(): Promise<void> {
    try {
      const disk = await statfs(dataDir);
      freeDiskBytes = Math.floor((disk.bavail * disk.bsize) / DISK_STEP_BYTES) * DISK_STEP_BYTES;
    } catch (error) {
      if (freeDiskBytes > 0) logger.warn({ error }, 'the free disk cannot be measured: nothing is offered');
      freeDiskBytes = 0; // unknown
    }
  }
  await measureDisk();

  const watch = watchEngine(
    sandbox,
    async (found) => {
      if (found.kind === 'ready' && clock.monotonicMs() < distrustedUntilMs) return;
      const wasReady = engine.kind === 'ready';
      engine = found;
      keeper.engineLookedAt();
      if (found.kind === 'ready' && wasReady) void leases.cleanUp();
      if (found.kind === 'ready' && !wasReady) {
        recovered = false; // the sweep must not meet a lease that is granted meanwhile
        recovered = await leases.recover().then(
          () => true,
          (error: unknown) => {
            logger.warn({ error }, 'what was left over could not be taken up yet');
            engine = { kind: 'starting' };
            setTimeout(() => watch.lookAgain(), RECOVER_AGAIN_MS).unref();
            return false;
          },
        );
      }
      changed();
    },
    stopping.signal,
  );

  starting.defer(async () => {
    stopping.abort();
    await watch.ended;
  });

  const token = openToken(dataDir);
  const router = createWorkerRouter({
    db,
    state,
    ownerWord,
    leases,
    sandbox,
    keeper,
    time,
    clock,
    rooms,
    async examine() {
      const { examine } = await import('./doctor/examine.ts'); // seldom asked for, so that it costs the agent no memory until then
      // Listing starts every graphics driver, which is no company for a job. It may find devices, which are read after it.
      const mayList = hindrance() === null && !rooms.benchmarks.isRunning();
      if (mayList) await rooms.hardware.listAdapters('idle'); // once, and no sleeping GPU is woken; a rescan lists them anew
      return examine({
        root: machine.root,
        dataDir,
        env: process.env,
        devices: rooms.devices(),
        samples: rooms.telemetry.latest(),
        adapters: rooms.hardware.adapters(),
        sensors: presence.report(),
        settings: state.get('settings'),
        probeEngine: () => probeEngine(connectEngine(findSocketPath()), stopping.signal),
        nowMs: clock.nowMs(),
      });
    },
    workerPublicKey: publicKey,
    changed,
    settingsChanged(view) {
      state.set('settings', view);
      changed();
    },
    enrol: link.enrol,
    stopping: stopping.signal,
  });
  const loopback = await startLoopback({ port: options.uiPort, uiRoot: options.uiRoot, token, router, logger });
  starting.use(loopback);
  writeUiAddress(dataDir, loopback.url, token);

  link.begin();
  starting.use(link);
  let measuring = false; // on a disk that hangs the next look waits
  const lookingAtDisk = setInterval(() => {
    if (measuring) return;
    measuring = true;
    void measureDisk().finally(() => {
      measuring = false;
    });
  }, DISK_EVERY_MS);
  starting.defer(async () => {
    clearInterval(lookingAtDisk);
    stopping.abort();
    await leases.stopAll();
    if (engine.kind === 'ready') watchdog.mayLeave();
  });
  changed();

  const running = starting.move();
  return { uiUrl: loopback.url, token, close: () => running.disposeAsync() };
}
