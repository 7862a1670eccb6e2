import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Checked } from './testing/check-kernels.ts';

interface SoftwareDevice {
  readonly name: string;
  readonly icd: string;
  readonly libraryPath: string;
}

/** From build/test/suites.ts, which finds or installs the devices; empty without it, so that a machine without them says so. */
const devices = JSON.parse(process.env.NIGHTSHIFT_TEST_VULKAN ?? '[]') as readonly SoftwareDevice[]; // the runner's own words

async function checkKernels({ icd, libraryPath }: SoftwareDevice): Promise<readonly Checked[]> {
  const env = { ...process.env, VK_DRIVER_FILES: icd, LD_LIBRARY_PATH: libraryPath };
  const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'testing', 'check-kernels.ts')], { env });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Checked); // printed by check-kernels.ts
}

test.skipIf(devices.length === 0).each(devices)('every kernel computes on $name what the processor computes', async (device) => {
  const checked = await checkKernels(device);
  expect(checked.filter(({ wrong }) => wrong !== null)).toEqual([]);
  const names = checked.map(({ name }) => name).join('\n');
  for (const family of ['f32 tiled', 'f32 broadcast', 'i8 tiled', 'i8 broadcast', 'f32 fma', 'read', 'copy', 'triad'])
    expect(names).toContain(family);
  expect(checked.some(({ gpuMs }) => gpuMs !== null)).toBe(true);
});
