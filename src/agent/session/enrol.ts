import { createORPCClient, ORPCError } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import { OpenAPILink } from '@orpc/openapi-client/fetch';
import { cloudContract } from '../../contract/cloud-api.ts';
import type { Device } from '../../contract/model/device.ts';
import { ProblemError, readProblem } from '../../contract/model/problem.ts';
import { signatureContext } from '../../contract/session-api.ts';
import { problemFetch } from '../../lib/problem-fetch.ts';
import type { Enrolment } from '../store/enrolment-row.ts';
import type { Identity } from './identity.ts';

/** Enrols this worker's key with a network by token and pins the network's key. The same key again gives the same worker. */
export async function enrol(identity: Identity, devices: readonly Device[], networkUrl: string, token: string): Promise<Enrolment> {
  const client: ContractRouterClient<typeof cloudContract> = createORPCClient(
    new OpenAPILink(cloudContract, { url: networkUrl, fetch: problemFetch }),
  );
  const claim = { token, publicKey: identity.signer.publicKey, name: identity.name, devices: [...devices] };
  try {
    const { workerId, network } = await client.workers.enrol({ claim, signature: identity.signer.sign(signatureContext.enrol, claim) });
    return { networkUrl, workerId, network };
  } catch (error) {
    throw toProblem(error, networkUrl);
  }
}

function toProblem(error: unknown, networkUrl: string): ProblemError {
  const said = error instanceof ORPCError ? readProblem(error.data) : null;
  if (said) return new ProblemError(said.code, said.detail, said.next, { cause: error });
  return new ProblemError(
    'network-unreachable',
    `No Nightshift network answers at ${networkUrl}.`,
    'Check the address and that the network runs.',
    { cause: error },
  );
}
