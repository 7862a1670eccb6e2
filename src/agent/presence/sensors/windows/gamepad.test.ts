import { expect, test } from 'vitest';
import { openWindowsGamepad } from './gamepad.ts';
import type { HidDevice } from './user32.ts';
import type { PadState } from './xinput.ts';

const REST: PadState = { packet: 1, buttons: 0, leftTrigger: 0, rightTrigger: 0, leftX: 300, leftY: -200, rightX: 0, rightY: 0 };
const XBOX: HidDevice = {
  path: '\\\\?\\HID#VID_045E&PID_028E&IG_00#8&1#{4d1e55b2}',
  vendorId: 0x045e,
  productId: 0x028e,
  usagePage: 1,
  usage: 5,
};
const DUALSENSE: HidDevice = {
  path: '\\\\?\\HID#VID_054C&PID_0CE6&MI_03#7&2#{4d1e55b2}',
  vendorId: 0x054c,
  productId: 0x0ce6,
  usagePage: 1,
  usage: 5,
};

async function setUp() {
  const now = { ms: 0 };
  const slots: (PadState | null)[] = [null, null, null, null];
  const asked: number[] = [];
  const devices: HidDevice[] = [];
  const list = { fails: false };
  const sensor = await openWindowsGamepad(
    { env: {}, monotonicMs: () => now.ms, changed: () => undefined, root: '/' },
    {
      state: (slot) => {
        asked.push(slot);
        return slots[slot] ?? null;
      },
      hidDevices: () => {
        if (list.fails) throw new Error('GetRawInputDeviceList failed');
        return devices;
      },
    },
  );
  return { now, slots, asked, devices, list, sensor };
}

test('is absent without a controller, and asks empty slots every three seconds only', async () => {
  const { now, asked, sensor } = await setUp();
  expect(sensor.read()).toMatchObject({ kind: 'absent' });
  for (now.ms = 16; now.ms < 3_000; now.ms += 16) sensor.read();
  expect(asked).toEqual([0, 1, 2, 3]);
  now.ms = 3_000;
  sensor.read();
  expect(asked).toHaveLength(8);
});

test('sees buttons, triggers and sticks, and not the noise of a stick at rest', async () => {
  const { now, slots, devices, sensor } = await setUp();
  devices.push(XBOX);
  slots[1] = REST;
  expect(sensor.read()).toMatchObject({ kind: 'known', value: { idleMs: null } });
  now.ms = 1_000;
  slots[1] = { ...REST, packet: 2, leftX: 420 };
  expect(sensor.read()).toMatchObject({ kind: 'known', value: { idleMs: null } });
  slots[1] = { ...REST, packet: 3, buttons: 0x1000 };
  expect(sensor.read()).toMatchObject({ kind: 'known', value: { idleMs: 0 } });
  now.ms = 2_000;
  slots[1] = { ...REST, packet: 4 }; // let go
  expect(sensor.read()).toMatchObject({ kind: 'known', value: { idleMs: 0 } });
  now.ms = 2_500;
  expect(sensor.read()).toMatchObject({ kind: 'known', value: { idleMs: 500 } });
  slots[1] = { ...REST, packet: 5, rightTrigger: 90 };
  expect(sensor.read()).toMatchObject({ kind: 'known', value: { idleMs: 0 } });
  now.ms = 2_600;
  slots[1] = { ...REST, packet: 6, rightY: -20_000 };
  expect(sensor.read()).toMatchObject({ kind: 'known', value: { idleMs: 0 } });
});

test('takes a controller that is switched on for one in use', async () => {
  const { now, slots, sensor } = await setUp();
  sensor.read();
  now.ms = 3_000;
  slots[0] = REST;
  expect(sensor.read()).toMatchObject({ kind: 'known', value: { idleMs: 0 } });
});

test('remembers the last use of a controller that was switched off', async () => {
  const { now, slots, sensor } = await setUp();
  slots[0] = { ...REST, buttons: 1 };
  sensor.read();
  slots[0] = null;
  now.ms = 4_000;
  expect(sensor.read()).toMatchObject({ kind: 'known', value: { idleMs: 4_000 } });
});

test('never calls a controller idle that XInput does not show', async () => {
  const { now, devices, sensor } = await setUp();
  devices.push(DUALSENSE);
  expect(sensor.read()).toEqual({
    kind: 'unknown',
    source: 'XInput',
    detail: 'Nightshift cannot tell whether you are playing with a game controller that is connected (USB 054c:0ce6).',
    fix: 'Unplug it or switch it off when you do not play.',
  });
  devices.length = 0;
  now.ms = 3_000;
  expect(sensor.read()).toMatchObject({ kind: 'absent' });
});

test('minds no mouse that is a HID device too', async () => {
  const { devices, sensor } = await setUp();
  devices.push({ ...DUALSENSE, usagePage: 12, usage: 1 }, { ...DUALSENSE, usage: 2 });
  expect(sensor.read()).toMatchObject({ kind: 'absent' });
});

test('knows nothing of what is connected until Windows lists it again', async () => {
  const { now, list, sensor } = await setUp();
  list.fails = true;
  expect(sensor.read()).toMatchObject({ kind: 'unknown', detail: 'XInput did not answer: GetRawInputDeviceList failed' });
  now.ms = 16;
  list.fails = false;
  expect(sensor.read()).toMatchObject({ kind: 'unknown' });
  now.ms = 3_000;
  expect(sensor.read()).toMatchObject({ kind: 'absent' });
});
