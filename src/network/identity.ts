import { join } from 'node:path';
import type { Clock } from '../lib/clock.ts';
import { readOrCreate } from '../lib/files.ts';
import { newId } from '../lib/ids.ts';
import { newPrivateKeyPem, openSigner, type Signer } from '../lib/signing.ts';
import type { Database } from './store/schema.ts';

/** Who this network is, for as long as its data directory lives. */
export interface NetworkIdentity {
  readonly id: string;
  readonly name: string;
  readonly signer: Signer;
}

/** Opens the network's key (`<dataDir>/network.key`, 0600) and id; makes both on the first start. A name given now replaces the kept one. */
export async function openIdentity(db: Database, clock: Clock, dataDir: string, name: string | undefined): Promise<NetworkIdentity> {
  const signer = openSigner(readOrCreate(join(dataDir, 'network.key'), newPrivateKeyPem));
  return db.transaction().execute(async (tx) => {
    const kept = new Map((await tx.selectFrom('meta').selectAll().execute()).map(({ key, value }) => [key, value]));
    const keep = async (key: string, value: string): Promise<string> => {
      await tx
        .insertInto('meta')
        .values({ key, value })
        .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
        .execute();
      return value;
    };
    const id = kept.get('networkId') ?? (await keep('networkId', newId('net', clock.nowMs())));
    const known = kept.get('networkName');
    const wanted = name ?? known ?? 'Nightshift TEST network';
    return { id, name: wanted === known ? known : await keep('networkName', wanted), signer };
  });
}
