import type { TimeCode } from '../../src/contract/model/presence.ts';
import type { SettingKey } from '../../src/contract/model/settings.ts';

/** The setting that a reason comes from, where the owner may want it otherwise. */
const SETTINGS: Partial<Record<TimeCode, SettingKey>> = {
  'outside-schedule': 'schedule.hours',
  'device-off': 'devices.off',
  'owner-active': 'presence.idleDelayMs',
  'remote-session': 'presence.remoteCounts',
  'program-running': 'programs.freezeFor',
  laptop: 'presence.laptop',
  'on-battery': 'power.onBattery',
  'battery-low': 'power.minChargePercent',
  hot: 'thermal.cpuLimitC',
  'power-draw': 'power.maxDrawWatts',
  'cpu-in-use': 'presence.cpuByOthersShare',
  'sandbox-unchecked': 'sandbox.checkFirst',
  metered: 'network.onMetered',
  'metered-unknown': 'network.onMetered',
  'draw-unknown': 'power.maxDrawWatts',
  'programs-unknown': 'programs.freezeFor',
  'input-unknown': 'presence.dedicated',
  'no-job': 'pricing.cpuMicroPerHour',
  asleep: 'power.wakeForSchedule',
};

export const settingOf = (code: TimeCode): SettingKey | null => SETTINGS[code] ?? null;

const SCREENS: Partial<Record<TimeCode, string>> = {
  'sandbox-unchecked': 'sandbox',
  'sandbox-failed': 'sandbox',
  'no-device': 'devices',
  'device-quarantined': 'devices',
  'device-lost': 'devices',
  benchmarking: 'devices',
};

/** The screen that shows more of a reason and what to do about it. */
export const screenOf = (code: TimeCode): string | null => SCREENS[code] ?? null;

/** Where its control is. */
export const settingAddress = (key: SettingKey): string => `#/settings/${key}`;
