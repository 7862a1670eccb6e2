import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { EVENT_BYTES } from '../sensors/linux/evdev-motion.ts';
import { XBOX_PAD } from '../sensors/linux/testing/input-devices.ts';
import type { MadeMachine } from '../sensors/linux/testing/made-machine.ts';

/** linux/input-event-codes.h: EV_KEY, BTN_SOUTH; EV_ABS, ABS_X. */
export const BUTTON = [1, 0x130] as const;
export const STICK = [3, 0] as const;

export interface Pad {
  send(what: readonly [type: number, code: number], value: number): void;
  unplug(): void;
}

/** A gamepad of a made-up machine: a pipe, in which stands what the kernel would queue. Only root may read it. */
export function plugInPad(machine: MadeMachine, wallMs: () => number): Pad {
  const path = join(machine.root, 'dev/input/event20');
  mkdirSync(join(machine.root, 'dev/input'), { recursive: true });
  execFileSync('mkfifo', ['-m', '600', path]);
  const fd = openSync(path, 'r+');
  machine.write('proc/bus/input/devices', XBOX_PAD);
  return {
    send([type, code], value) {
      const bytes = Buffer.alloc(EVENT_BYTES);
      const atMs = wallMs();
      bytes.writeBigInt64LE(BigInt(Math.floor(atMs / 1_000)), 0);
      bytes.writeBigInt64LE(BigInt(Math.floor((atMs % 1_000) * 1_000)), 8);
      bytes.writeUInt16LE(type, 16);
      bytes.writeUInt16LE(code, 18);
      bytes.writeInt32LE(value, 20);
      writeSync(fd, bytes);
    },
    unplug() {
      machine.write('proc/bus/input/devices', '');
      rmSync(path);
      closeSync(fd);
    },
  };
}
