import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import koffi from 'koffi';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { tempFolder } from '../../../lib/testing/temp-folder.ts';
import { loadDxgi } from '../windows/dxgi.ts';
import { windowsVendor } from './windows.ts';

const hasCompiler = process.platform === 'linux' && spawnSync('gcc', ['--version']).status === 0;
const logger = pino({ level: 'silent' });

// A double, not Windows: it holds us to the layouts of dxgi.h.
describe.skipIf(!hasCompiler)('GPUs of Windows, against a double of DXGI (needs gcc)', () => {
  const path = join(tempFolder(), 'dxgi.dll');
  if (hasCompiler)
    execFileSync('gcc', ['-shared', '-fPIC', '-Wall', '-Werror', '-o', path, join(import.meta.dirname, '../testing/dxgi-double.c')]);
  const dxgi = hasCompiler ? loadDxgi(path) : null;
  const facts = async (nvmlTells: boolean) => {
    const load = () => dxgi ?? { adapters: () => [] };
    return (await windowsVendor(load, () => nvmlTells, logger).find(false)).map((found) => found.facts);
  };

  test('are told with their own memory, and nothing of Windows is kept', async () => {
    expect(await facts(false)).toMatchObject([
      {
        kind: 'gpu',
        name: 'AMD Radeon RX 7900 XTX',
        pciId: '1002:744c',
        form: 'discrete',
        memoryBytes: { value: 25_714_229_248, source: 'DXGI' },
      },
      { name: 'AMD Radeon RX 7900 XTX', place: 'Graphics 1' },
      { name: 'Intel(R) UHD Graphics 770', vendor: 'Intel', form: 'integrated' },
      { name: 'NVIDIA GeForce RTX 4090', unshareable: { detail: expect.stringContaining('does not answer') } },
      {
        kind: 'software',
        name: 'Microsoft Basic Render Driver',
        memoryBytes: null,
        unshareable: { detail: expect.stringContaining('no GPU') },
      },
    ]);
    expect(koffi.load(path).func('int double_held()')()).toBe(0);
  });

  test("leave NVIDIA's to NVML where it answers", async () => {
    expect((await facts(true)).map(({ vendor }) => vendor)).not.toContain('NVIDIA');
  });
});

test('a Windows whose DXGI fails has no GPUs, and the agent goes on', async () => {
  const load = () => {
    throw new Error('dxgi.dll is missing');
  };
  expect(await windowsVendor(load, () => false, logger).find(false)).toEqual([]);
});
