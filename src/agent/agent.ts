import { statfs } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Offer } from '../contract/model/offer.ts';
import { ProblemError } from '../contract/model/problem.ts';
import type { Earnings, EngineState, SessionState } from '../contract/worker-api.ts';
import type { Clock } from '../lib/clock.ts';
import { delay } from '../lib/delay.ts';
import { lockFolder } from '../lib/folder-lock.ts';
import { newId } from '../lib/ids.ts';
import type { Logger } from '../lib/log.ts';
import { createPulse } from '../lib/pulse.ts';
import { VERSION } from '../lib/version.ts';
import { readStatement } from './earnings/statement.ts';
import { takeInventory } from './hardware/inventory.ts';
import { offerFor } from './hardware/offers.ts';
import { watchEngineUsage } from './lease/engine-usage.ts';
import { watchEngine } from './lease/engine-watch.ts';
import { type Leases, openLeases } from './lease/leases.ts';
import { startLoopback } from './loopback/server.ts';
import { openToken, writeUiAddress } from './loopback/token.ts';
import { createWorkerRouter } from './loopback/worker-router.ts';
import { openOwnerWord } from './presence/owner.ts';
import { START_ONLY } from './presence/policy.ts';
import { watchPresence } from './presence/presence.ts';
import type { PolicyInput } from './presence/reasons.ts';
import { openSensors } from './presence/sensors/sensors.ts';
import { openSleepKeeper } from './presence/sleep/sleep-keeper.ts';
import { openTimeAccount } from './presence/time-account.ts';
import { findSocketPath } from './sandbox/engine.ts';
import { openSandbox } from './sandbox/sandbox.ts';
import { openSandboxKeeper } from './sandbox-keeper.ts';
import { enrol } from './session/enrol.ts';
import { openIdentity } from './session/identity.ts';
import { keepSession } from './session/session.ts';
import { readSettings } from './settings/settings.ts';
import { openSlices, timeCodesOf } from './slices.ts';
import { spareMemory } from './spare-memory.ts';
import { createStateTree } from './state.ts';
import { type Enrolment, readEnrolment, writeEnrolment } from './store/enrolment-row.ts';
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
  const devices = await takeInventory(publicKey, logger);
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
  let session: SessionState = {
    kind: 'not-enrolled',
    fix: 'Start with `npm start`, or join a network: `npx nightshift worker enrol <network address> <token>`',
  };
  let reconciliation: Earnings['reconciliation'] = null;
  let freeDiskBytes = 0;
  let enrolled = readEnrolment(db);
  let recovered = false;
  let distrustedUntilMs = Number.NEGATIVE_INFINITY;
  const stopping = new AbortController();
  const reportChanged = createPulse();
  const outboxGrew = createPulse();

  const state = createStateTree({
    worker: { id: enrolled?.workerId ?? null, name: identity.name, version: VERSION, publicKey },
    presence: { decision: 'freeze', sinceMs: clock.nowMs(), reasons: [], devices: [], mode: ownerWord.mode(), nextEligibleAtMs: null },
    sensors: [],
    yields: readYields(db, clock.nowMs()),
    devices: [...devices],
    leases: [],
    earnings: readStatement(db, enrolled, devices, 0, null, clock.nowMs()),
    session,
    settings: readSettings(db),
    sandbox: { engine, check: { kind: 'idle' }, report: null, isCurrent: false },
    notices: [],
  });

  const settings = () => state.get('settings').values;
  const offered = () => devices.filter((device) => !settings()['devices.off'].includes(device.id));
  const ableOffers = (): readonly Offer[] =>
    offered()
      .map((device) => offerFor(device, settings(), freeDiskBytes, sandbox.abilities()))
      .filter((offer) => offer !== null);
  const offers = (): readonly Offer[] =>
    recovered && leases.running() === null && keeper.standing() !== 'checking' && presence.mayStart() ? ableOffers() : [];

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

  let scheduled = false;
  /** Decides, shows and reports, once for any number of changes in a turn. */
  function changed(): void {
    if (scheduled) return;
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
    presence.setWorking(running !== null);
    keeper.lookAfter({
      ownerIsHere: presence.presence().reasons.some(({ code }) => !START_ONLY.has(code)),
      wanted: recovered && settings()['sandbox.checkFirst'],
    });
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
    const report = JSON.stringify({ offers: offers(), leases: leases.report() });
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
    isBusy: () => leases.running() !== null || leases.isPreparing(),
    changed,
    ended: memory.now,
  });
  starting.use(keeper);

  const usage = watchEngineUsage({ sandbox, running: () => leases.running()?.leaseId ?? null, logger });
  starting.use(usage);
  let preparedMs = Number.NEGATIVE_INFINITY;
  /** A job is being prepared or collected, or was a moment ago: the load that the engine had with it is still in the sensor's window. */
  function ownWork(): boolean {
    if (leases.isPreparing() || keeper.standing() === 'checking') preparedMs = clock.monotonicMs();
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
      session,
      sandbox: keeper.standing(),
      devices,
      diskFull: ableOffers().length === 0 && offered().length > 0,
      stopping: stopping.signal.aborted,
    }),
    running: leases.running,
    apply: leases.apply,
    decided: refresh,
  });
  sensed = presence.sense;
  starting.use(presence);
  const show = openSlices({
    db,
    state,
    devices,
    leases,
    presence,
    sandbox: keeper,
    now: () => ({ engine, session, enrolment: enrolled }),
    reconciliation: () => reconciliation,
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

  let sessionEnd = Promise.resolve();
  let sessionStop = new AbortController();
  function connect(enrolment: Enrolment): void {
    sessionStop = new AbortController();
    sessionEnd = keepSession(
      {
        db,
        logger,
        clock,
        signer: identity.signer,
        leases,
        offers,
        reportChanged,
        outboxGrew,
        bootId: newId('boot', clock.nowMs()),
        version: VERSION,
        compared(own, network) {
          const equal =
            own.sealedLeases === network.sealedLeases && own.chargeMicro === network.chargeMicro && own.netMicro === network.netMicro;
          if (!equal) logger.error({ own, network }, "this worker's ledger and the network's differ");
          reconciliation = { atMs: clock.nowMs(), ownMicro: own.netMicro, networkMicro: network.netMicro, equal };
          changed();
        },
        show(next) {
          session = next;
          changed();
        },
      },
      enrolment,
      sessionStop.signal,
    );
  }

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
    workerPublicKey: publicKey,
    changed,
    settingsChanged(view) {
      state.set('settings', view);
      changed();
    },
    async enrol(networkUrl, enrolmentToken) {
      const enrolment = await enrol(identity, devices, networkUrl, enrolmentToken);
      for (let ended = null; ended !== sessionEnd; ) {
        sessionStop.abort(); // again where another enrolment has connected meanwhile
        ended = sessionEnd;
        await ended;
      }
      if (stopping.signal.aborted) throw new ProblemError('already-running', 'Nightshift is being closed.', 'Start it again, then enrol.');
      writeEnrolment(db, enrolment, clock.nowMs());
      enrolled = enrolment;
      connect(enrolment);
      return enrolment.workerId;
    },
    stopping: stopping.signal,
  });
  const loopback = await startLoopback({ port: options.uiPort, uiRoot: options.uiRoot, token, router, logger });
  starting.use(loopback);
  writeUiAddress(dataDir, loopback.url, token);

  if (enrolled) connect(enrolled);
  starting.defer(async () => {
    sessionStop.abort();
    await sessionEnd;
  });
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
