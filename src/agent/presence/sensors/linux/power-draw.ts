import { join } from 'node:path';
import type { Reading, Sensor, SensorContext } from '../../signals.ts';
import { isForbidden, type KeptFile, keepFile, namesIn, readText, readWord, wholeNumber } from './system-files.ts';

const SOURCE = 'powercap';
const LOOK_EVERY_MS = 1_000;
/** A counter of 65 kJ, the smallest in use, runs over after five minutes at 200 W: past this, it may have done so more than once. */
const STALE_AFTER_MS = 60_000;

/** A counter of energy, microjoules: Documentation/power/powercap/powercap.rst. */
interface Counter {
  readonly file: KeptFile;
  readonly wrapsAt: number;
  last: number | null;
}

/** A GPU that tells its power, microwatts: Documentation/gpu/amdgpu/thermal.rst. */
interface Meter {
  readonly file: KeptFile;
  readonly runtimeStatusPath: string;
}

type Draw = Reading<{ readonly watts: number }>;

/** What processors (RAPL packages) and AMD GPUs draw together. NVIDIA's come from `nvml.ts`. Null: nothing here measures it. */
export async function openPowerDraw(context: SensorContext): Promise<Sensor<'draw'> | null> {
  const counters = findPackages(join(context.root, 'sys/class/powercap'));
  const meters = findGpus(join(context.root, 'sys/class/hwmon'));
  if (counters.length === 0 && meters.length === 0) return null;
  let lookedMs = Number.NEGATIVE_INFINITY;
  let reading = look(context.monotonicMs());

  function look(nowMs: number): Draw {
    const elapsedMs = nowMs - lookedMs;
    lookedMs = nowMs;
    let watts = 0;
    let isFirst = false;
    for (const counter of counters) {
      const file = counter.file.read();
      const microjoules = wholeNumber(file);
      const last = counter.last;
      counter.last = microjoules;
      if (microjoules === null) return unreadable(!file.ok && isForbidden(file.errno), 'processor');
      if (last === null || elapsedMs > STALE_AFTER_MS) isFirst = true;
      else watts += Math.max(0, microjoules - last + (microjoules < last ? counter.wrapsAt : 0)) / (elapsedMs * 1_000);
    }
    for (const meter of meters) {
      if (readWord(meter.runtimeStatusPath) === 'suspended') continue; // it draws next to nothing, and asking would wake it
      const file = meter.file.read();
      const microwatts = wholeNumber(file);
      if (microwatts === null) return unreadable(!file.ok && isForbidden(file.errno), 'GPU');
      watts += microwatts / 1_000_000;
    }
    if (isFirst)
      return { kind: 'unknown', source: SOURCE, detail: 'The first second of the power draw is still being measured.', fix: null };
    return { kind: 'known', source: SOURCE, value: { watts } };
  }

  return {
    signal: 'draw',
    source: SOURCE,
    pace: 'calm',
    read() {
      const nowMs = context.monotonicMs();
      if (nowMs - lookedMs >= LOOK_EVERY_MS) reading = look(nowMs);
      return reading;
    },
    close() {
      for (const { file } of [...counters, ...meters]) file.close();
    },
  };
}

/** Packages alone: their cores and memory are parts of them, and "psys" holds them all again. */
function findPackages(folder: string): readonly Counter[] {
  return (namesIn(folder) ?? [])
    .filter((name) => /^intel-rapl:\d+$/.test(name) && readWord(join(folder, name, 'name'))?.startsWith('package'))
    .map((name) => ({
      file: keepFile(join(folder, name, 'energy_uj')),
      wrapsAt: wholeNumber(readText(join(folder, name, 'max_energy_range_uj'))) ?? 0,
      last: null,
    }));
}

function findGpus(folder: string): readonly Meter[] {
  return (namesIn(folder) ?? []).flatMap((name) => {
    const chip = join(folder, name);
    if (readWord(join(chip, 'name')) !== 'amdgpu') return [];
    const files = namesIn(chip) ?? [];
    const meter = ['power1_average', 'power1_input'].find((file) => files.includes(file));
    return meter === undefined ? [] : [{ file: keepFile(join(chip, meter)), runtimeStatusPath: join(chip, 'device/power/runtime_status') }];
  });
}

function unreadable(forbidden: boolean, part: string): Draw {
  return {
    kind: 'unknown',
    source: SOURCE,
    detail: forbidden ? `Nightshift may not read how much power the ${part} draws.` : `How much power the ${part} draws cannot be read.`,
    fix: forbidden
      ? 'Let the user that runs Nightshift read energy_uj below /sys/class/powercap: `sudo chgrp <group> /sys/class/powercap/intel-rapl:*/energy_uj` and `sudo chmod g+r` on the same, after every start of the machine.'
      : 'Restart the machine. If that does not help, look for errors of that driver with `sudo dmesg`.',
  };
}
