import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tempFolder } from '../../../lib/testing/temp-folder.ts';
import { askGpuHost } from './gpu-host.ts';

function rootWith(...devices: readonly string[]): string {
  const root = tempFolder();
  mkdirSync(join(root, 'dev'));
  for (const device of devices) writeFileSync(join(root, 'dev', device), '');
  return root;
}

function program(script: string): string {
  const path = join(tempFolder(), 'nvidia-ctk');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe.skipIf(process.platform !== 'linux')('what the host says of its GPUs', () => {
  test('is nothing where there is none, and no program is started', async () => {
    expect(await askGpuHost(rootWith('null'), [program('exit 1')])).toBeNull();
  });

  test("is each program's answer; one that is not installed is left out, one that fails is not", async () => {
    const programs = [program('echo "cli-version: 1.19.1"'), '/nowhere/nvidia-ctk', program('exit 3')];
    expect(await askGpuHost(rootWith('nvidiactl'), programs)).toEqual({ isWsl: false, toolkitAnswers: ['cli-version: 1.19.1\n', ''] });
  });

  test('is WSL2 where all GPUs are one device', async () => {
    expect(await askGpuHost(rootWith('dxg'), [])).toEqual({ isWsl: true, toolkitAnswers: [] });
  });
});
