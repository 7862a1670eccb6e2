import type { BenchmarkConditions } from '../../../contract/model/benchmark.ts';

/** How busy the graphics devices of a machine were at one moment of a run, 0 to 1; null: not known. */
export interface Look {
  readonly own: number | null;
  readonly others: readonly (number | null)[];
}

/** `conflict`: another card worked while the one that was to be measured did not. */
export type Judgement = { readonly kind: 'proof'; readonly proof: BenchmarkConditions['proof'] } | { readonly kind: 'conflict' };

/** A card under the suite is busy nearly all the time; one that only draws a desktop stays far below. */
const BUSY = 0.5;
const IDLE = 0.1;
/** Fewer looks than this say nothing. */
const LOOKS = 3;

const most = (count: number, of: number): boolean => of >= LOOKS && count > of / 2;

/** How it is known which card was measured. Looks are those while the device had work. Pure. */
export function judge(looks: readonly Look[], alone: boolean, isolated: boolean): Judgement {
  if (alone) return { kind: 'proof', proof: 'only-device' };
  const known = looks.flatMap(({ own, others }) => (own === null ? [] : [{ own, others }]));
  const ownBusy = known.filter(({ own }) => own >= BUSY).length;
  const ownIdle = known.filter(({ own }) => own <= IDLE).length;
  const otherBusy = known.filter(({ others }) => others.some((share) => share !== null && share >= BUSY)).length;
  if (most(ownIdle, known.length) && most(otherBusy, known.length)) return { kind: 'conflict' };
  if (isolated) return { kind: 'proof', proof: 'isolated' };
  return { kind: 'proof', proof: most(ownBusy, known.length) && !most(otherBusy, known.length) ? 'utilisation' : 'unproven' };
}
