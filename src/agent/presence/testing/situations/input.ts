import { setTimeout as sleep } from 'node:timers/promises';
import { BUTTON, type Pad, plugInPad, STICK } from '../pads.ts';
import type { Situation } from '../situation.ts';
import type { XDesktop } from '../x-desktop.ts';

/** An alarm of the X server, or a reading 66 times a second. */
const AT_ONCE_MS = 250;
/** Gamepads that were plugged in are looked for every 3 s. */
const PADS_MS = 3_100;
/** A terminal's access time is told in blocks of 8 s. */
const BLOCK_MS = 8_000;
const HELD_MS = 2_500;

/** Keyboard, mouse, game controllers and terminals. */
export function inputSituations(at: () => XDesktop): readonly Situation[] {
  const active = { kind: 'stop', as: 'freeze', cause: 'owner-active', seenMs: AT_ONCE_MS } as const;
  const playing = { ...active, cause: 'gamepad-active' } as const;
  let pad: Pad | null = null;
  const plugIn = async (): Promise<void> => {
    if (pad !== null) return;
    pad = plugInPad(at().machine, at().desk.clock.nowMs);
    await sleep(PADS_MS);
    pad.send(STICK, 0); // a pad whose driver tells no range rests where it is first seen
  };
  const x = { how: 'xdotool at a real X server', sensor: 'X11', duty: active, meanwhile: 'once' } as const;
  const evdev = { sensor: 'evdev', before: plugIn } as const;
  return [
    { ...x, name: 'a key is pressed', begin: () => at().x().xdotool('key', 'a') },
    { ...x, name: 'the mouse is moved', begin: () => at().x().xdotool('mousemove_relative', '7', '5') },
    { ...x, name: 'a mouse button is clicked', begin: () => at().x().xdotool('click', '1') },
    { ...x, name: 'the mouse wheel is turned', begin: () => at().x().xdotool('click', '4') },
    {
      ...x,
      name: 'a key is held down',
      begin: () => at().x().xdotool('keydown', 'a'),
      meanwhile: () => sleep(HELD_MS),
      end: () => at().x().xdotool('keyup', 'a'),
    },
    {
      ...x,
      name: 'the owner types, and allows a small share meanwhile',
      duty: { ...active, as: 'throttle' },
      settings: { 'limits.busyCpuShare': 0.1 },
      begin: () => at().x().xdotool('key', 'a'),
    },
    {
      ...x,
      name: 'somebody types at a rig at which nobody sits',
      duty: { kind: 'go on' },
      settings: { 'presence.dedicated': true },
      begin: () => at().x().xdotool('key', 'a'),
    },
    {
      name: 'somebody types in a terminal',
      how: 'text into a real pseudo-terminal',
      sensor: 'terminals',
      duty: active,
      meanwhile: 'once',
      endSeenMs: BLOCK_MS,
      begin: () => at().terminal.type('make\n'),
    },
    {
      ...evdev,
      name: 'a gamepad button is pressed',
      how: 'events in a pipe',
      duty: playing,
      meanwhile: 'once',
      begin: () => pad?.send(BUTTON, 1),
    },
    {
      ...evdev,
      name: 'a gamepad stick is pushed',
      how: 'events in a pipe',
      duty: playing,
      begin: () => pad?.send(STICK, 25_000),
      /** To and fro, and at rest in the end: letting go of a stick is use as well. */
      async meanwhile() {
        for (let count = 0; count < 6; count += 1) {
          await sleep(150);
          pad?.send(STICK, count % 2 === 0 ? 0 : 25_000);
        }
        pad?.send(STICK, 0);
      },
      endSeenMs: 1_000,
    },
    {
      ...evdev,
      name: 'a worn gamepad stick wanders',
      how: 'small events in a pipe',
      duty: { kind: 'go on' },
      begin: () => undefined,
      async meanwhile() {
        for (let count = 0; count < 25; count += 1) {
          pad?.send(STICK, 300 + (count % 7) * 100);
          await sleep(80);
        }
      },
    },
    {
      ...evdev,
      name: 'a gamepad is unplugged in the middle of a game',
      how: 'events in a pipe, then the pipe and its entry are removed',
      duty: playing,
      begin: () => pad?.send(BUTTON, 1),
      meanwhile: 'once',
      async end() {
        pad?.send(BUTTON, 0);
        pad?.unplug();
        pad = null;
        await sleep(PADS_MS);
      },
    },
    {
      name: 'a gamepad is plugged in that may not be read',
      how: 'a pipe of root, read as another user',
      sensor: 'evdev',
      duty: { kind: 'stop', as: 'freeze', cause: 'gamepad-unknown', seenMs: PADS_MS },
      begin() {
        at().permitPads(false);
        pad = plugInPad(at().machine, at().desk.clock.nowMs);
      },
      end: () => at().permitPads(true),
      endSeenMs: PADS_MS,
    },
  ];
}
