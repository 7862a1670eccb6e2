import { describe, expect, it } from 'vitest';
import { ProblemError } from '../../contract/model/problem.ts';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import { openStore } from './open.ts';
import { appendOutbox, continueOutboxAbove, deleteOutbox, readOutbox } from './outbox-rows.ts';

const folder = (): string => tempFolder();
const record = (leaseId: string) => ({ kind: 'lease-running', leaseId, leaseEpoch: 1, startedAtMs: 1 }) as const;

describe("the worker's store", () => {
  it('opens again with what was written', () => {
    const path = folder();
    const first = openStore(path);
    appendOutbox(first, record('a'));
    first.close();
    const second = openStore(path);
    expect(readOutbox(second, 0, 10)).toHaveLength(1);
    second.close();
  });

  it('writes receipts and leases so that they survive a power cut', () => {
    const db = openStore(folder());
    expect(db.pragma('synchronous', { simple: true })).toBe(2);
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    db.close();
  });

  it('refuses a database of a newer version and says what to do', () => {
    const path = folder();
    const db = openStore(path);
    db.pragma('user_version = 999');
    db.close();
    expect(() => openStore(path)).toThrow(ProblemError);
    expect(() => openStore(path)).toThrow(/newer Nightshift/);
  });

  it('numbers the outbox without gaps, and never uses a number again', () => {
    const db = openStore(folder());
    for (const leaseId of ['a', 'b', 'c']) appendOutbox(db, record(leaseId));
    expect(() =>
      db.transaction(() => {
        appendOutbox(db, record('lost'));
        throw new Error('rolled back');
      })(),
    ).toThrow('rolled back');
    deleteOutbox(db, 3);
    appendOutbox(db, record('d'));
    expect(readOutbox(db, 0, 10).map((each) => each.seq)).toEqual([4]);
    db.close();
  });

  it('goes on above what the network has seen when the database was lost but not the key', () => {
    const db = openStore(folder());
    appendOutbox(db, record('a'));
    appendOutbox(db, record('b'));
    continueOutboxAbove(db, 40);
    expect(readOutbox(db, 40, 10).map((each) => each.seq)).toEqual([41, 42]);
    continueOutboxAbove(db, 40);
    expect(readOutbox(db, 40, 10).map((each) => each.seq)).toEqual([41, 42]);
    db.close();
  });
});
