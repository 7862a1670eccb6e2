import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The model behind a PCI id such as "1002:744c"; null where nobody knows. */
export type PciNames = (pciId: string) => string | null;

/** Where distributions keep the list of the PCI ID Repository: hwdata, pciutils. */
const LISTS = ['usr/share/hwdata/pci.ids', 'usr/share/misc/pci.ids', 'var/lib/pciutils/pci.ids'];

/** For machines without that list: models of the recent years, as it calls them. */
const COMMON: Readonly<Record<string, string>> = {
  '1002:73bf': 'Radeon RX 6800/6800 XT / 6900 XT',
  '1002:73df': 'Radeon RX 6700/6700 XT/6750 XT / 6800M/6850M XT',
  '1002:73ff': 'Radeon RX 6600/6600 XT/6600M',
  '1002:744c': 'Radeon RX 7900 XT/7900 XTX/7900 GRE/7900M',
  '1002:747e': 'Radeon RX 7700 XT / 7800 XT',
  '1002:7480': 'Radeon RX 7600/7600 XT/7600M XT/7600S/7700S / PRO W7600',
  '1002:7550': 'Radeon RX 9070/9070 XT/9070 GRE',
  '1002:1681': 'Radeon 680M',
  '1002:15bf': 'Radeon 780M / 760M',
  '1002:164e': 'Radeon Graphics (Ryzen 7000)',
  '8086:56a0': 'Arc A770',
  '8086:56a1': 'Arc A750',
  '8086:56a5': 'Arc A380',
  '8086:e20b': 'Arc B580',
  '8086:4680': 'UHD Graphics 770',
  '8086:a780': 'UHD Graphics 770',
  '8086:46a6': 'Iris Xe Graphics',
  '10de:1c03': 'GeForce GTX 1060 6GB',
  '10de:2204': 'GeForce RTX 3090',
  '10de:2206': 'GeForce RTX 3080',
  '10de:2504': 'GeForce RTX 3060 Lite Hash Rate',
  '10de:28e0': 'GeForce RTX 4060 Max-Q / Mobile',
  '10de:2684': 'GeForce RTX 4090',
};
const MAKERS: Readonly<Record<string, string>> = { '1002': 'AMD', '8086': 'Intel', '10de': 'NVIDIA' };

/**
 * Names from this machine's list. It is 1.5 MB, so it is read only where a name is asked for, and only what was asked for is kept. The list
 * puts the model in brackets after the chip: "Navi 31 [Radeon RX 7900 XT/...]".
 */
export function pciNames(root: string): PciNames {
  const known = new Map<string, string | null>();
  return (pciId) => {
    const before = known.get(pciId);
    if (before !== undefined) return before;
    const [vendor = '', device = ''] = pciId.split(':');
    const model = fromLists(root, vendor, device) ?? COMMON[pciId] ?? null;
    const name = model === null ? null : `${MAKERS[vendor] ?? ''} ${model}`.trim();
    known.set(pciId, name);
    return name;
  };
}

function fromLists(root: string, vendor: string, device: string): string | null {
  for (const path of LISTS) {
    const line = findLine(join(root, path), vendor, device);
    if (line !== null) return /\[([^\]]+)\]\s*$/.exec(line)?.[1] ?? line;
  }
  return null;
}

function findLine(path: string, vendor: string, device: string): string | null {
  let text: string;
  try {
    text = readFileSync(path, 'latin1'); // places of lines are all that counts until one is found
  } catch {
    return null; // not installed
  }
  const start = text.search(new RegExp(`^${vendor} `, 'm'));
  if (start < 0) return null;
  const after = text.slice(text.indexOf('\n', start) + 1);
  const end = after.search(/^[0-9a-f]/m);
  const found = new RegExp(`^\\t${device}  (.*)$`, 'm').exec(end < 0 ? after : after.slice(0, end))?.[1];
  return found === undefined ? null : Buffer.from(found, 'latin1').toString('utf8');
}
