import { type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Sensor, SensorContext } from '../../signals.ts';
import { keepFile, namesIn } from './system-files.ts';

const SOURCE = 'terminals';
/** Terminals that come and go are looked for this often; those at hand are looked at on every read. */
const LOOK_FOR_NEW_MS = 1_000;
/** Keys reach only the console that is shown, so that the others are looked at just in case. */
const ALL_CONSOLES_EVERY_MS = 10_000;
/**
 * Linux moves a terminal's access time only when the second lies in another block of 8 than before, so that nobody can time key
 * presses by it (tty_update_time in drivers/tty/tty_io.c): the last key may be as late as the end of the block.
 */
const BLOCK_S = 8;

const blockOf = (seconds: number): number => Math.floor(seconds / BLOCK_S);

/**
 * Typing on consoles and pseudo-terminals (terminal windows, SSH). `wallMs` is the clock that the kernel stamps terminals with.
 * Idle time counts from the latest moment at which a key may have been pressed, and never jumps with the wall clock.
 */
export async function openTtyInput(context: SensorContext, wallMs: () => number): Promise<Sensor<'input'> | null> {
  const dev = join(context.root, 'dev');
  const pts = join(dev, 'pts');
  const activeConsole = keepFile(join(context.root, 'sys/class/tty/tty0/active'));
  let consoles: readonly string[] = [];
  let terminals: readonly string[] = [];
  let listedMs = Number.NEGATIVE_INFINITY;
  let consolesMs = Number.NEGATIVE_INFINITY;
  let touchedMs = Number.NEGATIVE_INFINITY; // monotonic
  const accessed = new Map<string, number>(); // seconds of the wall clock

  function listTerminals(): void {
    terminals = (namesIn(pts) ?? []).filter((name) => /^\d+$/.test(name)).map((name) => join(pts, name));
    for (const path of accessed.keys()) if (path.startsWith(pts) && !terminals.includes(path)) accessed.delete(path);
  }

  function listConsoles(): void {
    consoles = (namesIn(dev) ?? []).filter((name) => /^tty([1-9]|[1-5]\d|6[0-3])$/.test(name)).map((name) => join(dev, name));
  }

  function look(nowMs: number, at: readonly string[]): void {
    const wall = wallMs();
    for (const path of at) {
      const stats = statOf(path);
      if (stats === null) continue;
      const seconds = Math.floor(stats.atimeMs / 1_000);
      const sinceBlockMs = Math.max(0, wall - (blockOf(seconds) + 1) * BLOCK_S * 1_000);
      const isNews = accessed.get(path) !== seconds;
      accessed.set(path, seconds);
      if (isNews || blockOf(seconds) === blockOf(wall / 1_000)) touchedMs = Math.max(touchedMs, nowMs - sinceBlockMs);
    }
  }

  listTerminals();
  listConsoles();
  if (consoles.length === 0 && namesIn(pts) === null) return null;
  return {
    signal: 'input',
    source: SOURCE,
    pace: 'brisk', // the kernel's figure is good for blocks of 8 s, so that nothing is won by asking more often
    read() {
      const nowMs = context.monotonicMs();
      if (nowMs - listedMs >= LOOK_FOR_NEW_MS) {
        listedMs = nowMs;
        listTerminals();
      }
      look(nowMs, terminals);
      if (nowMs - consolesMs >= ALL_CONSOLES_EVERY_MS) {
        consolesMs = nowMs;
        listConsoles();
        look(nowMs, consoles);
      } else if (consoles.length > 0) {
        const shown = activeConsole.read();
        if (shown.ok) look(nowMs, [join(dev, shown.text.trim())]);
      }
      if (consoles.length === 0 && terminals.length === 0)
        return { kind: 'absent', source: SOURCE, detail: 'No console or terminal is open.' };
      if (touchedMs === Number.NEGATIVE_INFINITY) {
        return {
          kind: 'unknown',
          source: SOURCE,
          detail: 'The terminals of this machine cannot be looked at.',
          fix: `Let Nightshift see ${pts}.`,
        };
      }
      return { kind: 'known', value: { idleMs: nowMs - touchedMs }, source: SOURCE };
    },
    close: () => activeConsole.close(),
  };
}

function statOf(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null; // forbidden; a terminal that merely went away does not throw
  }
}
