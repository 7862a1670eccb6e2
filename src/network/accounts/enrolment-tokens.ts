import type { Clock } from '../../lib/clock.ts';
import { newSecret } from '../../lib/ids.ts';
import { ENROLMENT_TOKEN_LIFETIME_MS } from '../constants.ts';
import type { Database, Tx } from '../store/schema.ts';
import { secretHash } from './accounts.ts';

/** A token with which any number of the owner's machines enrol until it expires. Only its hash is kept. */
export async function newEnrolmentToken(
  db: Database,
  clock: Clock,
  ownerId: string,
): Promise<{ readonly token: string; readonly expiresAtMs: number }> {
  const token = newSecret('nse');
  const expiresAtMs = clock.nowMs() + ENROLMENT_TOKEN_LIFETIME_MS;
  await db
    .insertInto('enrolmentTokens')
    .values({ tokenHash: secretHash(token), ownerId, expiresAtMs })
    .execute();
  return { token, expiresAtMs };
}

/** The owner who issued a token that is still good, or null. */
export async function ownerOfToken(tx: Tx, clock: Clock, token: string): Promise<string | null> {
  const row = await tx
    .selectFrom('enrolmentTokens')
    .selectAll()
    .where('tokenHash', '=', secretHash(token))
    .where('expiresAtMs', '>', clock.nowMs())
    .executeTakeFirst();
  return row?.ownerId ?? null;
}
