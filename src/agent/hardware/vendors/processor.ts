import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { Logger } from '../../../lib/log.ts';
import { keepFile, namesIn, readWord, wholeNumber } from '../../presence/sensors/linux/system-files.ts';
import { findThermalPlaces, plausibleC } from '../../presence/sensors/linux/thermal-places.ts';
import { energyMeter } from '../linux/energy-meter.ts';
import { type DeviceFacts, type FoundDevice, UNKNOWN_SAMPLE, type Vendor } from './vendor.ts';

const ASK_MS = 20_000;
const ASK = `const si = require(process.argv[1]);
Promise.all([si.cpu(), si.mem()]).then(([cpu, memory]) =>
  process.stdout.write(JSON.stringify({ manufacturer: cpu.manufacturer, brand: cpu.brand, cores: cpu.cores, totalBytes: memory.total })))`;
const answer = z.object({ manufacturer: z.string(), brand: z.string(), cores: z.int(), totalBytes: z.int() });
/** The part that stands for the whole processor, where there are several: k10temp, coretemp. */
const WHOLE = /Package id 0|Tdie|Tctl/;

/** A processor stays what it is while a program runs on it. */
let asked: Promise<DeviceFacts> | null = null;

/** The processor, as a device of class `cpu`: always labelled so and never counted as a GPU. */
export function processorVendor(root: string, platform: NodeJS.Platform, logger: Logger): Vendor {
  return {
    async find() {
      asked ??= askHost(logger);
      const facts = await asked;
      return [platform === 'linux' ? onLinux(facts, root) : elsewhere(facts)];
    },
    mark: () => '',
  };
}

/** Asked once and in a process of its own: systeminformation would keep 8 MB in an agent that may have 100. */
async function askHost(logger: Logger): Promise<DeviceFacts> {
  try {
    const library = createRequire(import.meta.url).resolve('systeminformation');
    const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', ASK, library], { env, timeout: ASK_MS, windowsHide: true });
    return factsOf({ ...answer.parse(JSON.parse(stdout)), source: 'systeminformation' });
  } catch (error) {
    logger.warn({ error }, 'systeminformation does not tell about this machine; Node does');
    return factsOf({
      manufacturer: '',
      brand: cpus()[0]?.model ?? '',
      cores: availableParallelism(),
      totalBytes: totalmem(),
      source: 'node',
    });
  }
}

function factsOf(host: z.infer<typeof answer> & { readonly source: string }): DeviceFacts {
  const { manufacturer, brand, cores, totalBytes, source } = host;
  const name = `${manufacturer} ${brand}`.trim();
  return {
    kind: 'cpu',
    name: name === '' ? 'Processor' : name,
    place: 'Processor',
    vendor: manufacturer === '' ? null : manufacturer,
    form: null,
    source,
    cores: cores > 0 ? cores : null,
    memoryBytes: totalBytes > 0 ? { value: totalBytes, source } : null,
    uuid: null,
    busId: null,
    pciId: null,
    driver: null,
    powerLimitW: null,
    powerLimitDefaultW: null,
    link: null,
    unshareable: null,
  };
}

function onLinux(facts: DeviceFacts, root: string): FoundDevice {
  const stat = keepFile(join(root, 'proc/stat'));
  const places = findThermalPlaces(root).filter(({ part }) => part === 'cpu');
  const place = places.find((each) => WHOLE.test(each.place)) ?? places[0] ?? null;
  const heat = place === null ? null : keepFile(place.path);
  const packages = packagesIn(join(root, 'sys/class/powercap')).map((path) => ({ file: keepFile(path), watts: energyMeter() }));
  const busy = busyMeter();
  return {
    facts,
    depth: 'asked',
    loss: null,
    look(nowMs) {
      const text = stat.read();
      const draws = packages.map(({ file, watts }) => watts(wholeNumber(file.read()), nowMs));
      const isDrawKnown = draws.length > 0 && draws.every((draw) => draw !== null);
      return {
        kind: 'sample',
        sample: {
          ...UNKNOWN_SAMPLE,
          atMs: nowMs,
          source: 'proc, hwmon, powercap',
          busyShare: text.ok ? busy(timesOf(text.text)) : null,
          temperatureC: heat === null ? null : plausibleC(wholeNumber(heat.read())),
          limitC: place?.criticalC ?? null,
          powerW: isDrawKnown ? draws.reduce<number>((sum, draw) => sum + (draw ?? 0), 0) : null,
        },
      };
    },
    close() {
      stat.close();
      heat?.close();
      for (const { file } of packages) file.close();
    },
  };
}

/** Elsewhere Node tells how busy the processor is, and no more. */
function elsewhere(facts: DeviceFacts): FoundDevice {
  const busy = busyMeter();
  return {
    facts,
    depth: 'asked',
    loss: null,
    look(nowMs) {
      const times = { total: 0, idle: 0 };
      for (const { times: of } of cpus()) {
        times.idle += of.idle;
        times.total += of.user + of.nice + of.sys + of.irq + of.idle;
      }
      return { kind: 'sample', sample: { ...UNKNOWN_SAMPLE, atMs: nowMs, source: 'node', busyShare: busy(times) } };
    },
    close: () => undefined,
  };
}

/** Whole packages: their cores and memory are parts of them. */
function packagesIn(folder: string): readonly string[] {
  return (namesIn(folder) ?? [])
    .filter((name) => /^intel-rapl:\d+$/.test(name) && readWord(join(folder, name, 'name'))?.startsWith('package'))
    .map((name) => join(folder, name, 'energy_uj'));
}

interface Times {
  readonly total: number;
  readonly idle: number;
}

/** Share of the time between two looks; null at first. */
function busyMeter(): (now: Times | null) => number | null {
  let last: Times | null = null;
  let share: number | null = null;
  return (now) => {
    if (now !== null && last !== null && now.total > last.total) {
      share = Math.min(1, Math.max(0, 1 - (now.idle - last.idle) / (now.total - last.total)));
    }
    last = now;
    return now === null ? null : share;
  };
}

/** The first line of /proc/stat (proc_stat(5)); waiting for disks is idle time, and time taken by a hypervisor is no use of ours. */
function timesOf(text: string): Times | null {
  const fields = /^cpu +(\d[\d ]*)$/m.exec(text)?.[1]?.trim().split(/ +/).map(Number);
  if (fields === undefined) return null;
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = fields;
  return { total: user + nice + system + idle + iowait + irq + softirq + steal, idle: idle + iowait + steal };
}
