import { join } from 'node:path';
import { createORPCClient } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import { OpenAPILink } from '@orpc/openapi-client/fetch';
import { pino } from 'pino';
import { type Account, cloudContract } from '../../contract/cloud-api.ts';
import type { JobSpec } from '../../contract/model/job.ts';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { readOperatorKey } from '../accounts/operator.ts';
import type { NetworkOptions } from '../constants.ts';
import { type RunningNetwork, startNetwork } from '../network.ts';

export type Cloud = ContractRouterClient<typeof cloudContract>;

export function cloudFor(url: string, apiKey: string | null): Cloud {
  const headers = (): Record<string, string> => (apiKey === null ? {} : { authorization: `Bearer ${apiKey}` });
  return createORPCClient(new OpenAPILink(cloudContract, { url, headers }));
}

/** A network on a port of the system's choice, silent unless NIGHTSHIFT_LOG says otherwise. */
export function startTestNetwork(
  dataDir: string,
  options: Partial<NetworkOptions> = {},
  clock: Clock = systemClock,
): Promise<RunningNetwork> {
  const logger = pino({ level: process.env.NIGHTSHIFT_LOG ?? 'silent' }, pino.destination({ dest: 2, sync: true }));
  return startNetwork({ dataDir: join(dataDir, 'network'), host: '127.0.0.1', port: 0, logger, clock, options });
}

/** The system's clock, which a test puts forward, so that a job has had the time it claims. */
export function adjustableClock(): Clock & { advance(ms: number): void } {
  let aheadMs = 0;
  return {
    nowMs: () => systemClock.nowMs() + aheadMs,
    monotonicMs: systemClock.monotonicMs,
    advance: (ms) => {
      aheadMs += ms;
    },
  };
}

export interface Customer {
  readonly account: Account;
  readonly apiKey: string;
}

export interface Cast {
  readonly operatorKey: string;
  readonly owner: Customer;
  readonly renter: Customer;
}

/** The accounts that every story needs: an owner, and a renter with 10 TEST credits. */
export async function openAccounts(network: RunningNetwork, dataDir: string): Promise<Cast> {
  const operatorKey = readOperatorKey(join(dataDir, 'network'));
  if (operatorKey === null) throw new Error('the network left no operator key');
  const operator = cloudFor(network.url, operatorKey);
  const owner = await operator.accounts.create({ kind: 'owner', name: 'Olga' });
  const renter = await operator.accounts.create({ kind: 'renter', name: 'Rolf' });
  await operator.accounts.mint({ id: renter.account.id, amountMicro: 10_000_000, mintKey: 'mint-for-rolf' });
  return { operatorKey, owner, renter };
}

export const TEST_SPEC: JobSpec = {
  name: 'digits',
  image: `sha256:${'a'.repeat(64)}`,
  command: ['/bin/true'],
  env: {},
  inputs: null,
  outputs: [],
  deviceClass: 'cpu',
  vramBytes: null,
  timeLimitMs: 3_600_000,
  memoryBytes: 2 ** 26,
  diskBytes: 2 ** 26,
  cpus: 1,
  network: { kind: 'none' },
  checkpoint: null,
  maxMicroPerHour: 1_000_000,
};
