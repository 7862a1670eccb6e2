import type { IncomingMessage } from 'node:http';
import type { AccountKind } from '../../contract/cloud-api.ts';
import type { AccountRow, Database } from '../store/schema.ts';
/** The account of the request's bearer key; null without a key. A key that is not known is refused, also where none is needed. */
export declare function authenticate(db: Database, request: IncomingMessage): Promise<AccountRow | null>;
/** The account, when it is of this kind. */
export declare function demand(account: AccountRow | null, kind: AccountKind): AccountRow;
export declare function demandAny(account: AccountRow | null): AccountRow;
