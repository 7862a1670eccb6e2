import { pino } from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { tellDevice } from '../../../contract/model/device.ts';
import { openRecorded } from '../testing/open-recorded.ts';
import { listAdapters } from './adapters.ts';

const device = z.object({ name: z.string(), icd: z.string(), libraryPath: z.string() });
const devices = z.array(device).parse(JSON.parse(process.env.NIGHTSHIFT_TEST_VULKAN ?? '[]'));

afterEach(() => {
  vi.unstubAllEnvs();
});

test.runIf(devices.length > 0)('software devices are listed together, and known for what they are', async () => {
  const adapters = await listAdapters(pino({ level: 'silent' }), {
    ...process.env,
    VK_DRIVER_FILES: devices.map(({ icd }) => icd).join(':'),
    LD_LIBRARY_PATH: devices.map(({ libraryPath }) => libraryPath).join(':'),
  });
  expect(adapters).toHaveLength(devices.length);
  for (const adapter of adapters ?? []) expect(adapter).toMatchObject({ backend: 'vulkan', isSoftware: true, name: expect.any(String) });
});

test.runIf(devices.length > 0)('software adapters are devices that the owner sees and the network is never told of', async () => {
  vi.stubEnv('VK_DRIVER_FILES', devices.map(({ icd }) => icd).join(':'));
  vi.stubEnv('LD_LIBRARY_PATH', devices.map(({ libraryPath }) => libraryPath).join(':'));
  using opened = await openRecorded('no-gpu');
  const hardware = opened.hardware();
  expect(hardware.adapters()).toBeNull();
  await hardware.listAdapters('idle');
  const found = hardware.devices().filter(({ kind }) => kind === 'software');
  expect(found).toHaveLength(devices.length);
  for (const each of found) {
    expect(each.unshareable?.detail).toContain('no GPU');
    expect(tellDevice(each)).toBeNull();
  }
  await opened.restart(); // not missed: whether they are there is not known before somebody asks
  expect(
    opened
      .hardware()
      .devices()
      .map(({ kind }) => kind),
  ).toEqual(['cpu']);
});

test('a machine without graphics drivers has no adapters', async () => {
  const env = { ...process.env, VK_DRIVER_FILES: '/nowhere.json' };
  expect(await listAdapters(pino({ level: 'silent' }), env)).toEqual([]);
});
