import { afterEach, beforeEach, expect, it } from 'vitest';
import { ProblemError } from '../../contract/model/problem.ts';
import type { ConnectionRecord } from '../../contract/model/sandbox.ts';
import { systemClock } from '../../lib/clock.ts';
import { createLogger } from '../../lib/log.ts';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import { readConnections } from '../store/connection-rows.ts';
import { type Db, openStore } from '../store/open.ts';
import { TEST_TERMS } from '../testing/terms.ts';
import { keepConnections } from './connections.ts';

const NOW_MS = 1_800_000_000_000;
const DAY_MS = 86_400_000;
const record = (host: string, atMs = NOW_MS): ConnectionRecord => ({
  atMs,
  host,
  port: 443,
  address: null,
  refusal: 'it is not on the list',
  sentBytes: 0,
  receivedBytes: 0,
  durationMs: 0,
});
const termsOf = (leaseId: string) => ({
  ...TEST_TERMS,
  leaseId,
  spec: {
    ...TEST_TERMS.spec,
    network: { kind: 'egress' as const, allow: ['files.example:443'], maxUploadBytes: 1, maxDownloadBytes: 1 },
  },
});

let db: Db;
beforeEach(() => {
  db = openStore(tempFolder());
});
afterEach(() => {
  db.close();
});
const keep = (leaseId: string, connections: () => Promise<readonly ConnectionRecord[]>) =>
  keepConnections(
    { db, clock: { ...systemClock, nowMs: () => NOW_MS }, logger: createLogger('test', 'silent'), sandbox: { connections } },
    termsOf(leaseId),
  );
const kept = (leaseId: string) => readConnections(db, leaseId).map(({ host }) => host);

it('keeps what a job connected to, in place of what was kept before, and still when the proxy is gone', async () => {
  await keep('lea_1', async () => [record('a.example')]);
  await keep('lea_1', async () => [record('a.example'), record('b.example')]);
  await keep('lea_1', async () => []);
  expect(kept('lea_1')).toEqual(['a.example', 'b.example']);
});

it('forgets what is older than a month, of this lease and of others', async () => {
  await keep('lea_1', async () => [record('old.example', NOW_MS - 31 * DAY_MS), record('new.example')]);
  expect(kept('lea_1')).toEqual(['new.example']);
});

it('asks nothing of a job that may reach nothing', async () => {
  const unasked = { connections: () => Promise.reject(new Error('asked')) };
  await keepConnections({ db, clock: systemClock, logger: createLogger('test', 'silent'), sandbox: unasked }, TEST_TERMS);
});

it('never keeps a lease from being wiped, but waits for an engine that went away', async () => {
  await keep('lea_1', () => Promise.reject(new Error('no such line')));
  const lost = new ProblemError('engine-lost', 'It is gone.', 'Start it.');
  await expect(keep('lea_1', () => Promise.reject(lost))).rejects.toBe(lost);
});
