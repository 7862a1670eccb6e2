import { z } from 'zod';
import type { Sensor, SensorContext } from '../../signals.ts';
import { type SystemLock, takeSleepLock } from '../../sleep/system-lock.ts';
import { openServiceSensor } from './dbus-sensor.ts';
import { LOGIND, LOGIND_FIX, LOGIND_MANAGER, LOGIND_PATH } from './logind-sessions.ts';

const schema = z.object({ PreparingForSleep: z.boolean() });
const toldSchema = z.tuple([z.boolean()]);
const SOURCE = 'logind';
/** Freezing takes tenths of a second, and an owner who closes the lid shall not wait longer for us. logind itself would wait 5 s. */
const MAX_DELAY_MS = 2_000;
const RETAKE_MS = 30_000;

export interface SleepSensor extends Sensor<'sleep'> {
  /** Our work stands still: the system need not wait any longer. */
  settled(): void;
}

/**
 * Suspends as they begin. Holds a delay lock, so that the system waits until `settled()`, at most MAX_DELAY_MS. Where no lock can be had a
 * suspend is told all the same, but nothing waits. Null where logind does not run.
 */
export async function openLogindSleep(context: SensorContext): Promise<SleepSensor | null> {
  const lock = keepLock(context.env);
  let suspending = false;
  let deadline: NodeJS.Timeout | undefined;
  const sensor = await openServiceSensor(
    context,
    {
      bus: 'system',
      name: LOGIND,
      signal: 'sleep',
      source: SOURCE,
      fix: LOGIND_FIX,
      rules: [{ path: LOGIND_PATH, interface: LOGIND_MANAGER, member: 'PrepareForSleep' }],
      load: async (service) => schema.parse(await service.properties(LOGIND_PATH, LOGIND_MANAGER)).PreparingForSleep,
      told: (signal) => toldSchema.safeParse(signal.body).data?.[0] ?? null,
      reading: (value) => ({ kind: 'known', value: { suspending: value }, source: SOURCE }),
    },
    (state) => {
      if (state.kind !== 'up') return;
      suspending = state.value;
      clearTimeout(deadline);
      if (suspending) deadline = setTimeout(() => lock.want(false), MAX_DELAY_MS);
      else lock.want(true);
    },
  );
  if (sensor === null) return null;
  return {
    ...sensor,
    settled() {
      if (suspending) lock.want(false);
    },
    async close() {
      clearTimeout(deadline);
      await sensor.close();
      await lock.close();
    },
  };
}

/** Holds the delay lock while it is wanted; takes it again, not often, when it was refused or lost. */
function keepLock(env: SensorContext['env']): { want(wanted: boolean): void; close(): Promise<void> } {
  let wanted = false;
  let lock: SystemLock | null = null;
  let taking: Promise<void> | null = null;
  let releasing: Promise<void> = Promise.resolve();
  let retry: NodeJS.Timeout | undefined;

  async function take(): Promise<void> {
    const outcome = await takeSleepLock(env, 'delay', 'Stops its work before the system sleeps');
    if (outcome.kind === 'refused') return takeLater();
    const taken = outcome.lock;
    lock = taken;
    void taken.gone.then(() => {
      if (lock !== taken) return;
      lock = null;
      takeLater();
    });
  }
  const takeLater = (): void => {
    clearTimeout(retry);
    if (wanted) retry = setTimeout(adjust, RETAKE_MS);
  };
  const adjust = (): void => {
    if (taking !== null) return;
    if (wanted && lock === null) {
      taking = take().finally(() => {
        taking = null;
        if (!wanted) adjust();
      });
    } else if (!wanted && lock !== null) {
      releasing = lock.release();
      lock = null;
    }
  };
  return {
    want(next) {
      if (wanted === next) return;
      wanted = next;
      clearTimeout(retry);
      adjust();
    },
    async close() {
      wanted = false;
      clearTimeout(retry);
      await taking;
      adjust();
      await releasing;
    },
  };
}
