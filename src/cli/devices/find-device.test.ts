import { expect, it } from 'vitest';
import { madeGpu } from '../../agent/hardware/telemetry/testing/made-devices.ts';
import { findDevice, shortId } from './find-device.ts';

const [A, B, C] = ['dev_aaaaaa1000', 'dev_aaaaaa2000', 'dev_b00000c000'].map((id) => madeGpu({ id }));
const all = [A, B, C].filter((device) => device !== undefined);

it('finds a device by any beginning of its id that is its own', () => {
  expect(findDevice(all, 'dev_b')).toBe(C);
  expect(findDevice(all, 'B00')).toBe(C);
  expect(findDevice(all, 'aaaaaa2')).toBe(B);
  expect(findDevice(all, 'dev_aaaaaa1000')).toBe(A);
});

it('finds one by its name or place, and asks where several have it', () => {
  const twins = ['0000:01:00.0', '0000:41:00.0'].map((busId, index) =>
    madeGpu({ id: `dev_${index}aa`, name: 'NVIDIA GeForce RTX 3090', place: `PCI ${busId}` }),
  );
  const radeon = madeGpu({ id: 'dev_9bb', name: 'AMD Radeon RX 7900 XTX', place: 'PCI 0000:81:00.0' });
  const three = [...twins, radeon];
  expect(findDevice(three, '7900')).toBe(radeon);
  expect(findDevice(three, 'radeon rx')).toBe(radeon);
  expect(findDevice(three, '41:00')).toBe(twins[1]);
  expect(findDevice(three, '9bb'), 'an id before a name').toBe(radeon);
  expect(() => findDevice(three, '3090')).toThrow(/dev_0aa .*01:00.0.* or dev_1aa .*41:00.0/);
});

it('takes a whole id although another one goes on after it', () => {
  const longer = madeGpu({ id: 'dev_aaaaaa1000f' });
  expect(findDevice([...all, longer], 'dev_aaaaaa1000')).toBe(A);
});

it('says which ones it may be, or that there is none', () => {
  expect(() => findDevice(all, 'aaa')).toThrow(/aaa may be dev_aaaaaa1 .* or dev_aaaaaa2/);
  expect(() => findDevice(all, 'arc')).toThrow(/no device arc/);
  expect(() => findDevice(all, '')).toThrow(/no device/);
});

it('shortens ids as far as they stay apart', () => {
  expect(all.map(({ id }) => shortId(all, id))).toEqual(['dev_aaaaaa1', 'dev_aaaaaa2', 'dev_b00000']);
  expect(shortId([madeGpu({ id: 'cpu' })], 'cpu')).toBe('cpu');
});
