import type { Sensor, SensorContext, SignalValues } from '../../signals.ts';
import { connectX, extensionOpcode, type XConnection } from './x11-connection.ts';
import type { LocalDisplay } from './x11-display.ts';
import { LinkError, type Trouble } from './x11-lasting.ts';
import { OVERDUE_MS, openX11Sensor, type Server } from './x11-sensor.ts';
import { alarmOnFall, listSystemCounters, parseCounter, parseCounterValue, queryCounter, syncInitialize } from './x11-wire.ts';
import { isXwayland } from './x11-xwayland.ts';

type Input = SignalValues['input'];

/** An input after a pause of so long is news at once; what follows it in a burst changes no decision. */
const NEWS_AFTER_MS = 250;
/** The server's clock counts whole milliseconds. */
const ROUNDING_MS = 1;

/**
 * Keyboard, mouse and touch of an X session, by the server's own IDLETIME counter (SYNC extension; the same clock as
 * XScreenSaverQueryInfo). An alarm on it tells of an owner who comes back, at once, so that nothing has to be read 60 times a second.
 * Besides, every reading asks for the counter and returns what the last answer told: a stopped server stops nothing here.
 * Null: this is no X session, or the server belongs to a Wayland compositor and sees X programs only.
 */
export async function openX11Input(context: SensorContext): Promise<Sensor<'input'> | null> {
  return openX11Sensor(context, 'input', 'calm', (...server) => openIdleClock(context, ...server));
}

async function openIdleClock(
  context: SensorContext,
  display: LocalDisplay,
  lost: (trouble: Trouble) => void,
  closing: AbortSignal,
): Promise<Server<Input>> {
  let noteAlarm: (() => void) | null = null;
  const x = await connectX(context.env, display, () => noteAlarm?.(), lost, closing);
  const tellsNothing = (): LinkError => {
    x.close();
    return new LinkError({
      detail: `The X server of display :${display.number} does not tell when the last input was.`,
      fix: 'Start the X server with its SYNC extension.',
    });
  };
  const [opcode, underWayland] = await Promise.all([extensionOpcode(x, 'SYNC'), isXwayland(x)]);
  if (opcode === null) throw tellsNothing();
  const [, counters] = await Promise.all([x.ask(syncInitialize(opcode)), x.ask(listSystemCounters(opcode))]);
  const counter = counters && parseCounter(counters, 'IDLETIME');
  if (counter === null) throw tellsNothing();
  x.tell(alarmOnFall(opcode, x.setup.idBase, counter, NEWS_AFTER_MS));
  const question = queryCounter(opcode, counter);
  const askedMs = context.monotonicMs();
  const reply = await x.ask(question);
  if (!reply) throw tellsNothing();
  const firstInputMs = lastInput(null, askedMs, context.monotonicMs(), parseCounterValue(reply));
  const clock = idleClock(context, x, question, firstInputMs);
  noteAlarm = clock.alarm;
  return {
    isXwayland: underWayland,
    value: clock.value,
    close() {
      clock.stop();
      x.close();
    },
  };
}

function idleClock(context: SensorContext, x: XConnection, question: Buffer, firstInputMs: number) {
  let lastInputMs = firstInputMs;
  let owedSinceMs: number | null = null;
  /** An answer that came together with an alarm was given before it. */
  let isAlarmed = false;
  let again: NodeJS.Timeout | undefined;

  async function ask(): Promise<void> {
    const askedMs = context.monotonicMs();
    owedSinceMs = askedMs;
    clearTimeout(again);
    isAlarmed = false;
    const reply = await x.ask(question);
    owedSinceMs = null;
    if (!reply) return;
    const before = lastInputMs;
    lastInputMs = lastInput(before, askedMs, context.monotonicMs(), parseCounterValue(reply));
    if (isAlarmed) void ask();
    // No alarm comes while inputs follow each other without a pause: their end is looked for.
    else if (context.monotonicMs() - lastInputMs < NEWS_AFTER_MS) again = setTimeout(() => void ask(), NEWS_AFTER_MS);
    if (lastInputMs - before > NEWS_AFTER_MS) context.changed();
  }

  return {
    alarm(): void {
      if (owedSinceMs === null) void ask();
      else isAlarmed = true;
    },
    value(): Input | undefined {
      if (owedSinceMs === null) void ask();
      const nowMs = context.monotonicMs();
      if (owedSinceMs !== null && nowMs - owedSinceMs > OVERDUE_MS) return undefined;
      return { idleMs: Math.max(0, nowMs - lastInputMs) };
    },
    stop: () => clearTimeout(again),
  };
}

/**
 * When the last input was, from an answer that took time: between `askedMs - idleMs` and `answeredMs - idleMs`. What was known
 * before stands as long as it lies in there, so that a slow answer does not look like an input.
 */
export function lastInput(beforeMs: number | null, askedMs: number, answeredMs: number, idleMs: number): number {
  const latestMs = answeredMs - idleMs;
  const earliestMs = askedMs - idleMs - ROUNDING_MS;
  return beforeMs !== null && beforeMs >= earliestMs && beforeMs <= latestMs ? beforeMs : latestMs;
}
