import * as z from 'zod';
import type { enrolmentClaim } from '../../contract/cloud-api.ts';
import { type Device, device } from '../../contract/model/device.ts';
import { ProblemError } from '../../contract/model/problem.ts';
import { signatureContext } from '../../contract/session-api.ts';
import type { Clock } from '../../lib/clock.ts';
import { newId } from '../../lib/ids.ts';
import { verifySignature } from '../../lib/signing.ts';
import { ownerOfToken } from '../accounts/enrolment-tokens.ts';
import type { Database, WorkerRow } from '../store/schema.ts';

export const devicesOf = (worker: WorkerRow): readonly Device[] => z.array(device).parse(JSON.parse(worker.devicesJson));

/**
 * Enrols the holder of a key for the owner who issued the token. The same key again gives the same worker, with its
 * name and devices as they are now.
 */
export async function enrolWorker(db: Database, clock: Clock, claim: z.infer<typeof enrolmentClaim>, signature: string): Promise<string> {
  if (!verifySignature(claim.publicKey, signatureContext.enrol, claim, signature)) {
    throw new ProblemError('enrolment-refused', 'The worker did not prove that it holds its key.', 'Enrol again from the worker itself.');
  }
  return db.transaction().execute(async (tx) => {
    const ownerId = await ownerOfToken(tx, clock, claim.token);
    if (ownerId === null) {
      throw new ProblemError('enrolment-refused', 'The enrolment token is unknown or has expired.', 'Make a new token and enrol with it.');
    }
    const devicesJson = JSON.stringify(claim.devices);
    const known = await tx.selectFrom('workers').selectAll().where('publicKey', '=', claim.publicKey).executeTakeFirst();
    if (!known) {
      const id = newId('wkr', clock.nowMs());
      await tx
        .insertInto('workers')
        .values({ id, ownerId, publicKey: claim.publicKey, name: claim.name, devicesJson, enrolledAtMs: clock.nowMs() })
        .execute();
      return id;
    }
    if (known.ownerId !== ownerId) {
      throw new ProblemError('enrolment-refused', 'This worker is enrolled for another owner.', 'Use a token of that owner.');
    }
    await tx.updateTable('workers').set({ name: claim.name, devicesJson }).where('id', '=', known.id).execute();
    return known.id;
  });
}

/** The devices of a worker as it tells of them now. */
export async function keepDevices(db: Database, workerId: string, devices: readonly Device[]): Promise<void> {
  const devicesJson = JSON.stringify(devices);
  await db.updateTable('workers').set({ devicesJson }).where('id', '=', workerId).where('devicesJson', '<>', devicesJson).execute();
}

/** Counts an accepted hello. Sessions are ordered by this, over restarts too. */
export async function nextSessionEpoch(db: Database, workerId: string): Promise<number> {
  const row = await db
    .updateTable('workers')
    .set((eb) => ({ sessionEpoch: eb('sessionEpoch', '+', 1) }))
    .where('id', '=', workerId)
    .returning('sessionEpoch')
    .executeTakeFirstOrThrow();
  return row.sessionEpoch;
}
