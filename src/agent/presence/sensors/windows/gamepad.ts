import type { Sensor, SensorContext } from '../../signals.ts';
import { nativeSensor } from '../native-sensor.ts';
import type { HidDevice, User32 } from './user32.ts';
import type { PadState, XInput } from './xinput.ts';

export type GamepadApi = Pick<User32, 'hidDevices'> & XInput;

const SOURCE = 'XInput';
/** XUSER_MAX_COUNT (xinput.h). */
const SLOTS = [0, 1, 2, 3] as const;
/** "Getting Started with XInput": asking an empty slot makes Windows look for devices, so space such calls out by seconds. */
const LOOK_FOR_NEW_MS = 3_000;
/** xinput.h: XINPUT_GAMEPAD_TRIGGER_THRESHOLD and the dead zones of both sticks. A stick at rest sends noise within them. */
const TRIGGER_THRESHOLD = 30;
const LEFT_DEAD_ZONE = 7849;
const RIGHT_DEAD_ZONE = 8689;
/** HID Usage Tables: generic desktop page, joystick and game pad. */
const GENERIC_DESKTOP = 1;
const JOYSTICK = 4;
const GAME_PAD = 5;

/**
 * Xbox controllers, and others that XInput knows. Another controller (a DualSense, a flight stick, a wheel) is seen to be connected but
 * not whether it is used: while one is, the signal reads unknown.
 */
export async function openWindowsGamepad(context: SensorContext, api: GamepadApi): Promise<Sensor<'gamepad'>> {
  const pads = new Map<number, PadState>();
  let strangers: readonly HidDevice[] = [];
  let lastUseMs: number | null = null;
  let lookedMs: number | null = null;
  let failure: unknown = null;

  function look(nowMs: number): void {
    const first = lookedMs === null;
    strangers = api.hidDevices().filter(isUnseenController);
    for (const slot of SLOTS) {
      if (pads.has(slot)) continue;
      const state = api.state(slot);
      if (state === null) continue;
      pads.set(slot, state);
      if (!first || isHeld(state)) lastUseMs = nowMs; // somebody has just switched it on
    }
  }

  /** Until a look succeeds again nothing is known of what is connected. */
  function lookNowAndThen(nowMs: number): void {
    if (lookedMs === null || nowMs - lookedMs >= LOOK_FOR_NEW_MS) {
      try {
        look(nowMs);
        failure = null;
      } catch (error) {
        failure = error;
      }
      lookedMs = nowMs;
    }
    if (failure !== null) throw failure;
  }

  return nativeSensor({
    signal: 'gamepad',
    source: SOURCE,
    pace: 'fast',
    fix: 'Unplug the game controller, or install the system updates.',
    read() {
      const nowMs = context.monotonicMs();
      for (const [slot, before] of pads) {
        const state = api.state(slot);
        if (state === null) {
          pads.delete(slot);
          continue;
        }
        pads.set(slot, state);
        if (isUse(before, state)) lastUseMs = nowMs;
      }
      lookNowAndThen(nowMs);
      const [stranger] = strangers;
      if (stranger)
        return {
          kind: 'unknown',
          source: SOURCE,
          detail: `Nightshift cannot tell whether you are playing with a game controller that is connected (USB ${hex(stranger.vendorId)}:${hex(stranger.productId)}).`,
          fix: 'Unplug it or switch it off when you do not play.',
        };
      if (pads.size === 0 && lastUseMs === null) return { kind: 'absent', source: SOURCE, detail: 'No game controller is connected.' };
      return { kind: 'known', value: { idleMs: lastUseMs === null ? null : nowMs - lastUseMs }, source: SOURCE };
    },
  });
}

/** "XInput and DirectInput": the path of a device that XInput shows has "IG_" in it. */
function isUnseenController(device: HidDevice): boolean {
  return (
    device.usagePage === GENERIC_DESKTOP &&
    (device.usage === JOYSTICK || device.usage === GAME_PAD) &&
    !device.path.toUpperCase().includes('IG_')
  );
}

function isUse(before: PadState, now: PadState): boolean {
  return now.packet !== before.packet && (now.buttons !== before.buttons || isHeld(before) || isHeld(now));
}

/** Something is pressed or moved out of rest. */
function isHeld(state: PadState): boolean {
  return (
    state.buttons !== 0 ||
    state.leftTrigger > TRIGGER_THRESHOLD ||
    state.rightTrigger > TRIGGER_THRESHOLD ||
    Math.hypot(state.leftX, state.leftY) > LEFT_DEAD_ZONE ||
    Math.hypot(state.rightX, state.rightY) > RIGHT_DEAD_ZONE
  );
}

function hex(id: number): string {
  return id.toString(16).padStart(4, '0');
}
