import { type JobSpec, neededDiskBytes } from '../../contract/model/job.ts';
import { MICRO_PER_CREDIT } from '../../contract/model/money.ts';
import { type Candidate, type Misfit, misfits } from './match.ts';

/** A whole number of micro-credits as credits, without trailing zeros. */
export function credits(micro: number): string {
  const whole = Math.trunc(micro / MICRO_PER_CREDIT);
  const fraction = Math.abs(micro % MICRO_PER_CREDIT)
    .toString()
    .padStart(6, '0')
    .replace(/0+$/, '');
  return fraction === '' ? `${whole}` : `${micro < 0 && whole === 0 ? '-' : ''}${whole}.${fraction}`;
}

export interface MarketView {
  readonly onlineWorkers: number;
  readonly candidates: readonly Candidate[];
}

const NEEDS: Record<Exclude<Misfit, 'class'>, (spec: JobSpec) => string> = {
  price: (spec) => `Every offer asks more than your limit of ${credits(spec.maxMicroPerHour)} credits an hour`,
  vram: (spec) => `No offer has a GPU with the ${Math.ceil((spec.vramBytes ?? 0) / 2 ** 20)} MiB of memory that the job asks for`,
  memory: (spec) => `No offer has the ${Math.ceil(spec.memoryBytes / 2 ** 20)} MiB of memory that the job asks for`,
  disk: (spec) => `No offer has the ${Math.ceil(neededDiskBytes(spec) / 2 ** 20)} MiB of disk that the job asks for`,
  cpus: (spec) => `No offer has the ${spec.cpus} processors that the job asks for`,
  network: () => 'No owner of what is offered lets jobs connect to anything, which this job asks for',
};

/** Why a queued job waits, in one sentence for its renter. */
export function waitingReason(spec: JobSpec, declinedBy: ReadonlySet<string>, market: MarketView): string {
  if (market.onlineWorkers === 0) return 'No worker is online';
  const offered = market.candidates.filter(({ offer }) => offer.deviceClass === spec.deviceClass);
  const ofClass = offered.filter(({ workerId }) => !declinedBy.has(workerId)).map(({ offer }) => offer);
  if (offered.length > 0 && ofClass.length === 0) return 'The owners of what is offered have stopped this job; it waits for another worker';
  if (ofClass.length === 0) {
    const [are, owner] =
      market.onlineWorkers === 1 ? ['1 worker is', 'its owner'] : [`${market.onlineWorkers} workers are`, 'their owners'];
    return `No device of class ${spec.deviceClass} is offered now: ${are} online, ${owner} may be using it`;
  }
  const perOffer = ofClass.map((offer) => misfits(spec, offer));
  if (perOffer.some((found) => found.length === 0)) return 'An offer fits and is being taken';
  for (const misfit of ['price', 'vram', 'memory', 'disk', 'cpus', 'network'] as const) {
    if (perOffer.every((found) => found.includes(misfit))) return NEEDS[misfit](spec);
  }
  return 'No single offer has the price, GPU, memory, disk, processors and connections that the job asks for together';
}
