import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { findPciGpus } from '../linux/pci.ts';
import { recordNvml } from './record-nvml.ts';
import type { MachineRecording } from './recorded-machine.ts';

/** Files that are read of a GPU; some of its bridges and of its neighbours in the slot too. */
const OF_GPU =
  /^(vendor|device|class|revision|(current|max)_link_(speed|width)|mem_info_vram_(total|used)|(gpu|mem)_busy_percent|unique_id|power\/runtime_status|ras\/umc_err_count|hwmon\/hwmon\d+\/(name|\w+_(label|input|crit|average|cap|cap_default|max|rated_max))|drm\/card\d+\/(gt_act_freq_mhz|lmem_total_bytes)|tile\d+\/(physical_vram_size_bytes|gt0\/freq0\/act_freq))$/;
const OF_BRIDGE = /^(vendor|device|class|(current|max)_link_(speed|width))$/;
const OF_NEIGHBOUR = /^(vendor|device|class)$/;
const OF_CHIP = /^(name|temp\d+_(label|input|crit))$/;
const OF_PACKAGE = /^(name|energy_uj|max_energy_range_uj)$/;
const DEEP = 5;

/** What the inventory reads of this machine, in the form of the recordings. Serial numbers become others, the same within the recording. */
export async function recordMachine(root: string, nvmlLibrary: string, rounds = 3): Promise<MachineRecording> {
  const files: Record<string, string> = {};
  const links: Record<string, string> = {};
  const hide = pseudonyms();

  function copy(folder: string, wanted: RegExp): void {
    for (const path of pathsIn(folder, '', DEEP)) {
      const text = wanted.test(path) ? readable(join(folder, path)) : null;
      if (text !== null) files[relative(root, join(folder, path))] = path === 'unique_id' ? hide(text) : text;
    }
  }
  const copyLink = (path: string): void => {
    try {
      links[path] = readlinkSync(join(root, path));
    } catch {
      // no link there: a device without a driver
    }
  };

  for (const { busId, folder } of findPciGpus(root)) {
    const real = realpathSync(folder);
    copy(real, OF_GPU);
    copyLink(`sys/bus/pci/devices/${busId}`);
    copyLink(join(relative(root, real), 'driver'));
    for (const bridge of [dirname(real), dirname(dirname(real))]) copy(bridge, OF_BRIDGE);
    const slot = busId.slice(0, -1);
    for (const name of readdirSync(dirname(folder)).filter((other) => other.startsWith(slot) && other !== busId)) {
      copy(realpathSync(join(dirname(folder), name)), OF_NEIGHBOUR);
      copyLink(`sys/bus/pci/devices/${name}`);
    }
  }
  for (const chip of namesOf(join(root, 'sys/class/hwmon'))) copy(join(root, 'sys/class/hwmon', chip), OF_CHIP);
  for (const zone of namesOf(join(root, 'sys/class/powercap'))) copy(join(root, 'sys/class/powercap', zone), OF_PACKAGE);
  for (const path of ['proc/sys/kernel/osrelease', 'sys/module/amdgpu/version']) {
    const text = readable(join(root, path));
    if (text !== null) files[path] = text;
  }
  const stat = readable(join(root, 'proc/stat'))?.split('\n')[0];
  if (stat !== undefined) files['proc/stat'] = stat;

  const nvml = await recordNvml(nvmlLibrary, rounds);
  const gpus = nvml?.gpus.map((answers) => {
    const uuid = answers?.nvmlDeviceGetUUID;
    return typeof uuid === 'string' ? { ...answers, nvmlDeviceGetUUID: hide(uuid) } : answers;
  });
  return { files, links, nvml: nvml && { ...nvml, gpus: gpus ?? [] } };
}

/** Every hexadecimal digit by another one, the same text always by the same. */
function pseudonyms(): (text: string) => string {
  const secret = randomBytes(16);
  return (text) => {
    const digits = createHash('sha256').update(secret).update(text).digest('hex');
    let at = 0;
    return text.replaceAll(/[0-9a-f]/g, () => {
      at += 1;
      return digits[at % digits.length] ?? '0';
    });
  };
}

/** Files below a folder that lie in it: the kernel's links lead round in circles. */
function pathsIn(folder: string, below: string, depth: number): readonly string[] {
  if (depth === 0) return [];
  try {
    return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) return pathsIn(folder, path, depth - 1);
      return entry.isFile() ? [path] : [];
    });
  } catch {
    return []; // closed to us, or gone
  }
}

function namesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // this machine has none
  }
}

function readable(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null; // closed to us, or a device that does not answer now
  }
}
