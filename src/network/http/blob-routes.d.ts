import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Blobs } from '../blobs.ts';
import type { AccountRow, Database } from '../store/schema.ts';
/** Raw archives: PUT by a renter, GET by who put it or whose job made it. Returns false where the path is none of ours. */
export declare function serveBlob(
  db: Database,
  blobs: Blobs,
  account: AccountRow | null,
  pathname: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean>;
