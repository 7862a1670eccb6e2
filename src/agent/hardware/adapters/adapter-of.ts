import type { HardwareDevice } from '../../../contract/model/device.ts';
import type { GraphicsAdapter } from './graphics-adapter.ts';

/** Words that makers, drivers and lists of models add to a name, or leave out. */
const FILLERS: ReadonlySet<string> = new Set([
  'nvidia',
  'geforce',
  'amd',
  'ati',
  'radeon',
  'intel',
  'corporation',
  'graphics',
  'r',
  'tm',
  'gpu',
]);
/** Vulkan first: on Windows too it has the matrix units, which D3D12 has not (Dawn, SubgroupMatrix). */
const BACKENDS = ['vulkan', 'd3d12', 'metal'];

/**
 * The adapter by which WebGPU computes on this device, by their names: Dawn tells no address. Null: none. Two identical cards have the same
 * adapter; which of them ran is proved when it runs.
 */
export function adapterOf(
  device: HardwareDevice,
  devices: readonly HardwareDevice[],
  adapters: readonly GraphicsAdapter[],
): GraphicsAdapter | null {
  const able = adapters
    .filter(({ isSoftware, backend }) => isSoftware === (device.kind === 'software') && BACKENDS.includes(backend))
    .toSorted((a, b) => BACKENDS.indexOf(a.backend) - BACKENDS.indexOf(b.backend));
  if (device.kind === 'cpu') return null;
  if (device.kind === 'software') return able.find(({ name }) => name === device.name) ?? null;
  const named = able.filter(({ name }) => isNameOf(device.name, name));
  // "RX 7900" is also in "RX 7900 XTX": the adapter with the fewest words more is meant.
  const [closest] = named.toSorted((a, b) => wordsOf(a.name).size - wordsOf(b.name).size);
  if (closest !== undefined) return closest;
  const gpus = devices.filter(({ kind, health }) => kind === 'gpu' && health.kind !== 'lost');
  const isOnly = gpus.length === 1 && new Set(able.map(({ name }) => name)).size === 1;
  return isOnly ? (able[0] ?? null) : null;
}

/** Lower case, without what is in brackets: "AMD Radeon RX 7900 XTX (RADV NAVI31)". */
const wordsOf = (name: string): ReadonlySet<string> =>
  new Set(
    name
      .toLowerCase()
      .replace(/\([^)]*\)/g, ' ')
      .split(/[^a-z0-9]+/)
      .filter((word) => word !== '' && !FILLERS.has(word)),
  );

function isNameOf(deviceName: string, adapterName: string): boolean {
  const wanted = wordsOf(deviceName);
  const words = wordsOf(adapterName);
  return wanted.size > 0 && [...wanted].every((word) => words.has(word));
}
