import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isGamepad, parseInputDevices } from './evdev-devices.ts';
import {
  DUALSENSE,
  DUALSENSE_MOTION,
  DUALSENSE_TOUCHPAD,
  KEYBOARD,
  KEYBOARD_WITH_PAD_BITS,
  MOUSE,
  TABLET,
  WHEEL,
  XBOX_PAD,
} from './testing/input-devices.ts';

const gamepads = (...blocks: readonly string[]) =>
  parseInputDevices(blocks.join('\n'))
    .filter(isGamepad)
    .map((device) => device.event);

describe('input devices', () => {
  test('gamepads, joysticks and wheels are gamepads', () => {
    expect(gamepads(XBOX_PAD, DUALSENSE, WHEEL)).toEqual(['event20', 'event21', 'event24']);
  });

  test('keyboards, mice, tablets, touchpads and motion sensors are none', () => {
    expect(gamepads(KEYBOARD, MOUSE, TABLET, DUALSENSE_TOUCHPAD, DUALSENSE_MOTION)).toEqual([]);
  });

  test('a keyboard that lists joystick buttons besides its keys is none', () => {
    expect(gamepads(KEYBOARD_WITH_PAD_BITS)).toEqual([]);
  });

  test('the list of this very machine can be parsed', (context) => {
    if (process.platform !== 'linux') context.skip('Linux only');
    const text = readFileSync('/proc/bus/input/devices', 'utf8');
    expect(parseInputDevices(text)).toHaveLength((text.match(/^H: Handlers=/gm) ?? []).length);
  });
});
