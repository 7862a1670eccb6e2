import type { NetworkOptions } from '../constants.ts';
import type { RunningNetwork } from '../network.ts';
import { adjustableClock, type Cast, type Cloud, cloudFor, openAccounts, startTestNetwork } from './network.ts';
import { ScriptedWorker } from './scripted-worker.ts';
import { until } from './until.ts';

export interface Stage {
  readonly network: RunningNetwork;
  readonly clock: ReturnType<typeof adjustableClock>;
  readonly cast: Cast;
  readonly renter: Cloud;
  readonly owner: Cloud;
  readonly worker: ScriptedWorker;
}

export async function setStage(dataDir: string, options: Partial<NetworkOptions> = {}): Promise<Stage> {
  const clock = adjustableClock();
  const network = await startTestNetwork(dataDir, options, clock);
  const cast = await openAccounts(network, dataDir);
  const renter = cloudFor(network.url, cast.renter.apiKey);
  const owner = cloudFor(network.url, cast.owner.apiKey);
  const worker = new ScriptedWorker();
  const { token } = await owner.workers.token();
  await worker.enrol(network.url, token);
  return { network, clock, cast, renter, owner, worker };
}

export const onlyLease = (worker: ScriptedWorker, state: string): Promise<string> =>
  until(`a lease that is ${state}`, () => [...worker.leases].find(([, lease]) => lease.state === state)?.[0]);

export async function ended(renter: Cloud, id: string) {
  return until('the job to end', async () => {
    const job = await renter.jobs.get({ id });
    return job.endedAtMs === null ? null : job;
  });
}
