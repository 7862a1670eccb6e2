import { delay } from '../../lib/delay.ts';
import { jobTopic } from '../bus/topics.ts';
import { releaseMatured } from '../ledger/holdback.ts';
import { createPlacer } from './applier.ts';
import { createLeaseDriver, type DriverRoom } from './lease-driver.ts';
import { createSealDeliveries } from './seal-deliveries.ts';

/** Looks at the whole state again and again, and moves each thing one step towards its end. */
export interface Reconciler extends AsyncDisposable {
  /** Look now: something may have changed. */
  nudge(): void;
}

/**
 * Level-triggered: a round reads the database and the live sessions, never a queue of events, so that what a crash, a lost message
 * or a bug left behind is found by the next round. Nudges only make the next round come sooner.
 */
export function startReconciler(base: Omit<DriverRoom, 'nudge'>): Reconciler {
  const closing = new AbortController();
  let wake = new AbortController();
  const nudge = (): void => wake.abort();
  const room: DriverRoom = { ...base, nudge };
  const driver = createLeaseDriver(room, closing.signal);
  const deliveries = createSealDeliveries(room, closing.signal);

  const place = createPlacer(room);

  async function placeJobs(): Promise<void> {
    for (const jobId of await place(driver.coolingDown())) room.topics.publish(jobTopic(jobId));
  }

  async function driveLeases(): Promise<void> {
    const open = await room.db
      .selectFrom('leases')
      .innerJoin('jobs', 'jobs.id', 'leases.jobId')
      .selectAll('leases')
      .select('jobs.cancelRequestedAtMs')
      .where('leases.state', '<>', 'closed')
      .execute();
    driver.drive(open);
  }

  const parts = [() => releaseMatured(room.db, room.ledger, room.clock), placeJobs, driveLeases, deliveries.drive];

  async function loop(): Promise<void> {
    while (!closing.signal.aborted) {
      wake = new AbortController();
      for (const part of parts) {
        try {
          await part();
        } catch (error) {
          // What one part cannot do must not keep the others from their work.
          room.logger.error({ err: error }, 'a part of a round of the reconciler failed; the next round starts over');
        }
      }
      const signal = AbortSignal.any([wake.signal, closing.signal]);
      await delay(room.options.reconcileIntervalMs, signal);
    }
  }

  const looping = loop();
  return {
    nudge,
    [Symbol.asyncDispose]: async () => {
      closing.abort();
      await looping;
      await Promise.all([driver.idle(), deliveries.idle()]);
    },
  };
}
