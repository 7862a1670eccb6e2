import type { Alarm, AlarmCode, HardwareDevice } from '../../../contract/model/device.ts';
import type { DeviceSample } from '../../../contract/model/telemetry.ts';

/** The owner's limits. */
export interface AlarmLimits {
  readonly gpuLimitC: number;
  readonly cpuLimitC: number;
}

/** What is remembered of one device between two looks, which lie about a second apart. */
export interface Watch {
  /** What is wrong now; the same array while that stays the same. */
  readonly alarms: readonly Alarm[];
  /** Looks in a row that spoke for a change of each alarm. */
  readonly looks: Readonly<Partial<Record<AlarmCode, number>>>;
  readonly looksWithoutSample: number;
  readonly memoryErrors: number | null;
}
export const NOTHING_SEEN: Watch = { alarms: [], looks: {}, looksWithoutSample: 0, memoryErrors: null };

interface Seen {
  readonly device: HardwareDevice;
  readonly sample: DeviceSample;
  readonly limits: AlarmLimits;
}
/** `unsure`: between the two, or not known; nothing changes then. */
type Grade = 'bad' | 'fine' | 'unsure';
interface Rule {
  readonly code: AlarmCode;
  /** Looks in a row after which it is raised, and taken back: by number, so that no jump of the clock does either. */
  readonly raiseAfter: number;
  readonly clearAfter: number;
  readonly grade: (seen: Seen) => Grade;
  readonly words: (seen: Seen) => { readonly detail: string; readonly fix: string | null };
}

/** As far below its limit a device has to cool before it no longer counts as hot, so that one near the limit does not alarm every few seconds. */
const COOLER_BY_C = 5;
/** GDDR6X slows itself down at 110 °C (NVIDIA's cards with Micron's memory), and its owner should know before. */
const MEMORY_HOT_C = 105;
const MEMORY_COOL_C = 98;
/** Cards that stop their fans when cool start them again between 50 and 65 °C. */
const FAN_NEEDED_C = 75;
/** A card that sleeps, or does not answer now and then, keeps its alarms so long. */
const KEPT_LOOKS = 60;

const above = (value: number | null, badFrom: number, fineUpTo: number): Grade =>
  value === null ? 'unsure' : value >= badFrom ? 'bad' : value <= fineUpTo ? 'fine' : 'unsure';

/** The owner's limit, or the one where the device slows itself down where that is lower. */
function limitOf({ device, sample, limits }: Seen): { readonly celsius: number; readonly isOwners: boolean } {
  const ownersC = device.kind === 'cpu' ? limits.cpuLimitC : limits.gpuLimitC;
  return sample.limitC !== null && sample.limitC < ownersC
    ? { celsius: sample.limitC, isOwners: false }
    : { celsius: ownersC, isOwners: true };
}

/** Lanes in use, the most that were seen, and those the device has; null where either is unknown. */
function lanesOf({ device, sample }: Seen): { readonly used: number; readonly of: number } | null {
  const used = device.link?.value.width ?? sample.linkWidth;
  const of = device.link?.value.maxWidth ?? null;
  return used === null || of === null ? null : { used, of };
}

const RULES: readonly Rule[] = [
  {
    code: 'hot',
    raiseAfter: 3,
    clearAfter: 10,
    grade: (seen) => {
      const { celsius } = limitOf(seen);
      return above(seen.sample.temperatureC, celsius, celsius - COOLER_BY_C);
    },
    words: (seen) => {
      const { celsius, isOwners } = limitOf(seen);
      return {
        detail: `It has reached ${Math.round(celsius)} °C, ${isOwners ? 'the limit in your settings' : 'where it slows itself down'}.`,
        fix: 'Let it cool. If it comes often, clean its fans, give it more air or lower its power limit.',
      };
    },
  },
  {
    code: 'memory-hot',
    raiseAfter: 3,
    clearAfter: 10,
    grade: ({ sample }) => above(sample.memoryTemperatureC, MEMORY_HOT_C, MEMORY_COOL_C),
    words: () => ({
      detail: `Its memory has reached ${MEMORY_HOT_C} °C.`,
      fix: 'Give it more air or lower its power limit. If that does not help, its thermal pads need to be replaced.',
    }),
  },
  {
    // A device at its power limit is as its owner wants it.
    code: 'throttled',
    raiseAfter: 15,
    clearAfter: 30,
    grade: ({ sample }) =>
      sample.throttle === null ? 'unsure' : sample.throttle.some((each) => each === 'thermal' || each === 'hardware') ? 'bad' : 'fine',
    words: ({ sample }) =>
      sample.throttle?.includes('thermal')
        ? { detail: 'It slows itself down because it is too hot.', fix: 'Clean its fans, give it more air or lower its power limit.' }
        : {
            detail: 'Its hardware slows it down: it gets too little power, or its supply asks it to draw less.',
            fix: 'Check its power cables, each on its own lead, and whether the power supply is strong enough.',
          },
  },
  {
    code: 'fan-stopped',
    raiseAfter: 20,
    clearAfter: 10,
    // One that is cooled passively reports no fan.
    grade: ({ sample }) =>
      sample.fanShare === null || sample.temperatureC === null
        ? 'unsure'
        : sample.fanShare === 0 && sample.temperatureC >= FAN_NEEDED_C
          ? 'bad'
          : sample.fanShare > 0
            ? 'fine'
            : above(sample.temperatureC, FAN_NEEDED_C, FAN_NEEDED_C - COOLER_BY_C),
    words: () => ({
      detail: `Its fan stands still although it has reached ${FAN_NEEDED_C} °C.`,
      fix: 'Look whether the fan turns and is plugged in. If the card is cooled by water, look at the pump.',
    }),
  },
  {
    // A card in a riser with one lane is a class of its own and works: this is to be known, not to be mended.
    code: 'slow-link',
    raiseAfter: 10,
    clearAfter: 3,
    grade: (seen) => {
      const lanes = lanesOf(seen);
      return lanes === null ? 'unsure' : lanes.used < lanes.of ? 'bad' : 'fine';
    },
    words: (seen) => {
      const lanes = lanesOf(seen);
      return {
        detail: `It uses ${lanes?.used} of its ${lanes?.of} PCI Express lanes: data moves slower to and from it, computing is as fast.`,
        fix: 'Nothing, if it is in a riser or a narrow slot. If not, press it well into its slot.',
      };
    },
  },
];

/** Why a device leaves work for a while, found at this look; null: nothing of that kind. */
export type Breach = Omit<Alarm, 'sinceMs'> | null;

/**
 * One look more at a device. `sample` null: it sleeps or did not answer. A growing count of memory errors is a breach: its results cannot be
 * trusted any more. Pure.
 */
export function lookAgain(
  watch: Watch,
  device: HardwareDevice,
  sample: DeviceSample | null,
  limits: AlarmLimits,
): { readonly watch: Watch; readonly breach: Breach } {
  if (sample === null) {
    const looksWithoutSample = Math.min(watch.looksWithoutSample + 1, KEPT_LOOKS);
    const alarms = looksWithoutSample < KEPT_LOOKS || watch.alarms.length === 0 ? watch.alarms : [];
    return { watch: { ...watch, alarms, looks: {}, looksWithoutSample }, breach: null };
  }
  const seen = { device, sample, limits };
  const looks: Partial<Record<AlarmCode, number>> = {};
  let alarms = watch.alarms;
  for (const rule of RULES) {
    const grade = rule.grade(seen);
    const stands = alarms.some((each) => each.code === rule.code);
    const before = watch.looks[rule.code] ?? 0;
    if (grade === 'unsure') {
      looks[rule.code] = before;
      continue;
    }
    const speaksForChange = stands ? grade === 'fine' : grade === 'bad';
    const count = speaksForChange ? before + 1 : 0;
    if (count < (stands ? rule.clearAfter : rule.raiseAfter)) {
      looks[rule.code] = count;
      continue;
    }
    alarms = stands
      ? alarms.filter((each) => each.code !== rule.code)
      : [...alarms, { code: rule.code, sinceMs: sample.atMs, ...rule.words(seen) }];
  }
  const { memoryErrors } = sample;
  const grew = memoryErrors !== null && watch.memoryErrors !== null && memoryErrors > watch.memoryErrors;
  return {
    watch: { alarms, looks, looksWithoutSample: 0, memoryErrors: memoryErrors ?? watch.memoryErrors },
    breach: grew ? MEMORY_ERRORS : null,
  };
}

const MEMORY_ERRORS: Breach = {
  code: 'memory-errors',
  detail: 'Its memory made errors that could not be corrected, so that its results cannot be trusted.',
  fix: 'Restart the machine. If it happens again, the card is defective.',
};
