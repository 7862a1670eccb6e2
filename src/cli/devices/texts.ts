import type { HardwareDevice } from '../../contract/model/device.ts';
import type { Settings } from '../../contract/model/settings.ts';
import type { DeviceSample, TelemetryHistory, TelemetryPoint, TelemetryRange } from '../../contract/model/telemetry.ts';
import type { WorkerState } from '../../contract/worker-api.ts';
import { plainText, table } from '../print.ts';
import { shortId } from './find-device.ts';
import { sparkline } from './sparkline.ts';

const UNKNOWN = 'unknown';
const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
const percent = (share: number): string => `${Math.round(share * 100)}%`;
const celsius = (degrees: number): string => `${Math.round(degrees)} °C`;
const watts = (power: number): string => `${Math.round(power)} W`;
const mhz = (clock: number): string => `${Math.round(clock)} MHz`;
const local = (ms: number): string => new Date(ms).toLocaleString();
/** In words, unknown where it is not known. */
const said = <T>(value: T | null | undefined, words: (value: T) => string): string => (value == null ? UNKNOWN : words(value));

const KIND: Readonly<Record<HardwareDevice['kind'], string>> = { gpu: 'GPU', cpu: 'CPU, not a GPU', software: 'software adapter' };

/** Every device in a line: what it is, how it is, what it does now, and whether it is shared. */
export function listText({ devices, telemetry, settings }: WorkerState): string {
  if (devices.length === 0) return 'No device was found in this machine.';
  const rows = devices.map((device) => {
    const sample = telemetry[device.id];
    return [
      shortId(devices, device.id),
      plainText(device.name),
      KIND[device.kind],
      said(device.memoryBytes, ({ value }) => gib(value)),
      healthWord(device),
      said(sample?.temperatureC, celsius),
      said(sample?.powerW, watts),
      said(sample?.busyShare, percent),
      whyNotShared(device, settings.values) === null ? 'yes' : 'no',
      plainText(device.place),
    ];
  });
  return table([['ID', 'NAME', 'KIND', 'MEMORY', 'HEALTH', 'HEAT', 'DRAW', 'LOAD', 'SHARED', 'PLACE'], ...rows]);
}

function healthWord({ health }: HardwareDevice): string {
  if (health.kind !== 'good') return health.kind;
  return health.alarms.find(({ code }) => code !== 'slow-link')?.code ?? 'good'; // a riser is no trouble
}

/** Why no job gets this device; null: jobs can. */
function whyNotShared(device: HardwareDevice, settings: Settings): string | null {
  if (device.kind === 'software') return 'A software adapter is never offered.';
  if (device.unshareable !== null) return `${device.unshareable.detail} ${device.unshareable.fix ?? ''}`.trim();
  if (settings['devices.off'].includes(device.id)) return 'You have switched it off (setting devices.off).';
  return device.health.kind === 'good' ? null : `It is ${device.health.kind}.`;
}

/** Everything that is known of one device, each figure with its source. */
export function showText({ telemetry, settings }: WorkerState, device: HardwareDevice): string {
  const sourced = <T>(fact: { readonly value: T; readonly source: string } | null, words: (value: T) => string): string =>
    said(fact, ({ value, source }) => `${words(value)} (${source})`);
  const rows: [string, string][] = [
    ['id', device.id],
    ['kind', `${KIND[device.kind]}${device.form === null ? '' : `, ${device.form}`}`],
    ['place', device.place],
    ['found by', device.source],
    ['vendor', device.vendor ?? UNKNOWN],
    ['driver', said(device.driver, ({ name, version }) => `${name} ${version ?? '(version unknown)'}`)],
    ['memory', sourced(device.memoryBytes, gib)],
    ...(device.kind === 'cpu' ? cpuRows(device) : gpuRows(device, sourced)),
    ...healthRows(device),
    ['shared', whyNotShared(device, settings.values) ?? 'yes'],
  ];
  return [plainText(device.name), pairs(rows), ...sampleText(telemetry[device.id])].join('\n');
}

const cpuRows = (device: HardwareDevice): [string, string][] => [['logical processors', said(device.cores, String)]];

function gpuRows(
  device: HardwareDevice,
  sourced: <T>(fact: { readonly value: T; readonly source: string } | null, words: (value: T) => string) => string,
): [string, string][] {
  return [
    ['UUID', device.uuid ?? UNKNOWN],
    ['PCI id', device.pciId ?? UNKNOWN],
    [
      'PCI Express',
      sourced(device.link, ({ width, maxWidth, generation, maxGeneration }) =>
        [
          `${said(width, String)} of ${said(maxWidth, String)} lanes`,
          `generation ${said(generation, String)} of ${said(maxGeneration, String)}`,
        ].join(', '),
      ),
    ],
    ['power limit', sourced(device.powerLimitW, watts)],
    ['by default', sourced(device.powerLimitDefaultW, watts)],
  ];
}

function healthRows({ health }: HardwareDevice): [string, string][] {
  if (health.kind === 'lost') return [['health', `lost since ${local(health.sinceMs)}: ${health.detail} ${health.fix}`]];
  const alarms = health.alarms.map((each): [string, string] => [
    each.code,
    `since ${local(each.sinceMs)}: ${each.detail} ${each.fix ?? ''}`.trim(),
  ]);
  if (health.kind === 'good') return [['health', 'good'], ...alarms];
  const { cause, untilMs } = health;
  const until = untilMs === null ? 'until you release it' : `until ${local(untilMs)}`;
  return [
    ['health', `quarantined since ${local(cause.sinceMs)}, ${until}`],
    ['because', `${cause.detail} ${cause.fix ?? ''}`.trim()],
    ...alarms,
  ];
}

function sampleText(sample: DeviceSample | undefined): readonly string[] {
  if (sample === undefined) return ['', 'It tells nothing of what it does now.'];
  const rows: [string, string][] = [
    ['load', said(sample.busyShare, percent)],
    ['memory in use', said(sample.vramUsedBytes, gib)],
    ['temperature', said(sample.temperatureC, celsius)],
    ['hot spot', said(sample.hotspotC, celsius)],
    ['memory temperature', said(sample.memoryTemperatureC, celsius)],
    ['draw', said(sample.powerW, watts)],
    ['clock', said(sample.coreClockMhz, mhz)],
    ['memory clock', said(sample.memoryClockMhz, mhz)],
    ['fan', said(sample.fanShare, percent)],
    ['slowed down by', said(sample.throttle, (reasons) => (reasons.length === 0 ? 'nothing' : reasons.join(', ')))],
    ['memory errors', said(sample.memoryErrors, String)],
  ];
  return ['', `Now (${sample.source})`, pairs(rows)];
}

function pairs(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${plainText(value)}`).join('\n');
}

const WIDTH = 60;
const RANGE: Readonly<Record<TelemetryRange, { readonly words: string; readonly ms: number | null }>> = {
  minutes: { words: 'the last hour, each second', ms: 3_600_000 },
  days: { words: 'the last week, each minute', ms: 7 * 24 * 3_600_000 },
  ever: { words: 'all that is kept, each hour', ms: null },
};

/** The past of a device: of each figure the least, the mean and the greatest, and how it went. */
export function historyText({ range, points }: TelemetryHistory, nowMs: number): string {
  const [first] = points;
  if (first === undefined) return 'Nothing is kept of this time.';
  const { words, ms } = RANGE[range];
  const fromMs = ms === null ? first.atMs : nowMs - ms;
  const row = (name: string, of: (point: TelemetryPoint) => number | null, show: (value: number) => string): string[] => {
    const known = points.map(of).filter((value) => value !== null);
    if (known.length === 0) return [name, UNKNOWN, '', '', ''];
    const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
    const line = sparkline(
      points.map((point) => ({ atMs: point.atMs, value: of(point) })),
      fromMs,
      nowMs,
      WIDTH,
    );
    return [name, show(known.reduce((a, b) => Math.min(a, b))), show(mean), show(known.reduce((a, b) => Math.max(a, b))), line];
  };
  return [
    `From ${local(fromMs)} to ${local(nowMs)} (${words}; ${points.length} points)`,
    table([
      ['FIGURE', 'LEAST', 'MEAN', 'GREATEST', 'OVER TIME'],
      row('load', (point) => point.busyShare, percent),
      row('temperature', (point) => point.temperatureC, celsius),
      row('hottest moment', (point) => point.maxTemperatureC, celsius),
      row('draw', (point) => point.powerW, watts),
      row('memory in use', (point) => point.vramUsedBytes, gib),
      row('clock', (point) => point.coreClockMhz, mhz),
    ]),
  ].join('\n');
}
