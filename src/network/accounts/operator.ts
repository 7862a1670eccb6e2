import { join } from 'node:path';
import * as z from 'zod';
import type { Clock } from '../../lib/clock.ts';
import { readTextIfPresent, writeFileDurably } from '../../lib/files.ts';
import type { Database } from '../store/schema.ts';
import { newApiKey, openAccount } from './accounts.ts';

const operatorFile = z.object({ apiKey: z.string() });

/**
 * Makes the operator's account on the first start and leaves its key in `<dataDir>/operator.json`, mode 0600. The file is written
 * before the account commits: after a crash between the two there is a key without an account, and the next start makes both anew.
 * Where the file was lost, the next start makes another key.
 */
export async function ensureOperator(db: Database, clock: Clock, dataDir: string): Promise<void> {
  const path = join(dataDir, 'operator.json');
  await db.transaction().execute(async (tx) => {
    const operator = await tx.selectFrom('accounts').select('id').where('kind', '=', 'operator').executeTakeFirst();
    if (operator && readTextIfPresent(path) !== null) return;
    const apiKey = operator ? await newApiKey(tx, clock, operator.id) : (await openAccount(tx, clock, 'operator', 'Operator')).apiKey;
    writeFileDurably(path, `${JSON.stringify({ apiKey })}\n`);
  });
}

/** The operator's key as the first start left it, or null where there is no such file. */
export function readOperatorKey(dataDir: string): string | null {
  const text = readTextIfPresent(join(dataDir, 'operator.json'));
  return text === null ? null : operatorFile.parse(JSON.parse(text)).apiKey;
}
