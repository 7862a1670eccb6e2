import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { sha256Digest } from '../../contract/model/job.ts';
import { ProblemError } from '../../contract/model/problem.ts';
import { digestHeader, MAX_ARCHIVE_BYTES } from '../../contract/session-api.ts';
import type { Blobs } from '../blobs.ts';
import type { AccountRow, Database } from '../store/schema.ts';
import { demand, demandAny } from './auth.ts';

const BLOB_ROUTE = /^\/v1\/blobs\/([^/]+)$/;

/** Raw archives: PUT by a renter, GET by who put it or whose job made it. Returns false where the path is none of ours. */
export async function serveBlob(
  db: Database,
  blobs: Blobs,
  account: AccountRow | null,
  pathname: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const name = BLOB_ROUTE.exec(pathname)?.[1];
  if (name === undefined || (request.method !== 'PUT' && request.method !== 'GET')) return false;
  const parsed = sha256Digest.safeParse(name.replace(/%3a/i, ':'));
  if (!parsed.success) throw new ProblemError('invalid-request', 'A blob is named sha256:<64 hexadecimal digits>.', 'Correct the path.');
  const digest = parsed.data;

  if (request.method === 'PUT') {
    const renter = demand(account, 'renter');
    const sizeBytes = await blobs.put(digest, request, MAX_ARCHIVE_BYTES);
    await db
      .insertInto('blobGrants')
      .values({ digest, accountId: renter.id, sizeBytes })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    response.writeHead(204).end();
    return true;
  }

  const reader = demandAny(account);
  const sizeBytes = (await mayRead(db, reader.id, digest)) ? await blobs.sizeOf(digest) : null;
  if (sizeBytes === null) throw new ProblemError('not-found', `There is no blob ${digest} for this account.`, 'Check the digest.');
  response.writeHead(200, { 'content-type': 'application/x-tar', 'content-length': sizeBytes, [digestHeader]: digest });
  await pipeline(blobs.read(digest), response);
  return true;
}

async function mayRead(db: Database, accountId: string, digest: string): Promise<boolean> {
  const put = await db
    .selectFrom('blobGrants')
    .select('digest')
    .where('digest', '=', digest)
    .where('accountId', '=', accountId)
    .executeTakeFirst();
  if (put) return true;
  const made = await db
    .selectFrom('jobs')
    .select('id')
    .where('renterId', '=', accountId)
    .where('artifactsDigest', '=', digest)
    .executeTakeFirst();
  return made !== undefined;
}
