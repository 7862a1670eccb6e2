/** Size of struct input_event where time_t has 64 bits (linux/input.h): seconds, microseconds, type, code, value. */
export const EVENT_BYTES = 24;

// linux/input-event-codes.h
const EV_KEY = 0x01;
const EV_ABS = 0x03;
const ABS_HAT0X = 0x10;
const ABS_HAT3Y = 0x17;
const ABS_MISC = 0x28;

/** From struct input_absinfo. */
export interface AxisRange {
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** The driver's own dead zone. */
  readonly flat: number;
}

/**
 * A resting stick wanders. XInput's dead zone for sticks is 7,849 of 32,767 to a side (XINPUT_GAMEPAD_LEFT_THUMB_DEADZONE): 12% of the
 * whole range.
 */
const DEAD_SHARE = 7_849 / 65_535;
/** Where the driver does not tell an axis' range: HID pads use 0 to 255, others 16 bits with a sign. */
const NARROW: AxisRange = { value: 0, min: 0, max: 255, flat: 0 };
const WIDE: AxisRange = { value: 0, min: -32_768, max: 32_767, flat: 0 };

/** Tells real use of one pad from the wandering of its sticks. */
export interface MotionFilter {
  /** When the last real use among these events was, ms of the wall clock; null: none was real. */
  lastUseMs(events: Buffer, bytes: number): number | null;
}

/** `ranges`: of the axes whose device tells them, as they stand now. */
export function filterMotion(ranges: ReadonlyMap<number, AxisRange>): MotionFilter {
  const restAt = new Map([...ranges].map(([axis, range]) => [axis, range.value]));

  /** Each real move makes a new place of rest, so that a stick that hangs aside is not used for ever, and letting it go is. */
  function moved(axis: number, value: number): boolean {
    if (axis >= ABS_HAT0X && axis <= ABS_HAT3Y) return true; // directional pads: -1, 0, 1
    if (axis >= ABS_MISC) return false; // counters and touch positions, no sticks
    const rest = restAt.get(axis);
    if (rest === undefined) {
      restAt.set(axis, value);
      return false;
    }
    const range = ranges.get(axis) ?? (Math.min(value, rest) < NARROW.min || Math.max(value, rest) > NARROW.max ? WIDE : NARROW);
    if (Math.abs(value - rest) <= Math.max((range.max - range.min) * DEAD_SHARE, range.flat)) return false;
    restAt.set(axis, value);
    return true;
  }

  return {
    lastUseMs(events, bytes) {
      let lastMs: number | null = null;
      for (let at = 0; at + EVENT_BYTES <= bytes; at += EVENT_BYTES) {
        const type = events.readUInt16LE(at + 16);
        const isUse = type === EV_KEY || (type === EV_ABS && moved(events.readUInt16LE(at + 18), events.readInt32LE(at + 20)));
        if (isUse) lastMs = Number(events.readBigInt64LE(at)) * 1_000 + Number(events.readBigInt64LE(at + 8)) / 1_000;
      }
      return lastMs;
    },
  };
}
