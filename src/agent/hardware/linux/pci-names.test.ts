import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { tempFolder } from '../../../lib/testing/temp-folder.ts';
import { amdModel } from './amd-models.ts';
import { pciNames } from './pci-names.ts';

function rootWith(path: string, text: string): string {
  const root = tempFolder();
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  return root;
}
const LIST = `# comment
1002  Advanced Micro Devices, Inc. [AMD/ATI]
\t744c  Navi 31 [Radeon RX 7900 XT/7900 XTX/7900 GRE/7900M]
\t\t1002 0e3b  Radeon RX 7900 XTX
\t9999  Chip without a model
10de  NVIDIA Corporation
\t744c  Something else of another maker [Not this]
C 03  Display controller
`;

test("a model is named by this machine's list, the part in brackets, of the right maker", () => {
  const names = pciNames(rootWith('usr/share/misc/pci.ids', LIST));
  expect(names('1002:744c')).toBe('AMD Radeon RX 7900 XT/7900 XTX/7900 GRE/7900M');
  expect(names('1002:9999')).toBe('AMD Chip without a model');
  expect(names('10de:9999')).toBeNull();
});

test('a machine without the list knows common models, and no others', () => {
  const names = pciNames(tempFolder());
  expect(names('8086:56a0')).toBe('Intel Arc A770');
  expect(names('8086:0001')).toBeNull();
});

test("AMD's own list tells cards of one chip apart by their revision", () => {
  const root = rootWith('usr/share/libdrm/amdgpu.ids', '1.0.0\n744C,\tC8,\tAMD Radeon RX 7900 XTX\n744C,\tCC,\tAMD Radeon RX 7900 XT\n');
  expect(amdModel(root, '744c', 'cc')).toBe('AMD Radeon RX 7900 XT');
  expect(amdModel(root, '744c', '01')).toBeNull();
  expect(amdModel(tempFolder(), '744c', 'c8')).toBe('AMD Radeon RX 7900 XTX');
});
