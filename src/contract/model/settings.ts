import * as z from 'zod';
import { microCredits } from './money.ts';
import { tariff } from './power.ts';
import { ALL_WEEK, weekHours } from './week.ts';

/** The large public registries. */
export const PUBLIC_REGISTRIES: readonly string[] = [
  'docker.io',
  'gcr.io',
  'ghcr.io',
  'mcr.microsoft.com',
  'nvcr.io',
  'public.ecr.aws',
  'quay.io',
  'registry.gitlab.com',
];
const registryHost = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$/, 'must be a host name, with a port where it needs one');

const timeZone = z.string().refine((name) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false; // that is how Intl says that there is no such zone
  }
}, 'must be a time zone such as Europe/Berlin');
const programNames = z.array(z.string().trim().min(1).max(128)).max(100);

/** Every setting of a worker with its default. A default is the bottom layer; a policy may set and lock; the owner sets the rest. */
export const settings = z.object({
  'presence.dedicated': z.boolean().default(false).describe('nobody sits at this machine: the owner always counts as away'),
  'presence.idleDelayMs': z
    .int()
    .min(1_000)
    .max(24 * 3_600_000)
    .default(5 * 60_000)
    .describe('how long the owner must have been away before work starts, ms'),
  'presence.evictAfterMs': z
    .int()
    .min(1_000)
    .max(24 * 3_600_000)
    .default(10 * 60_000)
    .describe('how long a job stays frozen while the owner is here before it is given up, ms'),
  'presence.laptop': z.boolean().default(false).describe('work may run although this machine is a laptop'),
  'presence.remoteCounts': z.boolean().default(true).describe('a session from elsewhere (RDP, VNC, SSH) counts as the owner being here'),
  'presence.cpuByOthersShare': z
    .number()
    .min(0.05)
    .max(1)
    .default(0.25)
    .describe('work waits while other programs use more than this share of the processors; 1: never'),
  'programs.freezeFor': programNames.default([]).describe('work stands still while one of these programs runs'),
  'programs.evictFor': programNames.default([]).describe('work is ended at once when one of these programs starts: games, for instance'),
  'schedule.hours': weekHours
    .default([...ALL_WEEK])
    .describe('hours of the week in which work may run: seven masks of 24 bits, Monday first'),
  'schedule.timeZone': timeZone.nullable().default(null).describe('time zone of the schedule; null: that of this machine'),
  'schedule.openDates': z
    .array(z.iso.date())
    .max(400)
    .default([])
    .describe('dates on which work may run at every hour, such as holidays of an office'),
  'power.onBattery': z.boolean().default(false).describe('work may run on battery'),
  'power.minChargePercent': z.int().min(0).max(100).default(50).describe('charge below which work waits, also while charging, percent'),
  'power.maxDrawWatts': z
    .number()
    .positive()
    .max(100_000)
    .nullable()
    .default(null)
    .describe('work waits above this draw, watts; null: no limit'),
  'power.holdAwake': z.boolean().default(true).describe('keep the machine from sleeping while a job earns on mains power'),
  'power.wakeForSchedule': z.boolean().default(false).describe('wake the machine from sleep when the schedule opens'),
  'thermal.cpuLimitC': z.number().min(40).max(110).default(92).describe('work waits while the processor is hotter, degrees Celsius'),
  'thermal.gpuLimitC': z.number().min(40).max(110).default(84).describe('work waits while a GPU is hotter, degrees Celsius'),
  'network.onMetered': z.boolean().default(false).describe('work may run on a connection that is paid by volume'),
  'network.egress': z
    .boolean()
    .default(false)
    .describe(
      'jobs may connect to the addresses that they list, from your address, through a proxy that keeps your own network out of reach',
    ),
  'sandbox.checkFirst': z.boolean().default(true).describe('work runs only once the sandbox has passed its check on this container engine'),
  'images.registries': z
    .array(registryHost)
    .max(50)
    .default([...PUBLIC_REGISTRIES])
    .describe('registries that images of jobs may come from'),
  'devices.off': z.array(z.string()).max(64).default([]).describe('ids of devices that are not shared'),
  'pricing.cpuMicroPerHour': microCredits
    .min(0)
    .max(1_000_000_000)
    .default(50_000)
    .describe('asked for the CPU device, micro-credits an hour'),
  'pricing.gpuMicroPerHour': microCredits
    .min(0)
    .max(1_000_000_000)
    .default(200_000)
    .describe('asked for each GPU that has no price of its own, micro-credits an hour'),
  'pricing.ofDevices': z
    .record(z.string().max(100), microCredits.min(0).max(1_000_000_000))
    .default({})
    .describe('asked for single devices, by their id, micro-credits an hour'),
  'pricing.neverBelowCost': z.boolean().default(true).describe('a device is never offered for less than its electricity costs'),
  'pricing.marginShare': z
    .number()
    .min(0)
    .max(10)
    .default(0.1)
    .describe('what the floor adds to the cost of electricity, as a share of it'),
  'power.tariff': tariff
    .default({ kind: 'flat', microPerKwh: 300_000 })
    .describe('what electricity costs; until the owner says so, 0.30 a kilowatt-hour is assumed'),
  'power.supplyEfficiency': z
    .number()
    .min(0.5)
    .max(1)
    .default(0.88)
    .describe('share of the power from the wall that reaches the devices; 0.88 is between 80 PLUS Bronze and Gold'),
  'benchmark.everyDays': z.int().min(1).max(365).default(30).describe('a device is measured again, while idle, after so many days'),
  'benchmark.automatic': z.boolean().default(true).describe('devices are measured by themselves while nobody is here'),
  'limits.cpuShare': z.number().min(0.05).max(1).default(0.75).describe('share of the logical processors a job may use'),
  'limits.busyCpuShare': z
    .number()
    .min(0)
    .max(0.5)
    .default(0)
    .describe('share of the logical processors a CPU job may use while the owner is at the machine; 0: it stands still'),
  'limits.memoryShare': z.number().min(0.05).max(0.9).default(0.5).describe('share of main memory a job may use'),
  'limits.diskBytes': z
    .int()
    .min(2 ** 26)
    .default(10 * 2 ** 30)
    .describe('disk a job may use, bytes'),
  'limits.imageBytes': z
    .int()
    .min(2 ** 24)
    .default(20 * 2 ** 30)
    .describe('largest image that a job may bring, unpacked, bytes'),
  'limits.imageCacheBytes': z
    .int()
    .min(0)
    .default(40 * 2 ** 30)
    .describe('disk that images of past jobs may keep, bytes; those unused for longest go first'),
});
export type Settings = z.infer<typeof settings>;
export type SettingKey = keyof Settings;
export const settingKey = z.enum(Object.keys(settings.shape) as [SettingKey, ...SettingKey[]]);

export const settingLayer = z.enum(['default', 'policy', 'owner']);
export type SettingLayer = z.infer<typeof settingLayer>;

/** Where each value comes from and whether a policy holds it fast. */
export const settingsView = z.object({
  values: settings,
  layerOf: z.record(settingKey, settingLayer),
  locked: z.array(settingKey),
});
export type SettingsView = z.infer<typeof settingsView>;
