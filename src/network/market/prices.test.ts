import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DeviceClass } from '../../contract/model/device.ts';
import type { Offer } from '../../contract/model/offer.ts';
import type { Sessions } from '../registry/sessions.ts';
import { openDatabase } from '../store/open.ts';
import type { Database, LeaseRow } from '../store/schema.ts';
import { jobRow } from '../testing/job-row.ts';
import { WORKER_OFFER } from '../testing/offer.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { openPrices } from './prices.ts';

const DAY_MS = 24 * 3_600_000;
const NOW_MS = 100 * DAY_MS;
const HOUR_MS = 3_600_000;

let dir: ReturnType<typeof tempDir>;
let db: Database;
let monotonicMs = 0;
let offers: readonly Offer[] = [];
let count = 0;

beforeEach(async () => {
  dir = tempDir();
  db = await openDatabase(join(dir.path, 'network.db'), 0);
  for (const kind of ['owner', 'renter'] as const)
    await db.insertInto('accounts').values({ id: kind, kind, name: kind, createdAtMs: 0 }).execute();
  await db
    .insertInto('workers')
    .values({ id: 'w', ownerId: 'owner', publicKey: 'key', name: 'w', devicesJson: '[]', enrolledAtMs: 0 })
    .execute();
  offers = [];
});
afterEach(async () => {
  await db.destroy();
  dir[Symbol.dispose]();
});

async function lease(change: Partial<LeaseRow>): Promise<void> {
  count += 1;
  const id = `lease${count}`;
  await db
    .insertInto('jobs')
    .values(jobRow({ id: `job${count}`, renterId: 'renter', idempotencyKey: id }))
    .execute();
  await db
    .insertInto('leases')
    .values({
      id,
      jobId: `job${count}`,
      workerId: 'w',
      ownerId: 'owner',
      deviceId: id,
      deviceClass: 'cpu',
      leaseEpoch: 1,
      state: 'closed',
      microPerHour: 50_000,
      takeRateBasisPoints: 2_000,
      maxUnfrozenMs: 1_000 * HOUR_MS,
      termsJson: '{}',
      termsSignature: '',
      cumulativeUnfrozenMs: HOUR_MS,
      grantedAtMs: 0,
      startedAtMs: 0,
      resultJson: null,
      closeReason: 'exited',
      closedAtMs: NOW_MS - DAY_MS,
      ...change,
    })
    .execute();
}

function market() {
  const sessions = { offers: () => offers } as unknown as Sessions; // what is offered, and nothing else of it
  return openPrices({ db, clock: { nowMs: () => NOW_MS, monotonicMs: () => monotonicMs }, sessions });
}
const classOf = async (deviceClass: DeviceClass) => (await market()()).items.find((item) => item.deviceClass === deviceClass);

test('an empty market has a class each, and knows no price', async () => {
  expect(await market()()).toEqual({
    atMs: NOW_MS,
    days: 7,
    items: [
      { deviceClass: 'gpu', asks: null, paid: null },
      { deviceClass: 'cpu', asks: null, paid: null },
    ],
  });
});

test('what was paid is of the leases that ended in the last week and ran, by their billed time, a class apart', async () => {
  await lease({ microPerHour: 40_000, cumulativeUnfrozenMs: 8 * HOUR_MS });
  await lease({ microPerHour: 40_000, cumulativeUnfrozenMs: 3 * HOUR_MS, maxUnfrozenMs: HOUR_MS });
  await lease({ microPerHour: 90_000, cumulativeUnfrozenMs: HOUR_MS });
  await lease({ microPerHour: 1_000, cumulativeUnfrozenMs: 0 });
  await lease({ microPerHour: 2_000, closedAtMs: NOW_MS - 7 * DAY_MS - 1, cumulativeUnfrozenMs: 900 * HOUR_MS });
  await lease({ microPerHour: 3_000, state: 'active', closeReason: null, closedAtMs: null, cumulativeUnfrozenMs: 900 * HOUR_MS });
  await lease({ deviceClass: 'gpu', microPerHour: 700_000, closedAtMs: NOW_MS - 7 * DAY_MS });
  expect(await classOf('cpu')).toEqual({
    deviceClass: 'cpu',
    asks: null,
    paid: { leases: 3, unfrozenMs: 10 * HOUR_MS, p10MicroPerHour: 40_000, medianMicroPerHour: 40_000, p90MicroPerHour: 40_000 },
  });
  await lease({ microPerHour: 90_000, cumulativeUnfrozenMs: HOUR_MS });
  expect(await classOf('cpu')).toMatchObject({ paid: { leases: 4, medianMicroPerHour: 40_000, p90MicroPerHour: 90_000 } });
  expect(await classOf('gpu')).toMatchObject({ paid: { leases: 1, unfrozenMs: HOUR_MS, medianMicroPerHour: 700_000 } });
});

test('leases for nothing are no price: whoever gives them to themselves could have any number of them', async () => {
  await lease({ microPerHour: 0, cumulativeUnfrozenMs: 900 * HOUR_MS });
  expect(await classOf('cpu')).toMatchObject({ paid: null });
  await lease({ microPerHour: 40_000 });
  expect(await classOf('cpu')).toMatchObject({ paid: { leases: 1, unfrozenMs: HOUR_MS, medianMicroPerHour: 40_000 } });
});

test('what is asked is of the offers that stand now', async () => {
  offers = [30_000, 10_000, 20_000, 80_000].map((microPerHour) => ({ ...WORKER_OFFER, microPerHour }));
  offers = [...offers, { ...WORKER_OFFER, deviceClass: 'gpu', microPerHour: 0 }];
  expect(await classOf('cpu')).toMatchObject({ asks: { offers: 4, minMicroPerHour: 10_000, medianMicroPerHour: 20_000 } });
  expect(await classOf('gpu')).toMatchObject({ asks: { offers: 1, minMicroPerHour: 0, medianMicroPerHour: 0 } });
});

test('the database is asked once a minute, and again after a failure', async () => {
  const prices = market();
  await lease({ microPerHour: 10 });
  const first = await prices();
  await lease({ microPerHour: 20, cumulativeUnfrozenMs: 9 * HOUR_MS });
  monotonicMs += 59_999;
  expect(await prices()).toBe(first);
  monotonicMs += 1;
  expect((await prices()).items[1]?.paid).toMatchObject({ leases: 2, medianMicroPerHour: 20 });

  await db.schema.alterTable('leases').renameTo('leases_away').execute();
  monotonicMs += 60_000;
  await expect(prices()).rejects.toThrow(/leases/);
  await db.schema.alterTable('leases_away').renameTo('leases').execute();
  expect((await prices()).items[1]?.paid).toMatchObject({ leases: 2 });
});
