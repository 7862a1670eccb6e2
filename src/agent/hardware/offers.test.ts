import { expect, it } from 'vitest';
import type { Device } from '../../contract/model/device.ts';
import { settings } from '../../contract/model/settings.ts';
import { offerFor } from './offers.ts';

const GIB = 2 ** 30;
const CPU: Device = { id: 'd', class: 'cpu', name: 'CPU', vendor: null, cores: 4, memoryBytes: 8 * GIB, source: 'test' };
const ABLE = { connects: true, limitsDisk: true };
const offered = (sandbox = ABLE, freeDiskBytes = 5 * GIB, change = {}) => offerFor(CPU, settings.parse(change), freeDiskBytes, sandbox);

it('keeps a tenth of the free disk, and offers but a tenth where nothing holds a job to its disk', () => {
  expect(offered()?.diskBytes).toBe(Math.floor(4.5 * GIB));
  expect(offered({ ...ABLE, limitsDisk: false })?.diskBytes).toBe(GIB / 2);
  expect(offered({ ...ABLE, limitsDisk: false }, 2 ** 27)).toBeNull();
});

it('lets jobs connect where the owner allows it and the sandbox can', () => {
  const allowed = { 'network.egress': true };
  expect(offered()?.egress).toBe(false);
  expect(offered(ABLE, 5 * GIB, allowed)?.egress).toBe(true);
  expect(offered({ ...ABLE, connects: false }, 5 * GIB, allowed)?.egress).toBe(false);
});
