import { hostname } from 'node:os';
import { join } from 'node:path';
import { readOrCreate } from '../../lib/files.ts';
import { newPrivateKeyPem, openSigner, type Signer } from '../../lib/signing.ts';

/** Who this worker is: its Ed25519 device key, made at first start and kept in a file only its user can read. */
export interface Identity {
  readonly signer: Signer;
  readonly name: string;
}

export function openIdentity(dataDir: string): Identity {
  return { signer: openSigner(readOrCreate(join(dataDir, 'identity.key'), newPrivateKeyPem)), name: hostname() };
}
