import { join } from 'node:path';
import type { Temperature } from '../../signals.ts';
import { namesIn, readText, readWord, wholeNumber } from './system-files.ts';

/** A place where the kernel measures a temperature. */
export interface ThermalPlace {
  readonly place: string;
  readonly part: Temperature['part'];
  /** Holds thousandths of a degree Celsius. */
  readonly path: string;
  readonly criticalC: number | null;
  /** Of the device, where its power is managed: reading a sleeping GPU would wake it. */
  readonly runtimeStatusPath: string | null;
}

/** Drivers of Documentation/hwmon and of drivers/gpu/drm, by the name they give. All others are `other`. */
const PARTS: Readonly<Record<string, Temperature['part']>> = {
  coretemp: 'cpu',
  k8temp: 'cpu',
  k10temp: 'cpu',
  zenpower: 'cpu',
  via_cputemp: 'cpu',
  cpu_thermal: 'cpu',
  scpi_sensors: 'cpu',
  amdgpu: 'gpu',
  radeon: 'gpu',
  nouveau: 'gpu',
  i915: 'gpu',
  xe: 'gpu',
};
/** Types of thermal zones that mean the processor: Intel's package, and what device trees call it. */
const CPU_ZONE = /^(x86_pkg_temp|soc[-_]?thermal|cpu[-_\w]*thermal|cpu[-_]?\d*)$/i;

/** All places, the processor's from thermal zones where no hwmon driver speaks for it. */
export function findThermalPlaces(root: string): readonly ThermalPlace[] {
  const hwmon = join(root, 'sys/class/hwmon');
  const places = sortedNamesIn(hwmon).flatMap((name) => placesOfChip(join(hwmon, name)));
  return places.some(({ part }) => part === 'cpu') ? places : [...places, ...cpuZones(join(root, 'sys/class/thermal'))];
}

/** What cannot be a temperature of a running machine: sensors that are not connected say such things. */
export function plausibleC(thousandths: number | null): number | null {
  if (thousandths === null) return null;
  const celsius = thousandths / 1_000;
  return celsius > -40 && celsius < 150 && celsius !== 0 ? celsius : null;
}

/** People read the list. */
function sortedNamesIn(folder: string): readonly string[] {
  return [...(namesIn(folder) ?? [])].sort();
}

function placesOfChip(chip: string): readonly ThermalPlace[] {
  const driver = readWord(join(chip, 'name')) ?? 'unnamed';
  const inputs = sortedNamesIn(chip).flatMap((file) => /^(temp\d+)_input$/.exec(file)?.[1] ?? []);
  const labels = inputs.map((input) => readWord(join(chip, `${input}_label`)));
  return inputs.flatMap((input, index) => {
    const label = labels[index] ?? null;
    // Tctl may stand up to 27 degrees above the die, to drive fans (Documentation/hwmon/k10temp.rst).
    if (label === 'Tctl' && labels.includes('Tdie')) return [];
    return [
      {
        place: `${driver} ${label ?? input}`,
        part: PARTS[driver] ?? 'other',
        path: join(chip, `${input}_input`),
        criticalC: plausibleC(wholeNumber(readText(join(chip, `${input}_crit`)))),
        runtimeStatusPath: PARTS[driver] === 'gpu' ? join(chip, 'device/power/runtime_status') : null,
      },
    ];
  });
}

function cpuZones(folder: string): readonly ThermalPlace[] {
  return sortedNamesIn(folder).flatMap((name) => {
    const zone = join(folder, name);
    const type = readWord(join(zone, 'type'));
    if (!name.startsWith('thermal_zone') || type === null || !CPU_ZONE.test(type)) return [];
    const critical = (namesIn(zone) ?? [])
      .flatMap((file) => /^(trip_point_\d+)_type$/.exec(file)?.[1] ?? [])
      .find((trip) => readWord(join(zone, `${trip}_type`)) === 'critical');
    return [
      {
        place: type,
        part: 'cpu' as const,
        path: join(zone, 'temp'),
        criticalC: critical === undefined ? null : plausibleC(wholeNumber(readText(join(zone, `${critical}_temp`)))),
        runtimeStatusPath: null,
      },
    ];
  });
}
