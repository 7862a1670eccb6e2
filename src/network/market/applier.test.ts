import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../lib/clock.ts';
import { newPrivateKeyPem, openSigner } from '../../lib/signing.ts';
import { DEFAULT_OPTIONS } from '../constants.ts';
import type { Sessions } from '../registry/sessions.ts';
import { openDatabase } from '../store/open.ts';
import { jobRow } from '../testing/job-row.ts';
import { TEST_SPEC } from '../testing/network.ts';
import { WORKER_OFFER } from '../testing/offer.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { createPlacer } from './applier.ts';

test('jobs that nobody can serve do not hold up a younger one that somebody can', async () => {
  using dir = tempDir();
  const db = await openDatabase(join(dir.path, 'network.db'), 0);
  for (const kind of ['owner', 'renter'] as const)
    await db.insertInto('accounts').values({ id: kind, kind, name: kind, createdAtMs: 0 }).execute();
  await db
    .insertInto('workers')
    .values({ id: 'w', ownerId: 'owner', publicKey: 'key', name: 'w', devicesJson: '[]', enrolledAtMs: 0 })
    .execute();
  const specs = [{ cpus: 64 }, { cpus: 64 }, { cpus: 64 }, {}].map((change) => ({ ...TEST_SPEC, ...change }));
  for (const [index, spec] of specs.entries()) {
    await db
      .insertInto('jobs')
      .values(jobRow({ id: `job${index}`, renterId: 'renter', idempotencyKey: `key${index}`, specJson: JSON.stringify(spec) }))
      .execute();
  }
  const candidates = [{ workerId: 'w', offer: WORKER_OFFER }];
  const reportOf = () => ({ offers: [WORKER_OFFER], leases: [], revision: 1, atMonotonicMs: 0 });
  const sessions = { candidates: () => candidates, reportOf } as unknown as Sessions; // who is online, and nothing else of it
  const signer = openSigner(newPrivateKeyPem());
  const place = createPlacer({ db, signer, clock: systemClock, options: DEFAULT_OPTIONS, sessions }, 2);
  expect(await place(new Set())).toEqual([]);
  expect(await place(new Set())).toEqual(['job3']);
  await db.destroy();
});
