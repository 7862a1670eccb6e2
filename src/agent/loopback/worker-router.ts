import { implement, ORPCError } from '@orpc/server';
import type { DoctorReport } from '../../contract/model/doctor.ts';
import { ProblemError } from '../../contract/model/problem.ts';
import type { SettingsView } from '../../contract/model/settings.ts';
import { signatureContext } from '../../contract/session-api.ts';
import { type PauseKind, workerContract } from '../../contract/worker-api.ts';
import type { Clock } from '../../lib/clock.ts';
import { canonicalJson, verifySignature } from '../../lib/signing.ts';
import type { DeviceRooms } from '../device-rooms.ts';
import { checkReceipts } from '../earnings/receipts.ts';
import type { Leases } from '../lease/leases.ts';
import type { OwnerWord } from '../presence/owner.ts';
import type { TimeAccount } from '../presence/time-account.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { SandboxKeeper } from '../sandbox-keeper.ts';
import { resetOwnerSetting, setOwnerSetting } from '../settings/settings.ts';
import type { StateTree } from '../state.ts';
import { readConnections } from '../store/connection-rows.ts';
import { readEnrolment } from '../store/enrolment-row.ts';
import { readInvoice } from '../store/invoice-rows.ts';
import type { Db } from '../store/open.ts';

export interface WorkerRouterDeps {
  readonly db: Db;
  readonly state: StateTree;
  readonly ownerWord: OwnerWord;
  readonly leases: Leases;
  readonly sandbox: Sandbox;
  readonly keeper: SandboxKeeper;
  readonly time: TimeAccount;
  readonly clock: Clock;
  readonly rooms: DeviceRooms;
  /** Looks at the machine anew. */
  readonly examine: () => Promise<DoctorReport>;
  readonly workerPublicKey: string;
  /** Something the owner said has changed: decide again. */
  readonly changed: () => void;
  readonly settingsChanged: (view: SettingsView) => void;
  readonly enrol: (networkUrl: string, token: string) => Promise<string>;
  readonly stopping: AbortSignal;
}

export type WorkerRouter = ReturnType<typeof createWorkerRouter>;

/** The worker API: what the UI, the tray and the CLI may ask of the agent. */
export function createWorkerRouter(deps: WorkerRouterDeps) {
  const { db, state, ownerWord, leases, rooms } = deps;
  const base = implement(workerContract);
  const os = base.use(async ({ next }) => {
    try {
      return await next();
    } catch (error) {
      if (error instanceof ProblemError)
        throw new ORPCError('PROBLEM', { status: error.problem.status, message: error.message, data: error.problem });
      throw error;
    }
  });
  const done = { ok: true } as const;
  const say = (word: () => void): typeof done => {
    word();
    deps.changed();
    return done;
  };
  const changedSettings = (view: SettingsView): SettingsView => {
    deps.settingsChanged(view);
    return view;
  };

  /** The proxy's whole book is read for it, which takes the agent some time: once in a while, for however many pages ask. */
  const liveConnections = rememberFor(LIVE_CONNECTIONS_MS, (id: string) => deps.sandbox.connections(id));

  return os.router({
    state: {
      watch: os.state.watch.handler(async function* ({ signal }) {
        yield* state.watch(signal ? AbortSignal.any([signal, deps.stopping]) : deps.stopping);
      }),
    },
    presence: {
      runNow: os.presence.runNow.handler(() => say(() => ownerWord.runNow())),
      pause: os.presence.pause.handler(({ input }) => say(() => pause(ownerWord, input))),
      resume: os.presence.resume.handler(() => say(() => ownerWord.resume())),
    },
    time: { report: os.time.report.handler(({ input }) => deps.time.report(input.range, deps.clock.nowMs())) },
    leases: { stop: os.leases.stop.handler(({ input }) => say(() => leases.stopByOwner(input.leaseId))) },
    sandbox: {
      check: os.sandbox.check.handler(() => say(() => deps.keeper.start())),
      cancelCheck: os.sandbox.cancelCheck.handler(() => say(() => deps.keeper.cancel())),
      connections: os.sandbox.connections.handler(async ({ input }) => {
        // Of a lease that lives the proxy has the book; that of a past one was closed before its proxy went.
        const live = leases.live().some(({ leaseId, network }) => leaseId === input.leaseId && network.kind === 'egress');
        return { connections: [...(live ? await liveConnections(input.leaseId) : readConnections(db, input.leaseId))] };
      }),
    },
    devices: {
      history: os.devices.history.handler(({ input }) => rooms.telemetry.history(input.deviceId, input.range)),
      rescan: os.devices.rescan.handler(async () => {
        await rooms.hardware.rescan();
        await rooms.hardware.listAdapters('asked');
        return done;
      }),
      release: os.devices.release.handler(({ input }) => say(() => rooms.telemetry.release(input.deviceId))),
      forget: os.devices.forget.handler(({ input }) => say(() => rooms.forget(input.deviceId))),
      doctor: os.devices.doctor.handler(() => deps.examine()),
    },
    benchmarks: {
      start: os.benchmarks.start.handler(({ input }) => say(() => rooms.benchmarks.start(input.deviceIds))),
      cancel: os.benchmarks.cancel.handler(() => say(() => rooms.benchmarks.cancel())),
      history: os.benchmarks.history.handler(({ input }) => ({ records: [...rooms.benchmarks.history(input.deviceId)] })),
    },
    earnings: {
      receipts: os.earnings.receipts.handler(({ input }) => {
        const networkPublicKey = readEnrolment(db)?.network.publicKey ?? null;
        const signed = readInvoice(db, input.leaseId);
        return {
          receipts: [...checkReceipts(db, input.leaseId, deps.workerPublicKey, networkPublicKey)],
          invoice: signed && {
            text: canonicalJson(signed.invoice),
            networkSignature: signed.networkSignature,
            valid:
              networkPublicKey !== null &&
              verifySignature(networkPublicKey, signatureContext.invoice, signed.invoice, signed.networkSignature),
          },
        };
      }),
    },
    settings: {
      set: os.settings.set.handler(({ input }) => changedSettings(setOwnerSetting(db, input.key, input.value))),
      reset: os.settings.reset.handler(({ input }) => changedSettings(resetOwnerSetting(db, input.key))),
    },
    enrolment: {
      enrol: os.enrolment.enrol.handler(async ({ input }) => ({ workerId: await deps.enrol(input.networkUrl, input.token) })),
    },
  });
}

const LIVE_CONNECTIONS_MS = 10_000;

/** Asks at most so often for the same; a failure is not remembered. */
function rememberFor<T>(ms: number, ask: (id: string) => Promise<T>): (id: string) => Promise<T> {
  let latest: { readonly id: string; readonly atMs: number; readonly answer: Promise<T> } | null = null;
  return (id) => {
    if (latest?.id !== id || performance.now() - latest.atMs > ms) {
      const asked = { id, atMs: performance.now(), answer: ask(id) };
      latest = asked;
      asked.answer.catch(() => {
        if (latest === asked) latest = null;
      });
    }
    return latest.answer;
  };
}

function pause(ownerWord: OwnerWord, kind: PauseKind): void {
  switch (kind.kind) {
    case 'for':
      ownerWord.pauseFor(kind.ms);
      break;
    case 'until-tomorrow':
      ownerWord.pauseUntilTomorrow();
      break;
    case 'finish-job':
      ownerWord.finishJob();
      break;
  }
}
