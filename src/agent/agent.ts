import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Offer } from '../contract/model/offer.ts';
import { ProblemError } from '../contract/model/problem.ts';
import type { Earnings, EngineState, SessionState } from '../contract/worker-api.ts';
import type { Clock } from '../lib/clock.ts';
import { lockFolder } from '../lib/folder-lock.ts';
import { newId } from '../lib/ids.ts';
import type { Logger } from '../lib/log.ts';
import { createPulse } from '../lib/pulse.ts';
import { VERSION } from '../lib/version.ts';
import { readStatement } from './earnings/statement.ts';
import { underpaidNotices } from './earnings/underpaid.ts';
import { takeInventory } from './hardware/inventory.ts';
import { offerFor } from './hardware/offers.ts';
import { watchEngine } from './lease/engine-watch.ts';
import { type Leases, openLeases } from './lease/leases.ts';
import { startLoopback } from './loopback/server.ts';
import { openToken, writeUiAddress } from './loopback/token.ts';
import { createWorkerRouter } from './loopback/worker-router.ts';
import { openOwnerWord } from './presence/owner.ts';
import { decide, reasonsNotToContinue, reasonsNotToStart, type Signals } from './presence/policy.ts';
import { openSandbox } from './sandbox/sandbox.ts';
import { enrol } from './session/enrol.ts';
import { openIdentity } from './session/identity.ts';
import { keepSession } from './session/session.ts';
import { readSettings } from './settings/settings.ts';
import { createStateTree } from './state.ts';
import { type Enrolment, readEnrolment, writeEnrolment } from './store/enrolment-row.ts';
import { openStore } from './store/open.ts';

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

/** Presence, offers and today's figures are looked at this often besides every change. */
const TICK_MS = 1_000;
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
  const devices = await takeInventory(publicKey);
  const ownerWord = openOwnerWord(db, clock);
  const sandbox = openSandbox({ owner: publicKey, stateDir: join(dataDir, 'sandbox'), logger });

  let engine: EngineState = { kind: 'starting' };
  let session: SessionState = {
    kind: 'not-enrolled',
    fix: 'Start with `npm start`, or join a network: `npx nightshift worker enrol <network address> <token>`',
  };
  let reconciliation: Earnings['reconciliation'] = null;
  let freeDiskBytes = 0;
  let recovered = false;
  const stopping = new AbortController();
  const reportChanged = createPulse();
  const outboxGrew = createPulse();

  const state = createStateTree({
    worker: { id: readEnrolment(db)?.workerId ?? null, name: identity.name, version: VERSION, publicKey },
    presence: { decision: 'freeze', reasons: [], mode: ownerWord.mode(), nextEligibleAtMs: null },
    devices: [...devices],
    leases: [],
    earnings: readStatement(db, readEnrolment(db), devices, 0, null, clock.nowMs()),
    session,
    settings: readSettings(db),
    sandbox: { engine },
    notices: [],
  });

  const signals = (): Signals => ({
    mode: ownerWord.mode(),
    dedicated: state.get('settings').values['presence.dedicated'],
    engine,
    session,
    deviceCount: devices.length,
    stopping: stopping.signal.aborted,
  });
  const offers = (): readonly Offer[] => {
    if (!recovered || leases.running() !== null || reasonsNotToStart(signals(), clock.nowMs()).length > 0) return [];
    return devices.map((device) => offerFor(device, state.get('settings').values, freeDiskBytes)).filter((offer) => offer !== null);
  };

  let scheduled = false;
  /** Shows and reports what has changed, once for any number of changes in a turn. */
  function changed(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      if (db.open) refresh();
    });
  }
  let reported = '';
  function refresh(): void {
    const nowMs = clock.nowMs();
    const now = signals();
    leases.freezeWhere((job) => reasonsNotToContinue(now, job, nowMs).some((reason) => reason.code !== 'stopping'));
    state.set('presence', decide(now, leases.running(), nowMs));
    state.set('session', session);
    state.set('sandbox', { engine });
    state.set('leases', [...leases.live()]);
    const enrolment = readEnrolment(db);
    state.set('worker', { ...state.get('worker'), id: enrolment?.workerId ?? null });
    const unsealedMicro = state.get('leases').reduce((sum, lease) => sum + lease.netMicro, 0);
    state.set('earnings', readStatement(db, enrolment, devices, unsealedMicro, reconciliation, nowMs));
    state.set('notices', [...underpaidNotices(db)]);
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
    engineLost() {
      engine = { kind: 'starting' }; // nothing is offered on it before it has answered anew: one that shuts down would fail the next job too
      changed();
      watch.lookAgain();
    },
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
      const wasReady = engine.kind === 'ready';
      engine = found;
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
      connect(enrolment);
      return enrolment.workerId;
    },
    stopping: stopping.signal,
  });
  const loopback = await startLoopback({ port: options.uiPort, uiRoot: options.uiRoot, token, router, logger });
  starting.use(loopback);
  writeUiAddress(dataDir, loopback.url, token);

  const enrolment = readEnrolment(db);
  if (enrolment) connect(enrolment);
  starting.defer(async () => {
    sessionStop.abort();
    await sessionEnd;
  });
  let measuring = false; // on a disk that hangs the next look waits
  const ticking = setInterval(() => {
    changed();
    if (measuring) return;
    measuring = true;
    void measureDisk().finally(() => {
      measuring = false;
    });
  }, TICK_MS);
  starting.defer(async () => {
    clearInterval(ticking);
    stopping.abort();
    await leases.stopAll();
  });
  changed();

  const running = starting.move();
  return { uiUrl: loopback.url, token, close: () => running.disposeAsync() };
}
