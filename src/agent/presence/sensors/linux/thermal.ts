import { join } from 'node:path';
import type { Reading, Sensor, SensorContext, Temperature } from '../../signals.ts';
import { type KeptFile, keepFile, namesIn, readWord, wholeNumber } from './system-files.ts';
import { findThermalPlaces, plausibleC, type ThermalPlace } from './thermal-places.ts';

const SOURCE = 'hwmon';
/** Dies warm up within seconds. */
const LOOK_EVERY_MS = 2_000;
/** Disks answer by a command of their own that takes milliseconds (drivers/nvme/host/hwmon.c, drivers/hwmon/drivetemp.c). */
const OTHERS_EVERY_MS = 30_000;
/** Drivers are loaded and eGPUs plugged in rarely. */
const FIND_EVERY_MS = 60_000;

interface Probe {
  readonly place: ThermalPlace;
  readonly file: KeptFile;
  celsius: number | null;
  /** It has told a temperature before: from then on silence is a fault, and no sensor that was never connected. */
  worked: boolean;
}

/** Temperatures of processors, GPUs and what else the kernel measures. */
export async function openThermal(context: SensorContext): Promise<Sensor<'temperature'> | null> {
  if (['hwmon', 'thermal'].every((kind) => namesIn(join(context.root, 'sys/class', kind)) === null)) return null;
  let probes = new Map<string, Probe>();
  let foundMs = Number.NEGATIVE_INFINITY;
  let lookedMs = Number.NEGATIVE_INFINITY;
  let othersMs = Number.NEGATIVE_INFINITY;
  let reading: Reading<readonly Temperature[]> | null = null;

  function find(): void {
    const places = new Map(findThermalPlaces(context.root).map((place) => [place.path, place]));
    for (const [path, probe] of probes) if (!places.has(path)) probe.file.close();
    probes = new Map(
      [...places].map(([path, place]) => {
        const { file = keepFile(path), celsius = null, worked = false } = probes.get(path) ?? {};
        return [path, { place, file, celsius, worked }];
      }),
    );
  }

  function look(nowMs: number): Reading<readonly Temperature[]> {
    if (nowMs - foundMs >= FIND_EVERY_MS) {
      foundMs = nowMs;
      find();
    }
    const withOthers = nowMs - othersMs >= OTHERS_EVERY_MS;
    if (withOthers) othersMs = nowMs;
    const all = [...probes.values()];
    for (const probe of all) if (withOthers || probe.place.part !== 'other') measure(probe);
    // A disk that was pulled or a chip on the board that stammers is no danger; a processor or GPU that falls silent may be.
    const broken = all.find(({ place, celsius, worked }) => worked && celsius === null && place.part !== 'other' && !isAsleep(place));
    if (broken !== undefined) {
      foundMs = Number.NEGATIVE_INFINITY; // it may have been unplugged
      return {
        kind: 'unknown',
        source: SOURCE,
        detail: `The temperature of "${broken.place.place}" can no longer be read.`,
        fix: 'Restart the machine. If that does not help, look for errors of that driver with `sudo dmesg`.',
      };
    }
    const value = all.flatMap(({ place: { place, part, criticalC }, celsius }) =>
      celsius === null ? [] : [{ place, part, celsius, criticalC }],
    );
    return value.length > 0
      ? { kind: 'known', source: SOURCE, value }
      : { kind: 'absent', source: SOURCE, detail: 'This machine measures no temperature that its kernel tells.' };
  }

  return {
    signal: 'temperature',
    source: SOURCE,
    pace: 'calm',
    read() {
      const nowMs = context.monotonicMs();
      if (reading === null || nowMs - lookedMs >= LOOK_EVERY_MS) {
        lookedMs = nowMs;
        reading = look(nowMs);
      }
      return reading;
    },
    close() {
      for (const { file } of probes.values()) file.close();
    },
  };
}

function measure(probe: Probe): void {
  probe.celsius = isAsleep(probe.place) ? null : plausibleC(wholeNumber(probe.file.read()));
  probe.worked ||= probe.celsius !== null;
}

/** A GPU whose power is off has no temperature, and asking would wake it. */
function isAsleep({ runtimeStatusPath }: ThermalPlace): boolean {
  return runtimeStatusPath !== null && readWord(runtimeStatusPath) === 'suspended';
}
