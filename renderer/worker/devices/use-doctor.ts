import { useEffect, useRef, useState } from 'react';
import type { DoctorReport } from '../../../src/contract/model/doctor.ts';
import { useConnection, useWorker } from '../store.ts';
import { failureText } from '../use-order.ts';

export interface DoctorState {
  /** The last one that was made; kept while a new one is on its way, and over visits of this screen. */
  readonly report: DoctorReport | null;
  readonly failure: string | null;
}

let lastReport: DoctorReport | null = null;

/** What is there and what is missing: asked for when the screen opens, and when a device came, went or fell ill. */
export function useDoctor(): { readonly state: DoctorState; readonly again: () => void; readonly isLooking: boolean } {
  const connection = useConnection();
  const client = connection.kind === 'live' ? connection.client : null;
  const inventory = useWorker((state) => state.devices.map(({ id, health }) => `${id} ${health.kind}`).join());
  const [state, setState] = useState<DoctorState>({ report: lastReport, failure: null });
  const [asked, setAsked] = useState(0);
  const [isLooking, setLooking] = useState(false);
  const lastAsked = useRef(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another inventory is what makes it look too
  useEffect(() => {
    if (client === null) return;
    const asking = new AbortController();
    const { signal } = asking;
    const look = async (): Promise<void> => {
      const isWish = asked !== lastAsked.current;
      lastAsked.current = asked;
      setLooking(true);
      try {
        if (isWish) await client.devices.rescan(undefined, { signal });
        lastReport = await client.devices.doctor(undefined, { signal });
        if (!signal.aborted) setState({ report: lastReport, failure: null });
      } catch (error) {
        if (!signal.aborted) setState({ report: lastReport, failure: failureText(error) });
      } finally {
        if (!signal.aborted) setLooking(false);
      }
    };
    void look();
    return () => asking.abort();
  }, [client, inventory, asked]);
  return { state, again: () => setAsked((count) => count + 1), isLooking };
}
