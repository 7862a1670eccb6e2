import { expect, it } from 'vitest';
import { chooseDevice } from './choose-device.ts';
import { testDevice } from './testing/devices.ts';

const DEVICES = [
  testDevice({ id: 'dev_1aa', name: 'NVIDIA GeForce RTX 3090', place: 'PCI 0000:01:00.0' }),
  testDevice({ id: 'dev_1ab', name: 'NVIDIA GeForce RTX 3090', place: 'PCI 0000:41:00.0' }),
  testDevice({ id: 'dev_1', name: 'AMD Radeon RX 7900 XTX', place: 'PCI 0000:81:00.0' }),
];

it.each([
  ['dev_1', 'dev_1'],
  ['dev_1aa', 'dev_1aa'],
  ['7900', 'dev_1'],
  ['radeon rx', 'dev_1'],
  ['41:00', 'dev_1ab'],
])('takes %s for %s', (word, id) => {
  expect(chooseDevice(DEVICES, word).id).toBe(id);
});

it('asks which where several have it, and says so where none has', () => {
  expect(() => chooseDevice(DEVICES, 'dev_1a')).toThrow('"dev_1a" may be any of 2 devices');
  expect(() => chooseDevice(DEVICES, '3090')).toThrow(/dev_1aa .*01:00.0.*; dev_1ab .*41:00.0/);
  expect(() => chooseDevice(DEVICES, 'arc')).toThrow('no device "arc"');
});
