import { eventIterator, oc } from '@orpc/contract';
import * as z from 'zod';
import { benchmarkRecord, benchmarkRun, deviceBenchmark } from './model/benchmark.ts';
import { deviceClass, hardwareDevice } from './model/device.ts';
import { doctorReport } from './model/doctor.ts';
import { jobNetwork } from './model/job.ts';
import { leaseCloseReason, leaseId, leaseOutcome } from './model/lease.ts';
import { currency, microCredits } from './model/money.ts';
import { deviceCost } from './model/power.ts';
import { presence, sensorReport, timeRange, timeReport, yields } from './model/presence.ts';
import { cosignedReceipt } from './model/receipt.ts';
import { connectionRecord, sandboxCheck, signedSandboxReport } from './model/sandbox.ts';
import { settingKey, settingsView } from './model/settings.ts';
import { deviceSample, telemetryHistory, telemetryRange } from './model/telemetry.ts';

/** UI, tray and CLI <-> agent. */

/** The container engine on this machine. `missing`: what it does not enforce here, in plain words. */
export const engineState = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('starting') }),
  z.object({ kind: z.literal('missing'), detail: z.string(), fix: z.string() }),
  z.object({ kind: z.literal('ready'), name: z.string(), version: z.string(), apiVersion: z.string(), missing: z.array(z.string()) }),
]);
export type EngineState = z.infer<typeof engineState>;

export const sessionState = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('not-enrolled'), fix: z.string() }),
  z.object({ kind: z.literal('connecting'), networkUrl: z.string() }),
  z.object({ kind: z.literal('offline'), networkUrl: z.string(), detail: z.string(), retryAtMs: z.int() }),
  z.object({ kind: z.literal('online'), networkUrl: z.string(), networkName: z.string(), sessionEpoch: z.int(), sinceMs: z.int() }),
]);
export type SessionState = z.infer<typeof sessionState>;

/** A step of bringing a job to life, for progress on screen. */
export const leaseStep = z.enum([
  'waiting-for-inputs',
  'checking-image',
  'pulling-image',
  'preparing-disk',
  'starting',
  'running',
  'frozen',
  'collecting',
  'reporting',
  'settling',
]);
export type LeaseStep = z.infer<typeof leaseStep>;

/** The lease that occupies a device now. */
export const liveLease = z.object({
  leaseId: z.string(),
  jobId: z.string(),
  jobName: z.string(),
  image: z.string(),
  deviceId: z.string(),
  step: leaseStep,
  progress: z.number().min(0).max(1).nullable().describe('of the current step where it can be known'),
  startedAtMs: z.int().nullable(),
  unfrozenMs: z.int(),
  maxUnfrozenMs: z.int(),
  microPerHour: microCredits,
  chargeMicro: microCredits.describe('so far, before the fee'),
  netMicro: microCredits.describe('so far, after the fee'),
  network: jobNetwork.describe('what the job may reach'),
  memoryBytes: z.int(),
  cpus: z.number(),
  logTail: z.array(z.string()).describe('last lines, control characters removed'),
  throttled: z.boolean().describe('runs, but with the small share that the owner allows while at the machine'),
  /** Null: the job writes no checkpoints, so that stopping it loses all it did. `savedMs`: unfrozen time that the last checkpoint holds. */
  checkpoint: z.object({ intervalMs: z.int(), savedMs: z.int().nullable() }).nullable(),
});
export type LiveLease = z.infer<typeof liveLease>;

/** A lease that ended, with its money. Amounts are null until the network has sealed it. */
export const pastLease = z.object({
  leaseId: z.string(),
  jobId: z.string(),
  jobName: z.string(),
  deviceId: z.string(),
  deviceName: z.string(),
  deviceClass,
  outcome: leaseOutcome.nullable(),
  closeReason: leaseCloseReason.nullable(),
  startedAtMs: z.int().nullable(),
  endedAtMs: z.int().nullable(),
  unfrozenMs: z.int(),
  microPerHour: microCredits,
  chargeMicro: microCredits.nullable(),
  feeMicro: microCredits.nullable(),
  netMicro: microCredits.nullable(),
  availableAtMs: z.int().nullable(),
  sealed: z.boolean(),
});
export type PastLease = z.infer<typeof pastLease>;

/** Money from the worker's own signed ledger. Days are local to this machine. Pending: sealed, still in the holdback. Unsealed: not yet sealed, by receipts. */
export const earnings = z.object({
  currency: currency.nullable().describe('null before this worker has enrolled'),
  availableMicro: microCredits,
  pendingMicro: microCredits,
  unsealedMicro: microCredits,
  nextAvailableAtMs: z.int().nullable().describe('when the next of the pending leaves the holdback'),
  holdbackMs: z.int().nullable().describe("the network's holdback; null before this worker has enrolled"),
  todayNetMicro: microCredits,
  todayGrossMicro: microCredits,
  todayFeeMicro: microCredits,
  days: z.array(z.object({ day: z.iso.date(), netMicro: microCredits, feeMicro: microCredits })).describe('the last 14 days, oldest first'),
  recent: z.array(pastLease).describe('newest first, at most 50'),
  /** null: never compared yet. */
  reconciliation: z.object({ atMs: z.int(), ownMicro: microCredits, networkMicro: microCredits, equal: z.boolean() }).nullable(),
});
export type Earnings = z.infer<typeof earnings>;

export const notice = z.object({
  id: z.string(),
  level: z.enum(['info', 'warning', 'error']),
  text: z.string(),
  fix: z.string().nullable(),
  atMs: z.int(),
});
export type Notice = z.infer<typeof notice>;

/** The agent's state tree. A slice is replaced whole. */
export const workerState = z.object({
  worker: z.object({ id: z.string().nullable(), name: z.string(), version: z.string(), publicKey: z.string() }),
  presence,
  sensors: z.array(sensorReport),
  yields,
  devices: z.array(hardwareDevice).describe('what is in this machine, what was lost too'),
  telemetry: z.record(z.string(), deviceSample).describe('the last look at each device, by its id; missing: not looked at yet'),
  benchmarks: z.object({
    running: benchmarkRun.nullable(),
    waiting: z.array(z.string()).describe('ids of devices that are measured after the running one'),
    devices: z.array(deviceBenchmark),
  }),
  costs: z.array(deviceCost).describe('of devices that can be offered'),
  leases: z.array(liveLease),
  earnings,
  session: sessionState,
  settings: settingsView,
  sandbox: z.object({
    engine: engineState,
    check: sandboxCheck,
    report: signedSandboxReport.nullable().describe('of the last whole check; null: none yet'),
    isCurrent: z.boolean().describe('the report is of the engine, kernel and policy that are here now'),
  }),
  notices: z.array(notice),
});
export type WorkerState = z.infer<typeof workerState>;
export type SliceName = keyof WorkerState;

/** A snapshot first, then changed slices. A gap in `revision` means: subscribe again. */
export const stateFrame = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('snapshot'), revision: z.int(), state: workerState }),
  z.object({ kind: z.literal('change'), revision: z.int(), slices: workerState.partial() }),
]);
export type StateFrame = z.infer<typeof stateFrame>;

/** A receipt with the check of both signatures, made by the agent when it was asked. `null`: the network has not signed yet. */
export const checkedReceipt = cosignedReceipt.extend({ workerSignatureValid: z.boolean(), networkSignatureValid: z.boolean().nullable() });
export type CheckedReceipt = z.infer<typeof checkedReceipt>;

export const pauseKind = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('for'),
    ms: z
      .int()
      .positive()
      .max(7 * 24 * 3_600_000),
  }),
  z.object({ kind: z.literal('until-tomorrow') }),
  z.object({ kind: z.literal('finish-job') }),
]);
export type PauseKind = z.infer<typeof pauseKind>;

const done = z.object({ ok: z.literal(true) });

export const workerContract = {
  state: { watch: oc.output(eventIterator(stateFrame)) },
  presence: {
    /** Runs the next job although the owner may be here: one job, then automatic again. */
    runNow: oc.output(done),
    /**
     * Pauses for a time, or until the next morning, or takes nothing new once the running job has finished until the next morning.
     * Automatic mode comes back by itself each time.
     */
    pause: oc.input(pauseKind).output(done),
    resume: oc.output(done),
  },
  time: {
    /** Where the time of today, or of the last seven days, went. */
    report: oc.input(z.object({ range: timeRange })).output(timeReport),
  },
  leases: {
    /** Stops the job for good, at the owner's wish. What was used is paid. */
    stop: oc.input(z.object({ leaseId: z.string() })).output(done),
  },
  sandbox: {
    /** Starts "Check my sandbox"; its progress is in the state. Throws `busy` while a job or another check runs, `engine-missing`. */
    check: oc.output(done),
    /** Ends a check that runs; nothing of it is kept. */
    cancelCheck: oc.output(done),
    /** What a job connected to, or tried to; empty for one that may reach nothing. Kept after the job's end. */
    connections: oc.input(z.object({ leaseId })).output(z.object({ connections: z.array(connectionRecord) })),
  },
  devices: {
    /** The past of a device: at most 3,600 points of a second, 10,080 of a minute, or one for each hour. */
    history: oc.input(z.object({ deviceId: z.string(), range: telemetryRange })).output(telemetryHistory),
    /** Looks for devices anew, at once. */
    rescan: oc.output(done),
    /** Ends the quarantine of a device at the owner's wish. Throws `not-found`, `device-lost`. */
    release: oc.input(z.object({ deviceId: z.string() })).output(done),
    /** The owner has taken a lost device out: it is missed no longer. Throws `not-found`, `device-busy` where it is there. */
    forget: oc.input(z.object({ deviceId: z.string() })).output(done),
    /** What is there, what is missing and how to fix it, in plain words; looked at anew. */
    doctor: oc.output(doctorReport),
  },
  benchmarks: {
    /** Measures these devices one after the other; all that can be measured where none is named. Throws `device-busy` while a job runs, `not-found`, `not-measurable`. */
    start: oc.input(z.object({ deviceIds: z.array(z.string()).max(64) })).output(done),
    /** Ends the running benchmark and forgets those that wait. */
    cancel: oc.output(done),
    /** Results and failures of a device, newest first, at most 100. */
    history: oc.input(z.object({ deviceId: z.string() })).output(z.object({ records: z.array(benchmarkRecord) })),
  },
  earnings: {
    receipts: oc.input(z.object({ leaseId: z.string() })).output(
      z.object({
        receipts: z.array(checkedReceipt),
        invoice: z
          .object({ text: z.string().describe('the signed invoice as canonical JSON'), networkSignature: z.string(), valid: z.boolean() })
          .nullable(),
      }),
    ),
  },
  settings: {
    set: oc.input(z.object({ key: settingKey, value: z.json() })).output(settingsView),
    /** Takes the owner's value back; the layer below shows. */
    reset: oc.input(z.object({ key: settingKey })).output(settingsView),
  },
  enrolment: {
    /** Enrols this worker with a network. */
    enrol: oc.input(z.object({ networkUrl: z.url(), token: z.string().min(1) })).output(z.object({ workerId: z.string() })),
  },
} as const;

/** WebSocket path and subprotocols of the loopback carrier: the token travels as the second subprotocol, never in a URL. */
export const WORKER_WS_PATH = '/api';
export const WORKER_WS_PROTOCOL = 'nightshift.v0';
export const tokenProtocol = (token: string): string => `nightshift.token.${token}`;
