import { join } from 'node:path';
import type { Reading, Sensor, SensorContext } from '../../signals.ts';
import { type InputDevice, isGamepad, parseInputDevices } from './evdev-devices.ts';
import { type AxisRange, EVENT_BYTES, filterMotion, type MotionFilter } from './evdev-motion.ts';
import { ERRNO, libc, OPEN } from './libc.ts';
import { isForbidden, readText } from './system-files.ts';

const SOURCE = 'evdev';
/** How often pads that were plugged in are looked for, and pads that would not open are tried again. */
const LOOK_FOR_NEW_MS = 3_000;
/** Room for what the kernel keeps for one reader of a pad: 8 packets of what a pad reports at once (drivers/input/evdev.c). */
const EVENTS_AT_ONCE = 512;
/** A device that floods is not followed for longer than this in one read. */
const READS_AT_ONCE = 8;
/** Axes 0 to 0x0f are sticks, triggers and wheels (linux/input-event-codes.h). */
const STICK_AXES = 0x10;
/** EVIOCGABS(0) of linux/input.h: read, 24 bytes, 'E', 0x40. Add the axis. */
const EVIOCGABS = 0x8018_4540;

interface Pad {
  readonly fd: number;
  readonly motion: MotionFilter;
}

/** Where pads cannot be read: what to tell the owner. */
interface Trouble {
  readonly detail: string;
  readonly fix: string;
}

/** Longer than most idle delays; after that nothing has to be asked 66 times a second. */
const LINGERS_MS = 3_600_000;

const events = Buffer.alloc(EVENTS_AT_ONCE * EVENT_BYTES);
const absinfo = Buffer.alloc(24);

/**
 * Buttons and sticks of gamepads, joysticks and wheels. `wallMs` is the clock that the kernel stamps events with. A resting stick that
 * wanders is no use; a button, a directional pad and a pushed stick are.
 */
export async function openEvdevGamepad(context: SensorContext, wallMs: () => number): Promise<Sensor<'gamepad'> | null> {
  const list = join(context.root, 'proc/bus/input/devices');
  if (!readText(list).ok) return null; // a kernel without input devices
  const pads = new Map<string, Pad>();
  let troubles: readonly Trouble[] = [];
  let listed: string | null = null;
  let lookedMs = Number.NEGATIVE_INFINITY;
  let drainedMs = context.monotonicMs();
  let usedMs: number | null = null;

  function drop(event: string): void {
    const pad = pads.get(event);
    if (pad !== undefined) libc().close(pad.fd);
    pads.delete(event);
  }

  function openPad(device: InputDevice, event: string): Trouble | null {
    const path = join(context.root, 'dev/input', event);
    const fd = libc().open(path, OPEN.readOnly | OPEN.nonBlocking | OPEN.closeOnExec);
    if (fd < 0) return troubleWith(device, path, libc().errno());
    pads.set(event, { fd, motion: filterMotion(rangesOf(fd)) });
    return null;
  }

  function lookForPads(): void {
    const file = readText(list);
    if (!file.ok) {
      troubles = [{ detail: 'The list of input devices can no longer be read.', fix: `Let Nightshift read ${list}.` }];
      return;
    }
    if (file.text === listed && troubles.length === 0) return;
    listed = file.text;
    const found = parseInputDevices(file.text).filter(isGamepad);
    const present = new Set(found.map((device) => device.event));
    for (const event of pads.keys()) if (!present.has(event)) drop(event);
    troubles = found.flatMap((device) => {
      if (device.event === null || pads.has(device.event)) return [];
      const trouble = openPad(device, device.event);
      return trouble === null ? [] : [trouble];
    });
  }

  /** Takes all that a pad has queued. False: the pad is gone. */
  function drain(pad: Pad, nowMs: number, wallNowMs: number): boolean {
    const { read, errno } = libc();
    for (let reads = 0; reads < READS_AT_ONCE; reads += 1) {
      const bytes = read(pad.fd, events, events.length);
      if (bytes < 0) return errno() === ERRNO.again || errno() === ERRNO.interrupted;
      const lastMs = bytes > 0 ? pad.motion.lastUseMs(events, bytes) : null;
      // What is queued came after the last read, whatever the wall clock says.
      if (lastMs !== null) usedMs = Math.max(usedMs ?? drainedMs, Math.min(nowMs, nowMs - (wallNowMs - lastMs)), drainedMs);
      if (bytes < events.length) return true;
    }
    return true;
  }

  function read(): Reading<{ readonly idleMs: number | null }> {
    const nowMs = context.monotonicMs();
    if (nowMs - lookedMs >= LOOK_FOR_NEW_MS) {
      lookedMs = nowMs;
      lookForPads();
    }
    const wallNowMs = pads.size > 0 ? wallMs() : 0;
    for (const [event, pad] of pads) {
      if (drain(pad, nowMs, wallNowMs)) continue;
      drop(event);
      listed = null; // another device may have its name already
      lookedMs = Number.NEGATIVE_INFINITY;
    }
    drainedMs = nowMs;
    const [trouble] = troubles;
    if (trouble !== undefined) return { kind: 'unknown', source: SOURCE, ...trouble };
    // A pad whose battery is empty was used a moment ago all the same.
    if (pads.size === 0 && (usedMs === null || nowMs - usedMs > LINGERS_MS))
      return { kind: 'absent', source: SOURCE, detail: 'No gamepad is plugged in.' };
    return { kind: 'known', source: SOURCE, value: { idleMs: usedMs === null ? null : nowMs - usedMs } };
  }

  return {
    signal: 'gamepad',
    source: SOURCE,
    pace: 'fast',
    read,
    close() {
      for (const event of pads.keys()) drop(event);
    },
  };
}

function troubleWith(device: InputDevice, path: string, errno: number): Trouble {
  return isForbidden(errno)
    ? {
        detail: `Nightshift may not read the gamepad "${device.name}".`,
        fix: 'Add the user that runs Nightshift to the group "input" (`sudo usermod -aG input <user>`) and log in again, or unplug the gamepad.',
      }
    : {
        detail: `The gamepad "${device.name}" cannot be opened at ${path}.`,
        fix: 'Plug the gamepad in again. In a container, pass /dev/input to it.',
      };
}

/** Empty where the device does not tell. */
function rangesOf(fd: number): ReadonlyMap<number, AxisRange> {
  const ranges = new Map<number, AxisRange>();
  for (let axis = 0; axis < STICK_AXES; axis += 1) {
    if (libc().ioctl(fd, EVIOCGABS + axis, absinfo) < 0) continue;
    const range = {
      value: absinfo.readInt32LE(0),
      min: absinfo.readInt32LE(4),
      max: absinfo.readInt32LE(8),
      flat: absinfo.readInt32LE(16),
    };
    if (range.max > range.min) ranges.set(axis, range);
  }
  return ranges;
}
