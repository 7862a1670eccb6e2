import type { IncomingMessage } from 'node:http';
import type { AccountKind } from '../../contract/cloud-api.ts';
import { ProblemError } from '../../contract/model/problem.ts';
import { accountOfKey } from '../accounts/accounts.ts';
import type { AccountRow, Database } from '../store/schema.ts';

/** The account of the request's bearer key; null without a key. A key that is not known is refused, also where none is needed. */
export async function authenticate(db: Database, request: IncomingMessage): Promise<AccountRow | null> {
  const header = request.headers.authorization;
  if (header === undefined) return null;
  const key = /^Bearer (\S+)$/i.exec(header)?.[1];
  const account = key === undefined ? null : await accountOfKey(db, key);
  if (account) return account;
  throw new ProblemError('unauthorized', 'The API key is not known here.', 'Check the key and the address of the network.');
}

/** The account, when it is of this kind. */
export function demand(account: AccountRow | null, kind: AccountKind): AccountRow {
  const signedIn = demandAny(account);
  if (signedIn.kind === kind) return signedIn;
  throw new ProblemError(
    'forbidden',
    `This needs the key of an ${kind}; yours is of an ${signedIn.kind}.`.replace('an renter', 'a renter'),
    'Use the other key.',
  );
}

export function demandAny(account: AccountRow | null): AccountRow {
  if (account) return account;
  throw new ProblemError('unauthorized', 'This needs an API key.', 'Send it as "Authorization: Bearer <key>".');
}
