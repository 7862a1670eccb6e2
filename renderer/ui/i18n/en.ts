import { enBenchmark } from './en-benchmark.ts';
import { enDevices } from './en-devices.ts';
import { enEarnings } from './en-earnings.ts';
import { enNow } from './en-now.ts';
import { enPrices } from './en-prices.ts';
import { enReasons } from './en-reasons.ts';
import { enSandbox } from './en-sandbox.ts';
import { enSettings } from './en-settings.ts';
import { enWhy } from './en-why.ts';
import { enYields } from './en-yields.ts';
import { plural } from './locale.ts';

/** What every screen uses. */
const enCommon = {
  'app.name': 'Nightshift',
  'app.skip': 'Skip to content',
  'app.version': (v: { version: string }) => `Version ${v.version}`,
  'nav.label': 'Screens',
  'nav.now': 'Now',
  'nav.devices': 'Devices',
  'nav.why': 'Why',
  'nav.earnings': 'Earnings',
  'nav.yields': 'Yields',
  'nav.sandbox': 'Sandbox',
  'nav.settings': 'Settings',
  'screen.loading': 'Opening',
  'screen.failed': 'This screen could not be fetched',
  'screen.failed.detail': 'The agent did not hand it out. It is tried again as soon as the agent answers.',
  'theme.label': 'Appearance',
  'theme.auto': 'Like the system',
  'theme.light': 'Light',
  'theme.dark': 'Dark',
  unknown: '—',
  'unknown.spoken': 'not known',
  'test.badge': 'TEST',
  'test.network': 'Test network',
  'test.explained': 'TEST credits are not money.',
  'copy.done': 'Copied',
  'copy.do': 'Copy',
  'copy.what': (v: { what: string }) => `Copy ${v.what}`,
  close: 'Close',
  'try-again': 'Try again',
  'failed.unknown': 'That did not work. Try again; if it fails once more, look at the agent’s log.',
  'failed.offline': 'Not connected to the agent, so nothing was done.',

  'connection.connecting': 'Connecting to the agent',
  'connection.connecting.detail': 'This takes a moment.',
  'connection.lost': 'Not connected to the agent — trying again',
  'connection.lost.detail': (v: { at: string }) => `What you see is from ${v.at}.`,
  'connection.refused': 'This page may not talk to the agent',
  'connection.refused.detail': 'Its key is missing or from an earlier start. Open Nightshift’s address as printed by `npm start`.',
  'connection.outdated': 'Nightshift has been updated',
  'connection.outdated.detail': 'This page is from the version before. Load it again to go on.',
  'connection.reload': 'Load again',
  crashed: 'This page has stopped',
  'crashed.detail': 'Something in it went wrong. The agent and its jobs go on; load the page again.',

  'time.today': (v: { clock: string }) => `today at ${v.clock}`,
  'time.tomorrow': (v: { clock: string }) => `tomorrow at ${v.clock}`,
  'time.day': (v: { day: string; clock: string }) => `${v.day} at ${v.clock}`,
  'time.in': (v: { time: string }) => `in ${v.time}`,
  'time.any-moment': 'any moment',

  'latency.ms': (v: { ms: string }) => `${v.ms} ms`,

  'duration.s': (v: { s: number | string }) => `${v.s} s`,
  'duration.min': (v: { min: number }) => `${v.min} min`,
  'duration.h': (v: { h: number }) => `${v.h} h`,
  'duration.d': (v: { d: number }) => `${v.d} d`,

  'device.cpu': 'CPU — not a GPU',
  'device.gpu': 'GPU',
  'device.software': 'Software — not a GPU',
  'device.cores': (v: { cores: number }) => `${v.cores} ${plural(v.cores, { one: 'thread', other: 'threads' })}`,
  'device.main-memory': (v: { memory: string }) => `${v.memory} memory`,
  'device.vram': (v: { memory: string }) => `${v.memory} VRAM`,
} as const;

export const en = {
  ...enCommon,
  ...enNow,
  ...enReasons,
  ...enWhy,
  ...enEarnings,
  ...enYields,
  ...enSandbox,
  ...enDevices,
  ...enBenchmark,
  ...enSettings,
  ...enPrices,
} as const;
