import { randomBytes } from 'node:crypto';
import { signatureContext } from '../../contract/session-api.ts';
import { verifySignature } from '../../lib/signing.ts';
import type { NetworkIdentity } from '../identity.ts';
import { nextSessionEpoch } from '../registry/workers.ts';
import type { Database, WorkerRow } from '../store/schema.ts';
import type { WorkerClient } from './session.ts';

/**
 * Both sides prove themselves over nonces of this connection: the worker with the key it enrolled, the network with the key the
 * worker learnt then. Returns the epoch of the accepted session, or why it is refused.
 */
export async function shakeHands(
  db: Database,
  network: NetworkIdentity,
  worker: WorkerRow,
  client: WorkerClient,
  signal: AbortSignal,
): Promise<{ readonly sessionEpoch: number } | { readonly refused: string }> {
  const networkNonce = randomBytes(32).toString('base64url');
  const { proof, workerSignature } = await client.hello({ networkId: network.id, networkNonce }, { signal });
  if (proof.networkId !== network.id || proof.networkNonce !== networkNonce || proof.workerId !== worker.id) {
    return { refused: 'its proof is for another connection' };
  }
  if (!verifySignature(worker.publicKey, signatureContext.hello, proof, workerSignature)) {
    return { refused: 'its signature does not fit the key it enrolled' };
  }
  const sessionEpoch = await nextSessionEpoch(db, worker.id);
  const accepted = { workerId: worker.id, workerNonce: proof.workerNonce, sessionEpoch };
  await client.accepted({ accepted, networkSignature: network.signer.sign(signatureContext.accepted, accepted) }, { signal });
  return { sessionEpoch };
}
