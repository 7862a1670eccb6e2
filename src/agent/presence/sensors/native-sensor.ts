import type { Pace, Reading, Sensor, SignalName, SignalValues } from '../signals.ts';

export interface NativeSensor<S extends SignalName> {
  readonly signal: S;
  readonly source: string;
  readonly pace: Pace;
  /** What the owner can do when the system refuses to answer. */
  readonly fix: string;
  /** May throw. */
  readonly read: () => Reading<SignalValues[S]>;
  readonly close?: () => void;
}

/** A sensor on the system's own functions: what they throw becomes an unknown reading, and the next reading asks anew. */
export function nativeSensor<S extends SignalName>(parts: NativeSensor<S>): Sensor<S> {
  const { signal, source, pace, fix } = parts;
  return {
    signal,
    source,
    pace,
    read() {
      try {
        return parts.read();
      } catch (error) {
        return { kind: 'unknown', source, detail: `${source} did not answer: ${messageOf(error)}`, fix };
      }
    },
    close: () => parts.close?.(),
  };
}

/** A signal that this system can say nothing about, for as long as the agent runs. */
export function constantSensor<S extends SignalName>(signal: S, reading: Reading<SignalValues[S]>): Sensor<S> {
  return { signal, source: reading.source, pace: 'calm', read: () => reading, close: () => undefined };
}

/** Opens a sensor on libraries that may be missing; where one is, the signal reads unknown. */
export async function openOn<S extends SignalName, Api>(
  signal: S,
  source: string,
  load: () => Promise<Api>,
  open: (api: Api) => Promise<Sensor<S>>,
): Promise<Sensor<S>> {
  try {
    return await open(await load());
  } catch (error) {
    return constantSensor(signal, {
      kind: 'unknown',
      source,
      detail: `A part of the system that Nightshift asks is missing: ${messageOf(error)}`,
      fix: 'Install the system updates, then start Nightshift again.',
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
