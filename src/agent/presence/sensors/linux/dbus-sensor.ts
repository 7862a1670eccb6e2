import type { Reading, Sensor, SensorContext, SignalName, SignalValues } from '../../signals.ts';
import { type BusKind, busAddress } from './dbus.ts';
import { followService, type ServicePlan, type ServiceState } from './dbus-service.ts';

/** A sensor that follows one service of one bus. */
export interface ServiceSensorPlan<S extends SignalName, T> extends ServicePlan<T> {
  readonly bus: BusKind;
  readonly signal: S;
  /** The service as people know it. */
  readonly source: string;
  /** What to do when the service stops or cannot be read. */
  readonly fix: string;
  /** The reading at this moment, out of the service's last state. */
  reading(state: T): Reading<SignalValues[S]>;
}

/**
 * Opens it, once the service has answered or failed. Null where this machine has no such bus or the service does not run.
 * `heard` is told each state of the service before anybody else reads it.
 */
export async function openServiceSensor<S extends SignalName, T>(
  context: SensorContext,
  plan: ServiceSensorPlan<S, T>,
  heard: (state: ServiceState<T>) => void = () => undefined,
): Promise<Sensor<S> | null> {
  const address = busAddress(plan.bus, context);
  if (address === null) return null;
  const { signal, source, fix } = plan;
  const first = Promise.withResolvers<ServiceState<T>>();
  let state: ServiceState<T> | null = null;
  let shown = '';
  const read = (): Reading<SignalValues[S]> => {
    if (state?.kind === 'up') return plan.reading(state.value);
    const detail = state?.kind === 'broken' ? `${source} cannot be read: ${state.detail}` : `${source} has stopped.`;
    return { kind: 'unknown', source, detail, fix };
  };
  const following = followService(address, plan, (next) => {
    state = next;
    heard(next);
    first.resolve(next);
    const now = JSON.stringify(read());
    if (now === shown) return;
    if (shown !== '') context.changed();
    shown = now;
  });
  if ((await first.promise).kind === 'gone') {
    following[Symbol.dispose]();
    return null;
  }
  return { signal, source, pace: 'calm', read, close: () => following[Symbol.dispose]() };
}
