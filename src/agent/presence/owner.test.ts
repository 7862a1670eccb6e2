import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextMorningMs, type OwnerMode } from '../../contract/model/presence.ts';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import { openStore } from '../store/open.ts';
import { writeOwnerMode } from '../store/owner-mode-row.ts';
import { modeAfter, openOwnerWord } from './owner.ts';

const HOUR_MS = 3_600_000;

function machine(startMs = 1_800_000_000_000) {
  const db = openStore(tempFolder());
  const time = { wallMs: startMs, monotonicMs: 0 };
  const open = () => openOwnerWord(db, { nowMs: () => time.wallMs, monotonicMs: () => time.monotonicMs });
  return { db, time, open, word: open() };
}

describe("the owner's word", () => {
  it('pauses for an hour and is automatic again by itself, over a restart too', () => {
    const { time, word, open } = machine();
    word.pauseFor(HOUR_MS);
    expect(open().mode()).toMatchObject({ kind: 'paused', untilMs: time.wallMs + HOUR_MS });
    time.wallMs += HOUR_MS - 1;
    expect(word.mode().kind).toBe('paused');
    time.wallMs += 1;
    expect(word.mode().kind).toBe('automatic');
    expect(open().mode().kind).toBe('automatic');
  });

  it('takes "until tomorrow" for the next morning at six that is hours away', () => {
    const at = (text: string): number => new Date(text).getTime();
    expect(nextMorningMs(at('2026-11-22T20:00:00'))).toBe(at('2026-11-23T06:00:00'));
    expect(nextMorningMs(at('2026-11-22T01:30:00'))).toBe(at('2026-11-22T06:00:00'));
    expect(nextMorningMs(at('2026-11-22T05:30:00'))).toBe(at('2026-11-23T06:00:00'));
  });

  it('lets the running job finish and takes nothing new until the morning', () => {
    const { time, word } = machine();
    word.finishJob();
    expect(word.mode().kind).toBe('finishing');
    time.wallMs = nextMorningMs(time.wallMs);
    expect(word.mode().kind).toBe('automatic');
  });

  it('ends a pause early at the owner’s word', () => {
    const { word } = machine();
    word.pauseUntilTomorrow();
    word.resume();
    expect(word.mode().kind).toBe('automatic');
  });

  it('spends "run now" with one job', () => {
    const { word, time } = machine();
    word.runNow();
    expect(word.mode().kind).toBe('run-now');
    word.spendRunNow();
    expect(word.mode().kind).toBe('automatic');
    word.runNow();
    time.wallMs += HOUR_MS;
    expect(word.mode().kind, 'an hour later it is no longer now').toBe('automatic');
    word.pauseFor(HOUR_MS);
    word.spendRunNow();
    expect(word.mode().kind).toBe('paused');
  });

  it('makes no pause longer for a clock that is set back', () => {
    const { time, word } = machine();
    word.pauseFor(HOUR_MS);
    time.wallMs -= 365 * 24 * HOUR_MS;
    time.monotonicMs = HOUR_MS - 1;
    expect(word.mode().kind).toBe('paused');
    time.monotonicMs = HOUR_MS;
    expect(word.mode().kind).toBe('automatic');
  });

  it('counts a pause that lies ahead of a clock set back while Nightshift was off from now', () => {
    const { db, time, open } = machine();
    writeOwnerMode(db, { kind: 'paused', sinceMs: time.wallMs + 900 * HOUR_MS, untilMs: time.wallMs + 901 * HOUR_MS });
    expect(open().mode()).toMatchObject({ kind: 'paused', untilMs: time.wallMs + HOUR_MS });
  });

  it('always ends as promised: no later than its length after it was said, whatever the wall clock does', () => {
    const step = fc.record({ elapsedMs: fc.nat(HOUR_MS), jumpMs: fc.integer({ min: -1_000 * HOUR_MS, max: 1_000 * HOUR_MS }) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 48 * HOUR_MS }), fc.array(step, { maxLength: 60 }), (lengthMs, steps) => {
        const said: OwnerMode = { kind: 'paused', sinceMs: 0, untilMs: lengthMs };
        let mode: OwnerMode = said;
        let wallMs = 0;
        let elapsedMs = 0;
        for (const each of steps) {
          elapsedMs += each.elapsedMs;
          wallMs += each.elapsedMs + each.jumpMs;
          mode = modeAfter(mode, wallMs, elapsedMs);
          if (elapsedMs >= lengthMs) expect(mode.kind).toBe('automatic');
          if (wallMs < lengthMs && elapsedMs < lengthMs && steps.every(({ jumpMs }) => jumpMs <= 0)) expect(mode.kind).toBe('paused');
        }
      }),
    );
  });
});
