import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { ProblemError } from '../../contract/model/problem.ts';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import { TEST_TERMS } from '../testing/terms.ts';
import { readLease, readVramBefore } from './lease-rows.ts';
import { migrations } from './migrations.ts';
import { openStore } from './open.ts';
import { appendOutbox, continueOutboxAbove, deleteOutbox, readOutbox } from './outbox-rows.ts';
import { readOwnerMode } from './owner-mode-row.ts';

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

  it('prepares a statement once, however often it is asked for, and runs it with the values of each time', () => {
    const db = openStore(folder());
    const add = () => db.prepare<[number, number]>('SELECT ? + ? AS sum');
    expect(add()).toBe(add());
    expect([add().get(1, 2), add().get(3, 4)]).toEqual([{ sum: 3 }, { sum: 7 }]);
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

  it('brings a database of the first schema up with what is in it: a pause without an end gets one', () => {
    const path = folder();
    const old = new Database(join(path, 'agent.sqlite'));
    old.exec(migrations[0] ?? '');
    old.pragma('user_version = 1');
    old.prepare('INSERT INTO owner_mode (only, mode) VALUES (1, \'{"kind":"paused","untilMs":null}\')').run();
    old.prepare("INSERT INTO outbox (record) VALUES ('{}')").run();
    old.close();

    const beforeMs = Date.now();
    const db = openStore(path);
    const mode = readOwnerMode(db);
    expect(mode).toMatchObject({ kind: 'paused' });
    if (mode.kind !== 'paused') throw new Error('unreachable: it is a pause');
    expect(mode.untilMs - mode.sinceMs).toBe(24 * 3_600_000);
    expect(mode.sinceMs).toBeGreaterThanOrEqual(beforeMs - 1_000);
    expect(db.prepare('SELECT count(*) AS n FROM outbox').get()).toEqual({ n: 1 });
    expect(db.pragma('user_version', { simple: true })).toBe(migrations.length);
    db.close();
  });

  it('brings a database of the second schema up with what is in it, and keeps reports and connections from then on', () => {
    const path = folder();
    const old = new Database(join(path, 'agent.sqlite'));
    for (const schema of migrations.slice(0, 2)) old.exec(schema);
    old.pragma('user_version = 2');
    old.prepare("INSERT INTO outbox (record) VALUES ('{}')").run();
    old.prepare("INSERT INTO yields VALUES (1, 'lea_1', 'job', 'freeze', 'cgroup', '[]', 1, 1, 0, NULL)").run();
    old.close();

    const db = openStore(path);
    expect(db.prepare('SELECT count(*) AS n FROM outbox').get()).toEqual({ n: 1 });
    expect(db.prepare('SELECT count(*) AS n FROM yields').get()).toEqual({ n: 1 });
    expect(db.prepare('SELECT (SELECT count(*) FROM sandbox_report) + (SELECT count(*) FROM connections) AS n').get()).toEqual({ n: 0 });
    expect(db.pragma('user_version', { simple: true })).toBe(migrations.length);
    db.close();
  });

  it('brings a database of the third schema up with the leases in it, none of which had a GPU', () => {
    const path = folder();
    const old = new Database(join(path, 'agent.sqlite'));
    for (const schema of migrations.slice(0, 3)) old.exec(schema);
    old.pragma('user_version = 3');
    const { vramBytes: _, ...spec } = TEST_TERMS.spec; // as terms were before GPUs could be asked for
    old
      .prepare(
        `INSERT INTO leases (lease_id, lease_epoch, job_id, device_id, uid, terms, network_signature, state, run_now, granted_at_ms)
         VALUES ('lease_1', 3, 'job_1', 'dev_1', 200000, ?, '', 'running', 0, 1)`,
      )
      .run(JSON.stringify({ ...TEST_TERMS, spec }));
    old.close();

    const db = openStore(path);
    expect(readLease(db, 'lease_1')?.terms).toEqual(TEST_TERMS);
    expect(readVramBefore(db)).toEqual([]);
    const empty = ['known_devices', 'quarantines', 'telemetry', 'benchmarks'];
    for (const table of empty) expect(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()).toEqual({ n: 0 });
    expect(db.pragma('user_version', { simple: true })).toBe(migrations.length);
    db.close();
  });

  it('keeps the end of a pause that had one', () => {
    const path = folder();
    const old = new Database(join(path, 'agent.sqlite'));
    old.exec(migrations[0] ?? '');
    old.pragma('user_version = 1');
    old.prepare('INSERT INTO owner_mode (only, mode) VALUES (1, \'{"kind":"paused","untilMs":4102444800000}\')').run();
    old.close();
    const db = openStore(path);
    expect(readOwnerMode(db)).toMatchObject({ kind: 'paused', untilMs: 4_102_444_800_000 });
    db.close();
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
