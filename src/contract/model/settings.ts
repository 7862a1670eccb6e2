import * as z from 'zod';
import { microCredits } from './money.ts';

/** Every setting of a worker with its default. A default is the bottom layer; a policy may set and lock; the owner sets the rest. */
export const settings = z.object({
  'presence.dedicated': z.boolean().default(false).describe('nobody sits at this machine: the owner always counts as away'),
  'pricing.cpuMicroPerHour': microCredits
    .min(0)
    .max(1_000_000_000)
    .default(50_000)
    .describe('asked for the CPU device, micro-credits an hour'),
  'limits.cpuShare': z.number().min(0.05).max(1).default(0.75).describe('share of the logical processors a job may use'),
  'limits.memoryShare': z.number().min(0.05).max(0.9).default(0.5).describe('share of main memory a job may use'),
  'limits.diskBytes': z
    .int()
    .min(2 ** 26)
    .default(10 * 2 ** 30)
    .describe('disk a job may use, bytes'),
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
