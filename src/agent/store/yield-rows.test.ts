import { expect, it } from 'vitest';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import { openStore } from './open.ts';
import { insertYield, type NewYield, readYields, setYieldResumed } from './yield-rows.ts';

const DAY_MS = 24 * 3_600_000;
const NOW_MS = 200 * DAY_MS;
const freeze: NewYield = {
  leaseId: 'lease_1',
  jobName: 'j',
  kind: 'freeze',
  means: 'cgroup',
  causes: ['owner-active', 'fullscreen'],
  atMs: NOW_MS,
  latencyUs: 900,
  failedAttempts: 0,
};

it('keeps what each yield was, and when the job went on', () => {
  const db = openStore(tempFolder());
  expect(readYields(db, NOW_MS)).toEqual({ freeze: null, evict: null, recent: [] });
  const id = insertYield(db, freeze);
  expect(readYields(db, NOW_MS).recent).toEqual([{ ...freeze, id, resumedAtMs: null }]);
  setYieldResumed(db, id, NOW_MS + 5);
  expect(readYields(db, NOW_MS).recent[0]?.resumedAtMs).toBe(NOW_MS + 5);
});

it('counts each kind over 30 days by nearest rank', () => {
  const db = openStore(tempFolder());
  for (let i = 1; i <= 100; i++) insertYield(db, { ...freeze, latencyUs: i * 10 });
  insertYield(db, { ...freeze, latencyUs: 999_999, atMs: NOW_MS - 31 * DAY_MS });
  insertYield(db, { ...freeze, kind: 'throttle', latencyUs: 999_999 });
  insertYield(db, { ...freeze, kind: 'evict', means: 'kill', latencyUs: 7 });
  const { freeze: frozen, evict } = readYields(db, NOW_MS);
  expect(frozen).toEqual({ count: 100, p50Us: 500, p95Us: 950, maxUs: 1_000 });
  expect(evict).toEqual({ count: 1, p50Us: 7, p95Us: 7, maxUs: 7 });
});

it('shows the last hundred, newest first, and forgets what is older than 90 days', () => {
  const db = openStore(tempFolder());
  for (let i = 0; i < 120; i++) insertYield(db, { ...freeze, atMs: NOW_MS - (120 - i) });
  const { recent } = readYields(db, NOW_MS);
  expect(recent.map((each) => each.atMs)).toEqual(Array.from({ length: 100 }, (_, i) => NOW_MS - 1 - i));
  insertYield(db, { ...freeze, atMs: NOW_MS + 91 * DAY_MS });
  expect(readYields(db, NOW_MS + 91 * DAY_MS).recent).toHaveLength(1);
});
