import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openEvdevGamepad } from './evdev-gamepad.ts';
import { EVENT_BYTES } from './evdev-motion.ts';
import { asNobody } from './testing/as-nobody.ts';
import { DUALSENSE, KEYBOARD, XBOX_PAD } from './testing/input-devices.ts';
import { madeMachine } from './testing/made-machine.ts';

const BUTTON = [1, 0x130] as const;
const STICK = [3, 0] as const;

describe.skipIf(process.platform !== 'linux')('gamepads', () => {
  let machine = madeMachine();
  let writers: number[] = [];
  beforeEach(() => {
    machine = madeMachine();
  });
  afterEach(() => {
    for (const fd of writers) closeSync(fd);
    writers = [];
  });

  const list = (...blocks: readonly string[]) => machine.write('proc/bus/input/devices', blocks.join('\n'));
  const open = async () => {
    const sensor = await openEvdevGamepad(machine.context, machine.wallMs);
    if (sensor === null) throw new Error('the source does not apply');
    return sensor;
  };
  /** A pad: what is written to the pipe is what the kernel would queue. */
  function plugIn(event: string) {
    mkdirSync(join(machine.root, 'dev/input'), { recursive: true });
    const path = join(machine.root, 'dev/input', event);
    execFileSync('mkfifo', [path]);
    const fd = openSync(path, 'r+');
    writers.push(fd);
    return {
      path,
      send([type, code]: readonly [number, number], value: number, ageMs = 0) {
        const bytes = Buffer.alloc(EVENT_BYTES);
        const atMs = machine.wallMs() - ageMs;
        bytes.writeBigInt64LE(BigInt(Math.floor(atMs / 1_000)), 0);
        bytes.writeBigInt64LE(BigInt(Math.round((atMs % 1_000) * 1_000)), 8);
        bytes.writeUInt16LE(type, 16);
        bytes.writeUInt16LE(code, 18);
        bytes.writeInt32LE(value, 20);
        writeSync(fd, bytes);
      },
    };
  }

  test('a button is noticed at the next read, and idle time counts from it', async () => {
    list(KEYBOARD, XBOX_PAD);
    const pad = plugIn('event20');
    const sensor = await open();
    expect(sensor.read()).toEqual({ kind: 'known', source: 'evdev', value: { idleMs: null } });
    machine.pass(16);
    pad.send(BUTTON, 1);
    expect(sensor.read()).toMatchObject({ value: { idleMs: 0 } });
    machine.pass(9_000);
    expect(sensor.read()).toMatchObject({ value: { idleMs: 9_000 } });
    await sensor.close();
  });

  test('a pushed stick is noticed, a trembling one never', async () => {
    list(XBOX_PAD);
    const pad = plugIn('event20');
    const sensor = await open();
    sensor.read();
    for (let second = 0; second < 60; second += 1) {
      machine.pass(1_000);
      pad.send(STICK, 300 + (second % 7) * 100);
      expect(sensor.read()).toMatchObject({ value: { idleMs: null } });
    }
    pad.send(STICK, 25_000);
    expect(sensor.read()).toMatchObject({ value: { idleMs: 0 } });
    await sensor.close();
  });

  test('everything that queued up since the last read is taken, and its age is told', async () => {
    list(XBOX_PAD);
    const pad = plugIn('event20');
    const sensor = await open();
    sensor.read();
    machine.pass(1_000);
    for (let count = 0; count < 1_500; count += 1) pad.send(STICK, count % 100, 900);
    pad.send(BUTTON, 1, 400);
    expect(sensor.read()).toMatchObject({ value: { idleMs: 400 } });
    await sensor.close();
  });

  test('a wall clock that jumps does not make a press older than the last read', async () => {
    list(XBOX_PAD);
    const pad = plugIn('event20');
    const sensor = await open();
    sensor.read();
    machine.pass(1_000);
    pad.send(BUTTON, 1, 86_400_000);
    expect(sensor.read()).toMatchObject({ value: { idleMs: 1_000 } });
    pad.send(BUTTON, 0, -86_400_000);
    expect(sensor.read()).toMatchObject({ value: { idleMs: 0 } });
    await sensor.close();
  });

  test('no gamepad is absent, one plugged in later is found, one pulled out is gone', async () => {
    list(KEYBOARD);
    const sensor = await open();
    expect(sensor.read().kind).toBe('absent');
    list(KEYBOARD, DUALSENSE);
    const pad = plugIn('event21');
    machine.pass(3_000);
    expect(sensor.read().kind).toBe('known');
    pad.send(BUTTON, 1);
    expect(sensor.read()).toMatchObject({ value: { idleMs: 0 } });
    list(KEYBOARD);
    machine.pass(3_000);
    expect(sensor.read(), 'its use was a moment ago all the same').toMatchObject({ kind: 'known', value: { idleMs: 3_000 } });
    machine.pass(3_600_000);
    expect(sensor.read().kind).toBe('absent');
    await sensor.close();
  });

  test('a gamepad that may not be read is unknown with its fix, and known once it may', async () => {
    list(XBOX_PAD);
    const pad = plugIn('event20');
    chmodSync(pad.path, 0o600);
    const sensor = await open();
    if (process.getuid?.() !== 0) chmodSync(pad.path, 0);
    expect(asNobody(() => sensor.read())).toMatchObject({ kind: 'unknown', fix: expect.stringContaining('group "input"') });
    chmodSync(pad.path, 0o644);
    machine.pass(3_000);
    expect(asNobody(() => sensor.read()).kind).toBe('known');
    await sensor.close();
  });

  test('a gamepad without its device file is unknown', async () => {
    list(XBOX_PAD);
    const sensor = await open();
    expect(sensor.read()).toMatchObject({ kind: 'unknown', detail: expect.stringContaining('Microsoft X-Box 360 pad') });
    await sensor.close();
  });

  test('a kernel without input devices has no such source', async () => {
    expect(await openEvdevGamepad(machine.context, machine.wallMs)).toBeNull();
  });
});
