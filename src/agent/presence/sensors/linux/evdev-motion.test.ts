import { describe, expect, test } from 'vitest';
import { EVENT_BYTES, filterMotion } from './evdev-motion.ts';

const EV_KEY = 1;
const EV_ABS = 3;
const ABS_X = 0;
const ABS_HAT0X = 0x10;
const ABS_MISC = 0x28;

type Event = readonly [seconds: number, type: number, code: number, value: number];

function eventsOf(...events: readonly Event[]): Buffer {
  const bytes = Buffer.alloc(events.length * EVENT_BYTES);
  for (const [index, [seconds, type, code, value]] of events.entries()) {
    bytes.writeBigInt64LE(BigInt(seconds), index * EVENT_BYTES);
    bytes.writeUInt16LE(type, index * EVENT_BYTES + 16);
    bytes.writeUInt16LE(code, index * EVENT_BYTES + 18);
    bytes.writeInt32LE(value, index * EVENT_BYTES + 20);
  }
  return bytes;
}

/** An Xbox pad's stick, at rest a little off its middle. */
const STICK = new Map([[ABS_X, { value: 700, min: -32_768, max: 32_767, flat: 128 }]]);

function lastUse(filter: ReturnType<typeof filterMotion>, ...events: readonly Event[]): number | null {
  const bytes = eventsOf(...events);
  return filter.lastUseMs(bytes, bytes.length);
}

describe('what counts as use of a gamepad', () => {
  test('a button, and the last of several', () => {
    expect(lastUse(filterMotion(STICK), [7, EV_KEY, 0x130, 1], [9, EV_KEY, 0x130, 0], [10, 0, 0, 0])).toBe(9_000);
  });

  test('a pushed stick, and letting it go', () => {
    const filter = filterMotion(STICK);
    expect(lastUse(filter, [1, EV_ABS, ABS_X, 20_000])).toBe(1_000);
    expect(lastUse(filter, [2, EV_ABS, ABS_X, 21_000])).toBeNull();
    expect(lastUse(filter, [3, EV_ABS, ABS_X, 0])).toBe(3_000);
  });

  test('not a stick that wanders about its rest, for however long', () => {
    const filter = filterMotion(STICK);
    for (let second = 0; second < 1_000; second += 1) {
      expect(lastUse(filter, [second, EV_ABS, ABS_X, 700 + Math.round(6_000 * Math.sin(second))])).toBeNull();
    }
  });

  test('not a stick that rests aside and trembles there', () => {
    const filter = filterMotion(STICK);
    lastUse(filter, [0, EV_ABS, ABS_X, 30_000]);
    for (let second = 1; second < 100; second += 1)
      expect(lastUse(filter, [second, EV_ABS, ABS_X, 30_000 - (second % 2) * 2_000])).toBeNull();
  });

  test('a slow push that goes far in the end', () => {
    const filter = filterMotion(STICK);
    const uses = Array.from({ length: 30 }, (_, step) => lastUse(filter, [step, EV_ABS, ABS_X, 700 + step * 1_000])).filter(
      (use) => use !== null,
    );
    expect(uses.length).toBeGreaterThan(0);
  });

  test('a directional pad, but no counter of the driver', () => {
    expect(lastUse(filterMotion(STICK), [4, EV_ABS, ABS_HAT0X, -1])).toBe(4_000);
    expect(lastUse(filterMotion(STICK), [4, EV_ABS, ABS_MISC, 77])).toBeNull();
  });

  test('a push on a pad that does not tell the range of its axes', () => {
    const narrow = filterMotion(new Map());
    expect(lastUse(narrow, [1, EV_ABS, ABS_X, 128], [2, EV_ABS, ABS_X, 140])).toBeNull();
    expect(lastUse(narrow, [3, EV_ABS, ABS_X, 200])).toBe(3_000);
    const wide = filterMotion(new Map());
    expect(lastUse(wide, [1, EV_ABS, ABS_X, -300], [2, EV_ABS, ABS_X, 900])).toBeNull();
    expect(lastUse(wide, [3, EV_ABS, ABS_X, 12_000])).toBe(3_000);
  });

  test("not less than the driver's own dead zone", () => {
    const loose = filterMotion(new Map([[ABS_X, { value: 0, min: -100, max: 100, flat: 60 }]]));
    expect(lastUse(loose, [1, EV_ABS, ABS_X, 50])).toBeNull();
    expect(lastUse(loose, [1, EV_ABS, ABS_X, 70])).toBe(1_000);
  });
});
