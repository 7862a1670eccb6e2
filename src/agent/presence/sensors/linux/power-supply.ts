import { join } from 'node:path';
import type { Reading, Sensor, SensorContext, SignalValues } from '../../signals.ts';
import { namesIn, readText, readWord, wholeNumber } from './system-files.ts';

const SOURCE = 'power_supply';
/** Firmware answers for a mains plug and, slower (milliseconds, while nothing else of the agent runs), for a battery. */
const LOOK_EVERY_MS = 2_000;
const BATTERY_EVERY_MS = 10_000;
/** SMBIOS 3.7, 7.4.1 "System Enclosure or Chassis Types": portable, laptop, notebook, sub-notebook, tablet, convertible, detachable. */
const LAPTOPS = new Set(['8', '9', '10', '14', '30', '31', '32']);
/** Documentation/ABI/testing/sysfs-class-power: types that bring power in from outside. */
const PLUGS = new Set(['Mains', 'USB', 'Wireless', 'BrickID']);

interface Battery {
  readonly type: 'Battery' | 'UPS';
  readonly status: string | null;
  readonly percent: number | null;
  /** What it holds when full, in the unit of `unit`; null where it does not say. */
  readonly full: number | null;
  readonly unit: 'energy' | 'charge' | null;
}

type Power = SignalValues['power'];

/** Mains and batteries of the machine itself; those of mice and headsets are none of its own. */
export async function openPowerSupply(context: SensorContext): Promise<Sensor<'power'> | null> {
  const folder = join(context.root, 'sys/class/power_supply');
  if (namesIn(folder) === null) return null;
  const laptopCase = LAPTOPS.has(readWord(join(context.root, 'sys/class/dmi/id/chassis_type')) ?? '');
  let reading: Reading<Power> | null = null;
  let lookedMs = Number.NEGATIVE_INFINITY;
  let batteriesMs = Number.NEGATIVE_INFINITY;
  let batteries: readonly Battery[] = [];

  function look(nowMs: number): Reading<Power> {
    const names = namesIn(folder);
    if (names === null) return unknown('The power supplies of this machine can no longer be read.');
    const supplies = names
      .map((name) => ({ path: join(folder, name), type: readWord(join(folder, name, 'type')) ?? '' }))
      .filter(({ path }) => readWord(join(path, 'scope')) !== 'Device');
    const plugs = supplies.filter(({ type }) => PLUGS.has(type)).map(({ path }) => wholeNumber(readText(join(path, 'online'))));
    const plugged = plugs.some((online) => online !== null && online > 0);
    // A plug that was pulled is told by the battery at once, so that it is asked again.
    const wasOnAc = reading?.kind === 'known' ? reading.value.onAc : null;
    if (nowMs - batteriesMs >= BATTERY_EVERY_MS || (plugs.length > 0 && plugged !== wasOnAc)) {
      batteriesMs = nowMs;
      batteries = supplies.flatMap(({ path, type }) => (type === 'Battery' || type === 'UPS' ? readBattery(path, type) : []));
    }
    if (plugs.length === 0 && batteries.length === 0) {
      return { kind: 'absent', source: SOURCE, detail: 'This machine has neither a battery nor a mains plug that it knows of.' };
    }
    const onAc = isOnAc(plugs, plugged, batteries);
    if (onAc === null) return unknown('Whether this machine runs on battery cannot be read.');
    return {
      kind: 'known',
      source: SOURCE,
      value: { onAc, chargePercent: chargeOf(batteries), isLaptop: laptopCase || batteries.some(({ type }) => type === 'Battery') },
    };
  }

  return {
    signal: 'power',
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
    close: () => undefined,
  };
}

function readBattery(path: string, type: Battery['type']): readonly Battery[] {
  if (readWord(join(path, 'present')) === '0') return [];
  const energyFull = wholeNumber(readText(join(path, 'energy_full')));
  const chargeFull = wholeNumber(readText(join(path, 'charge_full')));
  return [
    {
      type,
      status: readWord(join(path, 'status')),
      percent: wholeNumber(readText(join(path, 'capacity'))),
      full: energyFull ?? chargeFull,
      unit: energyFull !== null ? 'energy' : chargeFull !== null ? 'charge' : null,
    },
  ];
}

/** A UPS speaks for the mains before it; a plug for itself; else a battery that is not emptied is being fed. Null: none of them says. */
function isOnAc(plugs: readonly (number | null)[], plugged: boolean, batteries: readonly Battery[]): boolean | null {
  const emptied = (battery: Battery): boolean => battery.status === 'Discharging';
  if (batteries.some((battery) => battery.type === 'UPS' && emptied(battery))) return false;
  if (plugged) return true;
  if (plugs.length > 0) return plugs.includes(null) ? null : false;
  if (batteries.some(emptied)) return false;
  return batteries.some(({ status }) => status === 'Charging' || status === 'Full' || status === 'Not charging') ? true : null;
}

/** All batteries as one, weighed by what they hold; a UPS counts where there is no other. */
function chargeOf(batteries: readonly Battery[]): number | null {
  const own = batteries.filter(({ type }) => type === 'Battery');
  const counted = (own.length > 0 ? own : batteries).flatMap((battery) =>
    battery.percent === null ? [] : [{ ...battery, percent: battery.percent }],
  );
  if (counted.length === 0) return null;
  const [first] = counted;
  const isAlike = counted.every(({ unit, full }) => unit !== null && unit === first?.unit && full !== null && full > 0);
  const weightOf = ({ full }: Battery): number => (isAlike ? (full ?? 1) : 1);
  const total = counted.reduce((sum, battery) => sum + weightOf(battery), 0);
  const percent = counted.reduce((sum, battery) => sum + battery.percent * weightOf(battery), 0) / total;
  return Math.min(100, Math.max(0, Math.round(percent)));
}

function unknown(detail: string): Reading<Power> {
  return {
    kind: 'unknown',
    source: SOURCE,
    detail,
    fix: 'Restart the machine. If that does not help, look for errors of the battery driver with `sudo dmesg`.',
  };
}
