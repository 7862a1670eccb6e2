import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import { openStore } from '../store/open.ts';
import { openTimeAccount } from './time-account.ts';

const noon = (): number => new Date(2026, 10, 18, 12, 0, 0).getTime();

describe('where the time goes', () => {
  it('puts a day down without a gap: earning, every reason at once, and time in which the agent did not run', () => {
    const db = openStore(tempFolder());
    const account = openTimeAccount(db);
    const t0 = noon();
    account.note(t0 - 86_400_000, []);
    account.note(t0 - 86_399_000, []);
    for (let s = 0; s < 60; s++) account.note(t0 + s * 1_000, s < 20 ? [] : s < 50 ? ['hot', 'owner-active'] : ['hot']);
    account.note(t0 + 60_000, ['no-job']);
    const report = account.report('today', t0 + 60_000);
    expect(report.earningMs).toBe(20_000);
    expect(report.reasons).toEqual([
      { code: 'not-running', ms: 12 * 3_600_000, soleMs: 12 * 3_600_000, gainMicro: null },
      { code: 'hot', ms: 40_000, soleMs: 10_000, gainMicro: null },
      { code: 'owner-active', ms: 30_000, soleMs: 0, gainMicro: null },
    ]);
    expect(report.spans.reduce((sum, span) => sum + span.toMs - span.fromMs, 0)).toBe(report.toMs - report.fromMs);
    db.close();
  });

  it('goes on after a restart, and calls the time between "not running"', () => {
    const folder = tempFolder();
    const t0 = noon();
    const first = openStore(folder);
    const before = openTimeAccount(first);
    before.note(t0, []);
    before.note(t0 + 5_000, []);
    before.flush();
    first.close();
    const db = openStore(folder);
    const account = openTimeAccount(db);
    account.note(t0 + 65_000, []);
    account.note(t0 + 66_000, []);
    expect(account.report('today', t0 + 66_000)).toMatchObject({
      earningMs: 6_000,
      reasons: [{ code: 'not-running', ms: 60_000 }],
    });
    db.close();
  });

  it('loses at most the last seconds to a crash', () => {
    const db = openStore(tempFolder());
    const account = openTimeAccount(db);
    const t0 = noon();
    for (let s = 0; s <= 100; s++) account.note(t0 + s * 1_000, []);
    const afterCrash = openTimeAccount(db).report('today', t0 + 100_000);
    expect(afterCrash.earningMs).toBeGreaterThanOrEqual(70_000);
    db.close();
  });

  it('tells sleep apart from not running', () => {
    const db = openStore(tempFolder());
    const account = openTimeAccount(db);
    const t0 = noon();
    account.note(t0, []);
    account.slept(t0 + 3_600_000);
    account.note(t0 + 3_600_000, ['just-woke']);
    account.note(t0 + 3_601_000, ['just-woke']);
    const { reasons } = account.report('today', t0 + 3_601_000);
    expect(reasons.find((each) => each.code === 'asleep')?.ms).toBe(3_600_000);
    expect(reasons.find((each) => each.code === 'just-woke')?.ms).toBe(1_000);
    db.close();
  });

  it('counts an hour once when the clock is set back into it', () => {
    const db = openStore(tempFolder());
    const account = openTimeAccount(db);
    const t0 = noon();
    for (let s = 0; s <= 600; s++) account.note(t0 + s * 1_000, []);
    for (let s = 300; s <= 400; s++) account.note(t0 + s * 1_000, ['hot']);
    const report = account.report('today', t0 + 400_000);
    expect(report.earningMs).toBe(300_000);
    expect(report.reasons.find((each) => each.code === 'hot')?.ms).toBe(100_000);
    db.close();
  });

  it('keeps what stands when the clock has lost its battery, and goes on when it is right again', () => {
    const db = openStore(tempFolder());
    const account = openTimeAccount(db);
    const t0 = noon();
    for (let s = 0; s <= 100; s++) account.note(t0 + s * 1_000, []);
    for (let s = 0; s <= 100; s++) account.note(Date.UTC(2000, 0, 1) + s * 1_000, ['hot']);
    for (let s = 200; s <= 210; s++) account.note(t0 + s * 1_000, []);
    expect(account.report('today', t0 + 210_000)).toMatchObject({
      fromMs: t0,
      earningMs: 110_000,
      reasons: [{ code: 'not-running', ms: 100_000 }],
    });
    db.close();
  });

  it('says what a fix would have earned, at the rate of the worker’s own free hours', () => {
    const db = openStore(tempFolder());
    const account = openTimeAccount(db);
    const t0 = noon();
    db.prepare("INSERT INTO invoices VALUES ('lease_1', '{\"unfrozenMs\":7200000}', '', 0, 0, 60000, ?, ?)").run(t0, t0);
    for (let s = 0; s <= 7_200; s += 5) account.note(t0 + s * 1_000, s < 3_600 ? [] : s < 5_400 ? ['no-job'] : ['laptop']);
    const report = account.report('today', t0 + 7_200_000);
    expect(report.netMicroPerFreeHour).toBe(20_000); // an hour's work at 30,000 in an hour and a half
    expect(report.reasons.find((each) => each.code === 'laptop')).toEqual({
      code: 'laptop',
      ms: 1_800_000,
      soleMs: 1_800_000,
      gainMicro: 10_000,
    });
    expect(report.reasons.find((each) => each.code === 'no-job')?.gainMicro).toBeNull();
    db.close();
  });
});
