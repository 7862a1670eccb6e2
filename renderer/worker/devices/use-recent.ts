import { useEffect } from 'react';
import { create } from 'zustand';
import { useConnection, useWorkerStore, type WorkerClient } from '../store.ts';
import { type RecentPoint, withHistory, withSample } from './recent.ts';

type Recent = Readonly<Record<string, readonly RecentPoint[]>>;

const useRecentStore = create<Recent>(() => ({}));
const NONE: readonly RecentPoint[] = [];

/** For the life of the page: a screen that is left and opened again has its last minutes at once. */
useWorkerStore.subscribe(({ held }, before) => {
  const telemetry = held?.state.telemetry;
  if (telemetry === undefined || telemetry === before.held?.state.telemetry) return;
  const recent = useRecentStore.getState();
  useRecentStore.setState(
    Object.fromEntries(Object.entries(telemetry).map(([id, sample]) => [id, withSample(recent[id] ?? NONE, sample)])),
    true,
  );
});

/** Whom the agent of this connection has told about already. */
const seeded = new WeakMap<WorkerClient, Set<string>>();

/** The last minutes of a device; what was before this page is asked for once a connection. */
export function useRecent(deviceId: string): readonly RecentPoint[] {
  const connection = useConnection();
  const client = connection.kind === 'live' ? connection.client : null;
  useEffect(() => {
    if (client === null) return;
    const known = seeded.get(client) ?? new Set();
    seeded.set(client, known);
    if (known.has(deviceId)) return;
    known.add(deviceId);
    client.devices.history({ deviceId, range: 'minutes' }).then(
      ({ points }) => useRecentStore.setState((recent) => ({ [deviceId]: withHistory(recent[deviceId] ?? NONE, points) })),
      () => known.delete(deviceId), // the sparkline begins now instead; the next visit asks again
    );
  }, [client, deviceId]);
  return useRecentStore((recent) => recent[deviceId] ?? NONE);
}
