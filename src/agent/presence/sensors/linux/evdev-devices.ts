/** An input device as /proc/bus/input/devices describes it (drivers/input/input.c, input_devices_seq_show). */
export interface InputDevice {
  readonly name: string;
  /** Of the event interface, such as "event7"; null where there is none. */
  readonly event: string | null;
  readonly properties: bigint;
  readonly keys: bigint;
  readonly relativeAxes: bigint;
  readonly absoluteAxes: bigint;
}

export function parseInputDevices(text: string): readonly InputDevice[] {
  return text
    .split(/\n\s*\n/)
    .filter((block) => block.includes('H: Handlers='))
    .map((block) => ({
      name: /^N: Name="(.*)"$/m.exec(block)?.[1] ?? 'unnamed device',
      event: /^H: Handlers=.*\b(event\d+)\b/m.exec(block)?.[1] ?? null,
      properties: bitmap(block, 'PROP'),
      keys: bitmap(block, 'KEY'),
      relativeAxes: bitmap(block, 'REL'),
      absoluteAxes: bitmap(block, 'ABS'),
    }));
}

/** Words of 64 bits, the highest first, leading zeros of each left out: Node runs on 64-bit kernels only. */
function bitmap(block: string, of: string): bigint {
  const words = new RegExp(`^B: ${of}=([0-9a-f ]+)$`, 'm').exec(block)?.[1]?.trim().split(/\s+/) ?? [];
  return words.reduce((bits, word) => (bits << 64n) | BigInt(`0x${word}`), 0n);
}

const has = (bits: bigint, bit: number): boolean => ((bits >> BigInt(bit)) & 1n) === 1n;

function countBetween(bits: bigint, first: number, last: number): number {
  let count = 0;
  for (let bit = first; bit <= last; bit += 1) if (has(bits, bit)) count += 1;
  return count;
}

// Numbers from linux/input-event-codes.h.
const BTN_LEFT = 0x110;
const BTN_JOYSTICK = 0x120;
const LAST_GAMEPAD_BUTTON = 0x13f;
const BTN_STYLUS = 0x14b;
const BTN_DPAD_UP = 0x220;
const BTN_DPAD_RIGHT = 0x223;
const BTN_TRIGGER_HAPPY1 = 0x2c0;
const BTN_TRIGGER_HAPPY40 = 0x2e7;
const ABS_X = 0x00;
const ABS_HAT3Y = 0x17;
const INPUT_PROP_ACCELEROMETER = 0x06;
/** Left control, caps lock, num lock, insert, mute, calculator, files, mail, play, brightness: udev's well-known keyboard keys. */
const KEYBOARD_KEYS = [29, 58, 69, 110, 113, 140, 144, 155, 164, 224];

/**
 * After udev's rules for ID_INPUT_JOYSTICK (src/udev/udev-builtin-input_id.c of systemd): buttons of a joystick or gamepad, and two
 * of buttons and axes at least; but no motion sensor, drawing tablet, mouse, or keyboard that lists such buttons as well.
 */
export function isGamepad(device: InputDevice): boolean {
  const { keys } = device;
  const buttons =
    countBetween(keys, BTN_JOYSTICK, LAST_GAMEPAD_BUTTON) +
    countBetween(keys, BTN_DPAD_UP, BTN_DPAD_RIGHT) +
    countBetween(keys, BTN_TRIGGER_HAPPY1, BTN_TRIGGER_HAPPY40);
  if (buttons === 0 || buttons + countBetween(device.absoluteAxes, ABS_X, ABS_HAT3Y) < 2) return false;
  if (has(device.properties, INPUT_PROP_ACCELEROMETER) || has(keys, BTN_STYLUS)) return false;
  if (has(keys, BTN_LEFT) && device.relativeAxes !== 0n) return false;
  return KEYBOARD_KEYS.filter((key) => has(keys, key)).length < 4;
}
