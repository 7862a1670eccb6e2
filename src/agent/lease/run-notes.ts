import { isFinalOutcome, type LeaseOutcome, type LeaseResult } from '../../contract/model/lease.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { Signer } from '../../lib/signing.ts';
import { issueReceipt } from '../earnings/receipts.ts';
import type { OwnerWord } from '../presence/owner.ts';
import {
  type LeaseRow,
  readLease,
  setLeaseEnded,
  setLeaseStarted,
  setLeaseState,
  setStopWanted,
  setUnfrozen,
} from '../store/lease-rows.ts';
import type { Db } from '../store/open.ts';
import { appendOutbox } from '../store/outbox-rows.ts';
import { readLastInterval } from '../store/receipt-rows.ts';
import { type LeaseEvent, nextLeaseState } from './machine.ts';
import type { Spool } from './spool.ts';

export interface NoteDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signer: Signer;
  readonly ownerWord: OwnerWord;
  /** Says that the outbox has grown. */
  readonly outboxGrew: () => void;
}

/**
 * What a run writes down, each note all or nothing. A full disk must not keep a job running or lose its pay, so a note that cannot be
 * written is logged and made up for by the next: usage is cumulative, and the result is written until it stands. A lease that the
 * network has sealed meanwhile stays sealed.
 */
export interface RunNotes {
  /** Moves the lease's row where its machine allows it. */
  state(event: LeaseEvent): void;
  /** The container runs; the network is told. Throws when it cannot be written: the run must not go on unknown. */
  running(startedAtMs: number): void;
  /** Usage so far, with a receipt for it where one is due: one reading for both, so that no later one can be below it. */
  usage(unfrozenMs: number, withReceipt: boolean): void;
  stopWanted(outcome: LeaseOutcome): void;
  /** The result, its final receipt and the lease's end. False when it could not be written now. */
  result(outcome: LeaseOutcome, unfrozenMs: number, left: Pick<LeaseResult, 'artifacts' | 'checkpoint'>): boolean;
}

export function openRunNotes(deps: NoteDeps, spool: Spool, row: LeaseRow): RunNotes {
  const { db, clock, logger, signer } = deps;
  const { terms } = row;
  const { leaseId, leaseEpoch } = terms;

  const isSealed = (): boolean => readLease(db, leaseId)?.state === 'sealed';

  function move(event: LeaseEvent): boolean {
    const state = readLease(db, leaseId)?.state;
    const next = state === undefined ? null : nextLeaseState(state, event);
    if (next !== null) setLeaseState(db, leaseId, next);
    return next !== null;
  }

  function durably(what: string, write: () => unknown): boolean {
    try {
      db.transaction(write)();
      return true;
    } catch (error) {
      logger.error({ leaseId, what, error }, 'could not be written; it is tried again');
      return false;
    }
  }

  return {
    state: (event) => void durably(event, () => move(event)),
    running(startedAtMs) {
      db.transaction(() => {
        move('start'); // where that note could not be written
        if (!move('started')) return;
        setLeaseStarted(db, leaseId, startedAtMs);
        appendOutbox(db, { kind: 'lease-running', leaseId, leaseEpoch, startedAtMs });
      })();
      deps.outboxGrew();
    },
    usage(unfrozenMs, withReceipt) {
      const written = durably('usage', () => {
        if (isSealed()) return;
        setUnfrozen(db, leaseId, unfrozenMs);
        if (withReceipt) issueReceipt(db, signer, terms, unfrozenMs, clock.nowMs());
      });
      if (written && withReceipt) deps.outboxGrew();
    },
    stopWanted: (outcome) => void durably('wish to stop', () => setStopWanted(db, leaseId, outcome)),
    result(outcome, unfrozenMs, left) {
      const endedAtMs = clock.nowMs();
      const written = durably('result', () => {
        if (isSealed()) return;
        setUnfrozen(db, leaseId, unfrozenMs);
        const ran = unfrozenMs > 0 || readLastInterval(db, leaseId, leaseEpoch) > 0;
        const finalReceipt = ran ? issueReceipt(db, signer, terms, unfrozenMs, endedAtMs) : null;
        setLeaseEnded(db, leaseId, outcome, endedAtMs);
        appendOutbox(db, {
          kind: 'result',
          result: { leaseId, leaseEpoch, outcome, finalReceipt, logBytes: spool.logBytes(), ...left, endedAtMs },
        });
        // "Run now" was for one job, and that job has not had its run. An owner who took the machine back has said something newer.
        const isOwners = outcome.kind === 'owner-stopped' || outcome.kind === 'yielded';
        if (row.runNow && !isFinalOutcome(outcome) && !isOwners && deps.ownerWord.mode().kind === 'automatic') deps.ownerWord.runNow();
      });
      if (written) deps.outboxGrew();
      return written;
    },
  };
}
