import { type LeaseOutcome, type LeaseTerms, leaseOutcome, leaseTerms, type SignedLeaseTerms } from '../../contract/model/lease.ts';
import type { WorkerLease } from '../../contract/session-api.ts';
import type { Db } from './open.ts';

export type LeaseState = WorkerLease['state'];

/** A lease as the worker keeps it. */
export interface LeaseRow {
  readonly terms: LeaseTerms;
  readonly uid: number;
  readonly state: LeaseState;
  /** The owner asked for this job by "run now", which overrides presence. */
  readonly runNow: boolean;
  readonly unfrozenMs: number;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly outcome: LeaseOutcome | null;
  /** Someone wants it to end; what still runs is killed and ends with this outcome. */
  readonly stopWanted: LeaseOutcome | null;
  readonly wiped: boolean;
}

/** Unique per job, so that one job cannot starve another through a shared user's limits. */
const FIRST_UID = 200_000;

interface Raw {
  terms: string;
  uid: number;
  state: LeaseState;
  run_now: number;
  unfrozen_ms: number;
  started_at_ms: number | null;
  ended_at_ms: number | null;
  outcome: string | null;
  stop_wanted: string | null;
  wiped: number;
}

const parseOutcome = (text: string | null): LeaseOutcome | null => (text === null ? null : leaseOutcome.parse(JSON.parse(text)));

/** Terms never change once written, are read every second, and are dear to parse. */
const parsedTerms = new Map<string, LeaseTerms>();
const MAX_PARSED = 256;

function termsOf(text: string): LeaseTerms {
  const found = parsedTerms.get(text);
  if (found) return found;
  const terms = leaseTerms.parse(JSON.parse(text));
  if (parsedTerms.size >= MAX_PARSED) parsedTerms.clear();
  parsedTerms.set(text, terms);
  return terms;
}

const toRow = (raw: Raw): LeaseRow => ({
  terms: termsOf(raw.terms),
  uid: raw.uid,
  state: raw.state,
  runNow: raw.run_now === 1,
  unfrozenMs: raw.unfrozen_ms,
  startedAtMs: raw.started_at_ms,
  endedAtMs: raw.ended_at_ms,
  outcome: parseOutcome(raw.outcome),
  stopWanted: parseOutcome(raw.stop_wanted),
  wiped: raw.wiped === 1,
});

export function readLease(db: Db, leaseId: string): LeaseRow | null {
  const raw = db.prepare<[string], Raw>('SELECT * FROM leases WHERE lease_id = ?').get(leaseId);
  return raw ? toRow(raw) : null;
}

/** What was read last, until a lease is written: it is asked for several times a second. Every write to the table is in this file. */
const unfinished = new WeakMap<Db, readonly LeaseRow[]>();

/** Leases that still need something: a run, an invoice or a wipe. Oldest first. */
export function readUnfinishedLeases(db: Db): readonly LeaseRow[] {
  const known = unfinished.get(db);
  if (known && !db.inTransaction) return known;
  const rows = db.prepare<[], Raw>('SELECT * FROM leases WHERE wiped = 0 ORDER BY granted_at_ms, lease_id').all().map(toRow);
  if (!db.inTransaction) unfinished.set(db, rows); // what is rolled back must not be remembered
  return rows;
}

/** A statement that writes leases. */
function writing<P extends unknown[]>(db: Db, sql: string) {
  unfinished.delete(db);
  return db.prepare<P>(sql);
}

/** Leases that have ended, newest first. */
export function readRecentLeases(db: Db, limit: number): readonly LeaseRow[] {
  return db
    .prepare<[number], Raw>(`SELECT * FROM leases WHERE state IN ('ended', 'sealed') ORDER BY granted_at_ms DESC, lease_id DESC LIMIT ?`)
    .all(limit)
    .map(toRow);
}

export function readHighestEpoch(db: Db, deviceId: string): number {
  return (
    db.prepare<[string], { highest_epoch: number }>('SELECT highest_epoch FROM device_epochs WHERE device_id = ?').get(deviceId)
      ?.highest_epoch ?? 0
  );
}

/** Writes a new lease and moves the device's epoch up, in the caller's transaction. */
export function insertLease(db: Db, signed: SignedLeaseTerms, runNow: boolean, nowMs: number): void {
  const { terms } = signed;
  const highest = db.prepare<[], { uid: number | null }>('SELECT max(uid) AS uid FROM leases').get()?.uid ?? FIRST_UID - 1;
  db.prepare(
    'INSERT INTO device_epochs (device_id, highest_epoch) VALUES (?, ?) ON CONFLICT (device_id) DO UPDATE SET highest_epoch = max(highest_epoch, excluded.highest_epoch)',
  ).run(terms.deviceId, terms.leaseEpoch);
  writing(
    db,
    `INSERT INTO leases (lease_id, lease_epoch, job_id, device_id, uid, terms, network_signature, state, run_now, granted_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, 'granted', ?, ?)`,
  ).run(
    terms.leaseId,
    terms.leaseEpoch,
    terms.jobId,
    terms.deviceId,
    highest + 1,
    JSON.stringify(terms),
    signed.networkSignature,
    runNow ? 1 : 0,
    nowMs,
  );
}

export function setLeaseState(db: Db, leaseId: string, state: LeaseState): void {
  writing(db, 'UPDATE leases SET state = ? WHERE lease_id = ?').run(state, leaseId);
}

export function setLeaseStarted(db: Db, leaseId: string, startedAtMs: number): void {
  writing(db, 'UPDATE leases SET started_at_ms = ? WHERE lease_id = ?').run(startedAtMs, leaseId);
}

export function setUnfrozen(db: Db, leaseId: string, unfrozenMs: number): void {
  writing(db, 'UPDATE leases SET unfrozen_ms = max(unfrozen_ms, ?) WHERE lease_id = ?').run(unfrozenMs, leaseId);
}

/** The first wish to stop stands. */
export function setStopWanted(db: Db, leaseId: string, outcome: LeaseOutcome): void {
  writing(db, 'UPDATE leases SET stop_wanted = coalesce(stop_wanted, ?) WHERE lease_id = ?').run(JSON.stringify(outcome), leaseId);
}

export function setLeaseEnded(db: Db, leaseId: string, outcome: LeaseOutcome, endedAtMs: number): void {
  writing(db, `UPDATE leases SET state = 'ended', outcome = ?, ended_at_ms = ? WHERE lease_id = ?`).run(
    JSON.stringify(outcome),
    endedAtMs,
    leaseId,
  );
}

export function setLeaseSealed(db: Db, leaseId: string, nowMs: number): void {
  writing(db, `UPDATE leases SET state = 'sealed', ended_at_ms = coalesce(ended_at_ms, ?) WHERE lease_id = ?`).run(nowMs, leaseId);
}

export function setLeaseWiped(db: Db, leaseId: string): void {
  writing(db, 'UPDATE leases SET wiped = 1 WHERE lease_id = ?').run(leaseId);
}

/** What the GPU of a lease held before it, JSON; null: it holds no more than that again, or nobody asks any more. */
export function setVramBefore(db: Db, leaseId: string, before: string | null): void {
  writing(db, 'UPDATE leases SET vram_before = ? WHERE lease_id = ?').run(before, leaseId);
}

/** Leases whose GPU has not been seen to hold what it held before them. */
export function readVramBefore(
  db: Db,
): readonly { readonly leaseId: string; readonly deviceId: string; readonly ended: boolean; readonly before: string }[] {
  return db
    .prepare<[], { lease_id: string; device_id: string; state: LeaseState; vram_before: string }>(
      'SELECT lease_id, device_id, state, vram_before FROM leases WHERE vram_before IS NOT NULL',
    )
    .all()
    .map((raw) => ({
      leaseId: raw.lease_id,
      deviceId: raw.device_id,
      ended: raw.state === 'ended' || raw.state === 'sealed',
      before: raw.vram_before,
    }));
}
