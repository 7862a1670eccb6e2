import type { Pace, Reading, Sensor, SensorContext, SignalName, SignalValues } from '../../signals.ts';
import { type LocalDisplay, localDisplay } from './x11-display.ts';
import { openLasting, type Trouble } from './x11-lasting.ts';

/** What a sensor knows of one X server while it is connected to it. */
export interface Server<T> {
  /** The server belongs to a Wayland compositor, and sees X programs only. */
  readonly isXwayland: boolean;
  /** What the last answer told; asks again. Undefined: an answer has been owed for too long. */
  value(): T | undefined;
  close(): void;
}

/** A server on a loaded machine answers within milliseconds; one that owes an answer for so long is stopped or hung. */
export const OVERDUE_MS = 2_000;
const SOURCE = 'X11';

/** A sensor of an X session. Null: this is none. */
export async function openX11Sensor<S extends SignalName>(
  context: SensorContext,
  signal: S,
  pace: Pace,
  connect: (display: LocalDisplay, lost: (trouble: Trouble) => void, closing: AbortSignal) => Promise<Server<SignalValues[S]>>,
): Promise<Sensor<S> | null> {
  const display = localDisplay(context.env);
  if (!display) return null;
  const link = openLasting((lost, closing) => connect(display, lost, closing), context.monotonicMs, context.changed);
  await link.settled();
  const first = link.state();
  if (first.kind === 'open' && first.link.isXwayland) {
    link.close();
    return null;
  }
  return {
    signal,
    source: SOURCE,
    pace,
    read(): Reading<SignalValues[S]> {
      const state = link.state();
      if (state.kind === 'broken') return { kind: 'unknown', source: SOURCE, detail: state.detail, fix: state.fix };
      if (state.link.isXwayland) return { kind: 'absent', source: SOURCE, detail: 'This X server belongs to a Wayland session.' };
      const value = state.link.value();
      if (value === undefined)
        return {
          kind: 'unknown',
          source: SOURCE,
          detail: `The X server of display :${display.number} has stopped answering.`,
          fix: 'If the screen does not react either, log in to the desktop again.',
        };
      return { kind: 'known', value, source: SOURCE };
    },
    close: link.close,
  };
}
