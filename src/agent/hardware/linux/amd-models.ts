import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** AMD's own list, of libdrm: "744C,	C8,	AMD Radeon RX 7900 XTX". */
const LIST = 'usr/share/libdrm/amdgpu.ids';
/** For machines without it, by chip and revision as in that list. */
const COMMON: Readonly<Record<string, string>> = {
  '73bf:c0': 'AMD Radeon RX 6900 XT',
  '73bf:c1': 'AMD Radeon RX 6800 XT',
  '73bf:c3': 'AMD Radeon RX 6800',
  '73df:c1': 'AMD Radeon RX 6700 XT',
  '744c:c8': 'AMD Radeon RX 7900 XTX',
  '744c:cc': 'AMD Radeon RX 7900 XT',
  '747e:c8': 'AMD Radeon RX 7800 XT',
};

/** The model of a chip ("744c") in its revision ("c8"), or null. */
export function amdModel(root: string, device: string, revision: string): string | null {
  const wanted = `${device}:${revision}`.toLowerCase();
  let lines: readonly string[] = [];
  try {
    lines = readFileSync(join(root, LIST), 'utf8').split('\n');
  } catch {
    // libdrm is not installed: what we know ourselves must do
  }
  for (const line of lines) {
    const [chip = '', its = '', name = ''] = line.split(',').map((part) => part.trim());
    if (name !== '' && `${chip}:${its}`.toLowerCase() === wanted) return name;
  }
  return COMMON[wanted] ?? null;
}
