import { deviceClass } from '../../contract/model/device.ts';
import type { ClassPrices, Prices } from '../../contract/model/prices.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Sessions } from '../registry/sessions.ts';
import type { Database } from '../store/schema.ts';
import { type Priced, priceAt } from './prices-figures.ts';

export interface PricesRoom {
  readonly db: Database;
  readonly clock: Clock;
  readonly sessions: Sessions;
}

/** A week has each of its days once: prices of nights and weekends weigh as they do. */
const DAYS = 7;
const DAY_MS = 24 * 3_600_000;
/** Anybody may ask as often as they like: the database is asked once in this time. */
const KEPT_MS = 60_000;

/** What is asked now and was paid in the last days, for each class of device. A failure is not kept. */
export function openPrices(room: PricesRoom): () => Promise<Prices> {
  const { clock } = room;
  let kept: { readonly atMs: number; readonly answer: Promise<Prices> } | null = null;
  return () => {
    const nowMs = clock.monotonicMs();
    if (kept !== null && nowMs - kept.atMs < KEPT_MS) return kept.answer;
    const asked = { atMs: nowMs, answer: readPrices(room) };
    kept = asked;
    asked.answer.catch(() => {
      if (kept === asked) kept = null;
    });
    return asked.answer;
  };
}

async function readPrices({ db, clock, sessions }: PricesRoom): Promise<Prices> {
  const atMs = clock.nowMs();
  // A lease is billed no longer than it was funded (see bill.ts). One row for each class and price, however many leases there were.
  const sold = await db
    .selectFrom('leases')
    .select((eb) => [
      'deviceClass',
      'microPerHour',
      eb.fn.countAll<number>().as('leases'),
      eb.fn
        .sum<number>(
          eb
            .case()
            .when('cumulativeUnfrozenMs', '>', eb.ref('maxUnfrozenMs'))
            .then(eb.ref('maxUnfrozenMs'))
            .else(eb.ref('cumulativeUnfrozenMs'))
            .end(),
        )
        .as('unfrozenMs'),
    ])
    .where('closedAtMs', '>=', atMs - DAYS * DAY_MS)
    .where('cumulativeUnfrozenMs', '>', 0)
    .where('microPerHour', '>', 0) // else who hires their own device for nothing, which costs nothing, makes every price nothing
    .groupBy(['deviceClass', 'microPerHour'])
    .execute();
  const offers = sessions.offers();
  const items = deviceClass.options.map((each): ClassPrices => {
    const ofClass = sold.filter((row) => row.deviceClass === each);
    return {
      deviceClass: each,
      asks: asksOf(offers.filter((offer) => offer.deviceClass === each).map(({ microPerHour }) => ({ microPerHour, weight: 1 }))),
      paid: paidOf(ofClass.map(({ microPerHour, leases, unfrozenMs }) => ({ microPerHour, leases, weight: unfrozenMs }))),
    };
  });
  return { atMs, days: DAYS, items };
}

function asksOf(asks: readonly Priced[]): ClassPrices['asks'] {
  const medianMicroPerHour = priceAt(0.5, asks);
  if (medianMicroPerHour === null) return null;
  const minMicroPerHour = asks.reduce((least, { microPerHour }) => Math.min(least, microPerHour), medianMicroPerHour);
  return { offers: asks.length, minMicroPerHour, medianMicroPerHour };
}

function paidOf(sold: readonly (Priced & { readonly leases: number })[]): ClassPrices['paid'] {
  const [p10MicroPerHour, medianMicroPerHour, p90MicroPerHour] = [0.1, 0.5, 0.9].map((share) => priceAt(share, sold));
  if (p10MicroPerHour == null || medianMicroPerHour == null || p90MicroPerHour == null) return null;
  return {
    leases: sold.reduce((sum, { leases }) => sum + leases, 0),
    unfrozenMs: sold.reduce((sum, { weight }) => sum + weight, 0),
    p10MicroPerHour,
    medianMicroPerHour,
    p90MicroPerHour,
  };
}
