import type { Readable } from 'node:stream';
import type { ArchiveRef, LeaseOutcome, SignedInvoice, SignedLeaseTerms } from '../../contract/model/lease.ts';
import type { Offer } from '../../contract/model/offer.ts';
import { ProblemError } from '../../contract/model/problem.ts';
import { type GrantAnswer, signatureContext, type WorkerLease } from '../../contract/session-api.ts';
import type { LeaseStep, LiveLease } from '../../contract/worker-api.ts';
import { delay } from '../../lib/delay.ts';
import { canonicalJson, verifySignature } from '../../lib/signing.ts';
import type { RunningJob, Verdict } from '../presence/verdict.ts';
import { readEnrolment } from '../store/enrolment-row.ts';
import { insertInvoice } from '../store/invoice-rows.ts';
import {
  insertLease,
  type LeaseRow,
  readHighestEpoch,
  readLease,
  readUnfinishedLeases,
  setLeaseSealed,
  setLeaseWiped,
  setStopWanted,
} from '../store/lease-rows.ts';
import { keepConnections } from './connections.ts';
import { jobOf } from './job-of.ts';
import { liveLease } from './live-lease.ts';
import { holdsDevice, nextLeaseState } from './machine.ts';
import { type Run, type RunDeps, startRun } from './run.ts';
import { type Delivery, openSpool, type Spool } from './spool.ts';
import { faultOfAsk, faultOfParties } from './terms.ts';

export interface LeasesDeps extends RunDeps {
  readonly dataDir: string;
  /** What this worker offers now: a grant must fit one of these. */
  readonly offers: () => readonly Offer[];
}

/** All leases of this worker: what the network asks of them, and what is to be taken up again after a crash. */
export interface Leases {
  grant(signed: SignedLeaseTerms): GrantAnswer;
  start(leaseId: string, leaseEpoch: number): WorkerLease;
  cancel(leaseId: string, leaseEpoch: number): void;
  seal(signed: SignedInvoice): void;
  stopByOwner(leaseId: string): void;
  receiveInputs(leaseId: string, body: Readable): Promise<void>;
  /** Takes in what an earlier attempt of the job has saved. */
  receiveCheckpoint(leaseId: string, body: Readable): Promise<void>;
  /** The log from a byte offset, followed until the run has ended. */
  readLog(leaseId: string, offset: number, signal: AbortSignal): AsyncGenerator<Buffer, void, void>;
  readArtifacts(leaseId: string): Readable;
  /** What this lease's run has saved. */
  readCheckpoint(leaseId: string): Readable;
  /** Takes up what an earlier run of the agent has left and removes what belongs to no lease. Call it when the engine is ready. */
  recover(): Promise<void>;
  /** Wipes what ended leases have left behind. What fails is an obligation: it is tried again at the next call. */
  cleanUp(): Promise<void>;
  /**
   * What presence asks of each job now, to be called whenever it has been decided. What it takes from a job it takes before this returns,
   * where the job's control group is ours to write; it costs next to nothing where nothing changes.
   */
  apply(verdictFor: (job: RunningJob) => Verdict): void;
  report(): readonly WorkerLease[];
  live(): readonly LiveLease[];
  /** The job that holds a device now, if any. */
  running(): RunningJob | null;
  /** Folders of the control groups of the jobs that run. */
  cgroups(): readonly string[];
  /** A job is being prepared, or what it left is being collected: the engine works for us. */
  isPreparing(): boolean;
  /** Starts nothing any more, ends every run with `agent-stopped` and waits until the results are durable. */
  stopAll(): Promise<void>;
}

const LOG_POLL_MS = 250;
const STEADY: ReadonlySet<LeaseStep> = new Set(['running', 'frozen']);

export function openLeases(deps: LeasesDeps): Leases {
  const { db, logger, clock } = deps;
  const runs = new Map<string, Run>();
  const spools = new Map<string, Spool>();
  /** Ended leases of which the engine holds nothing any more; their spool stays until the seal. */
  const cleared = new Set<string>();
  let closing = false;
  let cleaning: Promise<void> | null = null;
  let cleanAgain = false;

  const spoolOf = (leaseId: string): Spool => {
    const found = spools.get(leaseId) ?? openSpool(deps.dataDir, leaseId);
    spools.set(leaseId, found);
    return found;
  };
  const known = (leaseId: string): LeaseRow => {
    const row = readLease(db, leaseId);
    if (!row) throw new ProblemError('not-found', `This worker has no lease ${leaseId}.`, 'The network closes it as lost.');
    return row;
  };
  /** A lease whose files are still here: asking for another must not make its folder anew. */
  const unwiped = (leaseId: string): LeaseRow => {
    const row = known(leaseId);
    if (row.wiped)
      throw new ProblemError('not-found', `Lease ${leaseId} is settled and wiped.`, 'Its log and artifacts are with the network.');
    return row;
  };
  /** What the terms name and is to come before the start. */
  const named = ({ terms }: LeaseRow, delivery: Delivery): ArchiveRef | null =>
    delivery === 'inputs' ? terms.spec.inputs : terms.checkpoint;
  const needs = (row: LeaseRow, delivery: Delivery): boolean =>
    row.state === 'granted' && named(row, delivery) !== null && !spoolOf(row.terms.leaseId).has(delivery);
  const isWaiting = (row: LeaseRow): boolean => needs(row, 'inputs') || needs(row, 'checkpoint');
  const toWorkerLease = (row: LeaseRow): WorkerLease => ({
    leaseId: row.terms.leaseId,
    leaseEpoch: row.terms.leaseEpoch,
    state: row.state,
    needsInputs: needs(row, 'inputs'),
    needsCheckpoint: needs(row, 'checkpoint'),
  });

  function take(row: LeaseRow): void {
    const { leaseId } = row.terms;
    if (runs.has(leaseId)) return;
    const run = startRun(deps, spoolOf(leaseId), row);
    runs.set(leaseId, run);
    deps.changed(); // presence decides about it before the engine has answered its first question
    void run.finished.then(() => {
      runs.delete(leaseId);
      deps.changed();
      return cleanUp();
    });
  }

  /** One at a time, because the sandbox takes one call for a lease after another; a call that comes meanwhile is one more round. */
  function cleanUp(): Promise<void> {
    cleanAgain = true;
    cleaning ??= (async () => {
      while (cleanAgain) {
        cleanAgain = false;
        for (const row of readUnfinishedLeases(db)) await clear(row.terms.leaseId);
      }
    })()
      .catch((error: unknown) => logger.error({ error }, 'could not clean up; it is tried again'))
      .finally(() => {
        cleaning = null;
      });
    return cleaning;
  }

  /** An ended lease leaves nothing in the engine, a sealed one nothing at all. */
  async function clear(leaseId: string): Promise<void> {
    if (runs.has(leaseId) || holdsDevice(known(leaseId).state)) return;
    try {
      if (!cleared.has(leaseId)) {
        await keepConnections(deps, known(leaseId).terms);
        await deps.sandbox.wipe(leaseId);
      }
      cleared.add(leaseId);
      if (known(leaseId).state !== 'sealed') return;
      spoolOf(leaseId).remove();
      spools.delete(leaseId);
      cleared.delete(leaseId);
      setLeaseWiped(db, leaseId);
    } catch (error) {
      logger.warn({ leaseId, error }, 'an ended lease could not be wiped yet');
    }
  }

  function refuse(signed: SignedLeaseTerms): Extract<GrantAnswer, { accepted: false }> | null {
    const { terms } = signed;
    const no = (code: 'stale-epoch' | 'device-busy' | 'not-offered' | 'bad-terms', detail: string) =>
      ({ accepted: false, code, detail }) as const;
    const foreign = faultOfParties(signed, readEnrolment(db));
    if (foreign !== null) return no('bad-terms', foreign);
    if (terms.leaseEpoch <= readHighestEpoch(db, terms.deviceId))
      return no('stale-epoch', 'the device has seen this epoch or a higher one');
    const older = readUnfinishedLeases(db).find((row) => row.terms.deviceId === terms.deviceId && holdsDevice(row.state));
    if (older) {
      // The network has moved on from it, or it would not grant the device again.
      end(older.terms.leaseId, { kind: 'cancelled' });
      return no('device-busy', 'the lease before is being ended');
    }
    const offer = deps.offers().find((each) => each.deviceId === terms.deviceId);
    if (!offer) return no('not-offered', 'the device is not offered now');
    const unfit = faultOfAsk(terms, offer);
    return unfit === null ? null : no('bad-terms', unfit);
  }

  function end(leaseId: string, outcome: LeaseOutcome): void {
    const row = readLease(db, leaseId);
    if (!row || !holdsDevice(row.state)) return;
    const run = runs.get(leaseId);
    if (run) {
      run.stop(outcome);
      return;
    }
    setStopWanted(db, leaseId, outcome);
    take(known(leaseId)); // never started: the run ends at once with this outcome
  }

  async function receive(delivery: Delivery, leaseId: string, body: Readable): Promise<void> {
    const row = unwiped(leaseId);
    if (row.state !== 'granted')
      throw new ProblemError('stale-epoch', `Lease ${leaseId} is ${row.state}.`, 'It takes nothing in any more.');
    const expected = named(row, delivery);
    if (!expected) throw new ProblemError('invalid-request', `Lease ${leaseId} names no ${delivery}.`, 'Send none.');
    await spoolOf(leaseId).receive(delivery, body, expected);
    deps.changed();
  }

  return {
    grant(signed) {
      const { terms } = signed;
      const before = readLease(db, terms.leaseId);
      if (before) {
        return canonicalJson(before.terms) === canonicalJson(terms)
          ? { accepted: true, lease: toWorkerLease(before) }
          : { accepted: false, code: 'bad-terms', detail: 'the lease was granted on other terms' };
      }
      const refusal = refuse(signed);
      if (refusal) return refusal;
      db.transaction(() => {
        const runNow = deps.ownerWord.mode().kind === 'run-now';
        insertLease(db, signed, runNow, clock.nowMs());
        deps.ownerWord.spendRunNow();
      })();
      deps.changed();
      return { accepted: true, lease: toWorkerLease(known(terms.leaseId)) };
    },
    start(leaseId, leaseEpoch) {
      const row = known(leaseId);
      if (row.terms.leaseEpoch !== leaseEpoch)
        throw new ProblemError('stale-epoch', `Lease ${leaseId} has epoch ${row.terms.leaseEpoch}.`, 'Ask with its own epoch.');
      if (nextLeaseState(row.state, 'start') && !runs.has(leaseId)) {
        if (closing) throw new ProblemError('device-busy', 'Nightshift is being closed on this worker.', 'Ask again when it is back.');
        if (isWaiting(row))
          throw new ProblemError('inputs-missing', `What lease ${leaseId} starts with is not here yet.`, 'Send it first.');
        take(row);
      }
      return toWorkerLease(known(leaseId));
    },
    cancel(leaseId, leaseEpoch) {
      if (readLease(db, leaseId)?.terms.leaseEpoch === leaseEpoch) end(leaseId, { kind: 'cancelled' });
    },
    seal(signed) {
      const { invoice } = signed;
      const enrolment = readEnrolment(db);
      if (!enrolment || !verifySignature(enrolment.network.publicKey, signatureContext.invoice, invoice, signed.networkSignature)) {
        throw new ProblemError('invalid-request', 'The invoice is not signed by the network this worker belongs to.', 'It is not stored.');
      }
      const row = readLease(db, invoice.leaseId);
      db.transaction(() => {
        insertInvoice(db, signed);
        if (row && nextLeaseState(row.state, 'seal')) setLeaseSealed(db, invoice.leaseId, clock.nowMs());
      })();
      runs.get(invoice.leaseId)?.stop({ kind: 'cancelled' });
      deps.changed();
      if (row) void cleanUp();
    },
    stopByOwner: (leaseId) => {
      known(leaseId);
      end(leaseId, { kind: 'owner-stopped' });
    },
    receiveInputs: (leaseId, body) => receive('inputs', leaseId, body),
    receiveCheckpoint: (leaseId, body) => receive('checkpoint', leaseId, body),
    async *readLog(leaseId, offset, signal) {
      let sent = offset;
      while (!signal.aborted) {
        const open = runs.get(leaseId)?.holdsDevice() ?? holdsDevice(unwiped(leaseId).state);
        if (spoolOf(leaseId).logBytes() > sent) {
          for await (const chunk of spoolOf(leaseId).readLog(sent)) {
            const bytes: Buffer = chunk;
            sent += bytes.length;
            yield bytes;
          }
        }
        if (!open) return;
        await delay(LOG_POLL_MS, signal);
      }
    },
    readArtifacts: (leaseId) => {
      unwiped(leaseId);
      return spoolOf(leaseId).readArtifacts();
    },
    readCheckpoint: (leaseId) => {
      unwiped(leaseId);
      return spoolOf(leaseId).readCheckpoint();
    },
    async recover() {
      const rows = readUnfinishedLeases(db);
      for (const row of closing ? [] : rows) if (isBegun(row)) take(row); // first: what still runs must not wait for what is only left over
      await deps.sandbox.sweep(new Set(rows.filter((row) => holdsDevice(row.state)).map((row) => row.terms.leaseId)));
      await cleanUp();
    },
    cleanUp,
    apply(verdictFor) {
      for (const run of runs.values()) run.apply(verdictFor(run.job));
    },
    report: () => readUnfinishedLeases(db).map(toWorkerLease),
    live: () =>
      readUnfinishedLeases(db)
        .filter((row) => row.state !== 'sealed')
        .map((row) => liveLease(row, runs.get(row.terms.leaseId), isWaiting(row))),
    running() {
      // Asked at each decision of presence: while a job runs, without the database.
      for (const run of runs.values()) if (run.holdsDevice()) return run.job;
      const row = readUnfinishedLeases(db).find((each) => holdsDevice(each.state));
      return row ? jobOf(row) : null;
    },
    cgroups: () => [...runs.values()].map((run) => run.usageFolder()).filter((folder) => folder !== null),
    isPreparing: () => [...runs.values()].some((run) => !STEADY.has(run.view().step)),
    async stopAll() {
      closing = true;
      for (const row of readUnfinishedLeases(db)) if (isBegun(row)) take(row); // left over, and not taken up yet
      const ending = [...runs.values()].map((run) => {
        run.stop({ kind: 'agent-stopped' });
        return run.finished;
      });
      await Promise.all(ending);
      await cleaning;
    },
  };
}

/** Whether the lease has, or may have, something running. */
const isBegun = (row: LeaseRow): boolean => holdsDevice(row.state) && (row.state !== 'granted' || row.stopWanted !== null);
