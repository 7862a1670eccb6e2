import type {
  BenchmarkFailureCode,
  BenchmarkOccasion,
  BenchmarkRecord,
  BenchmarkResult,
  BenchmarkStep,
  BenchmarkVector,
  Comparison,
  DeviceBenchmark,
  Measurement,
} from '../../contract/model/benchmark.ts';
import type { HardwareDevice } from '../../contract/model/device.ts';
import { shortId } from '../devices/find-device.ts';
import { bytes, cross, duration, table, tick } from '../print.ts';

type FigureName = { [K in keyof BenchmarkVector]: BenchmarkVector[K] extends Measurement | null ? K : never }[keyof BenchmarkVector];

const FIGURES: readonly (readonly [name: FigureName, words: string, unit: string])[] = [
  ['fmaF32Tflops', 'multiply-add f32', 'TFLOPS'],
  ['fmaF16Tflops', 'multiply-add f16', 'TFLOPS'],
  ['gemmF32Tflops', 'matrix product f32', 'TFLOPS'],
  ['gemmF16Tflops', 'matrix product f16, f32 sums', 'TFLOPS'],
  ['gemmI8Tops', 'matrix product i8, i32 sums', 'TOPS'],
  ['readGBs', 'memory read', 'GB/s'],
  ['copyGBs', 'memory copy', 'GB/s'],
  ['triadGBs', 'memory triad', 'GB/s'],
  ['toDeviceGBs', 'host to device', 'GB/s'],
  ['fromDeviceGBs', 'device to host', 'GB/s'],
];
const WORDS: ReadonlyMap<string, string> = new Map([
  ...FIGURES.map(([name, words]): [string, string] => [name, words]),
  ['sustainedShare', 'sustained speed'],
]);

const STEPS: Readonly<Record<BenchmarkStep, string>> = {
  starting: 'starting',
  tuning: 'looking for the fastest kernels',
  fma: 'multiply-add',
  'gemm-f32': 'matrix product f32',
  'gemm-f16': 'matrix product f16',
  'gemm-i8': 'matrix product i8',
  bandwidth: 'memory bandwidth',
  transfer: 'link to the host',
  memory: 'filling the memory',
  sustained: 'sustained load',
};
export const stepWords = (step: BenchmarkStep): string => STEPS[step];

const STANDING: Readonly<Record<DeviceBenchmark['standing'], string>> = {
  none: 'not measured yet',
  current: 'current',
  changed: 'out of date: device, driver or power limit changed',
  old: 'old',
  impossible: 'cannot be measured',
};
const OCCASION: Readonly<Record<BenchmarkOccasion, string>> = {
  asked: 'asked for',
  first: 'first time',
  changed: 'after a change',
  scheduled: 'scheduled',
};
const PROOF: Readonly<Record<BenchmarkResult['conditions']['proof'], string>> = {
  'only-device': 'the only GPU here',
  isolated: 'all others were hidden from it',
  utilisation: 'seen by its load',
  unproven: 'not proven that it was this card and no other',
};
const CODE: Readonly<Record<BenchmarkFailureCode, string>> = {
  'no-adapter': 'no graphics driver',
  'wrong-device': 'another card was measured',
  hung: 'hung',
  crashed: 'crashed',
  'out-of-memory': 'out of memory',
  'device-lost': 'device lost',
  'driver-changed': 'driver replaced',
  'wrong-results': 'COMPUTED WRONGLY',
  cancelled: 'cancelled',
  interrupted: 'interrupted',
  failed: 'failed',
};

/** Three digits, without an exponent. */
export function digits(value: number): string {
  return value.toFixed(Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(value)))));
}

const percent = (share: number, places = 0): string => `${(share * 100).toFixed(places)} %`;
const atTime = (ms: number): string => new Date(ms).toLocaleString();

/** "NVIDIA GeForce RTX 3090 (PCI 0000:41:00.0)" */
export const deviceWords = ({ name, place }: HardwareDevice): string => `${name} (${place})`;

function vectorText(vector: BenchmarkVector, datasheet: readonly Comparison[]): string {
  const rows = FIGURES.map(([name, words, unit]) => {
    const figure = vector[name];
    if (figure === null) return [words, '-', '-', '-', '-', '-', '-'];
    const stated = datasheet.find((each) => each.figure === name);
    return [
      words,
      `${digits(figure.value)} ${unit}`,
      percent(figure.iqrShare, 1),
      String(figure.samples),
      figure.verified ? 'yes' : 'no',
      stated === undefined ? '-' : percent(stated.share),
      figure.path,
    ];
  });
  return table([['FIGURE', 'MEDIAN', 'SPREAD', 'SAMPLES', 'CHECKED', 'OF STATED', 'HOW'], ...rows]);
}

function scoreText({ score }: BenchmarkResult): string {
  if (score === null) return '  score      none: too little was measured';
  const parts = score.parts.map(({ name, share, exponent, standIn }) => {
    const of = standIn === null ? '' : ` (${WORDS.get(standIn) ?? standIn} in its place)`;
    return `             ${WORDS.get(name) ?? name}${of}: ${digits(share * 100)} % of the reference, to the power of ${exponent}`;
  });
  return [`  score      ${digits(score.value)} (version ${score.version}; the reference has 100)`, ...parts].join('\n');
}

/** All of a result: the figures first, then memory, conditions and draw, the score, and what is to be said besides. */
export function resultText(result: BenchmarkResult, datasheet: readonly Comparison[]): string {
  const { vector, conditions, sustained } = result;
  const power = [
    sustained.meanPowerW === null ? 'power unknown' : `${sustained.meanPowerW.toFixed(0)} W`,
    sustained.idlePowerW === null ? '' : `idle ${sustained.idlePowerW.toFixed(0)} W`,
    sustained.maxTemperatureC === null ? '' : `at most ${sustained.maxTemperatureC.toFixed(0)} °C`,
    sustained.throttledShare === null ? '' : `throttled ${percent(sustained.throttledShare)} of the time`,
  ];
  const ran = [conditions.backend, conditions.adapter, conditions.driver === null ? '' : `driver ${conditions.driver}`];
  const limit = conditions.powerLimitW === null ? '' : `  limit      ${conditions.powerLimitW.toFixed(0)} W\n`;
  return [
    vectorText(vector, datasheet),
    '',
    `  memory     ${vector.memoryBytes === null ? 'not filled' : `${bytes(vector.memoryBytes)} written and read back`}`,
    `  sustained  ${vector.sustainedShare === null ? 'not measured' : `${percent(vector.sustainedShare, 1)} of the speed at its beginning`}; ${join(power)}`,
    `  ran on     ${join(ran)}; ${PROOF[conditions.proof]}`,
    `${limit}${scoreText(result)}`,
    `  measured   ${atTime(result.atMs)} in ${duration(result.durationMs)}, suite version ${result.suiteVersion}, ${OCCASION[result.occasion]}`,
    ...result.notes.map((note) => `! ${note}`),
  ].join('\n');
}

const join = (parts: readonly string[]): string => parts.filter((part) => part !== '').join(', ');

/** How one run ended, in a line; for a failure, with what to do. */
export function endText(end: BenchmarkRecord | null): string {
  if (end === null)
    return `${cross} It did not begin: it was cancelled, or could no longer be measured. npx nightshift doctor says what is wrong.`;
  if (end.kind === 'result') return `${tick} Measured in ${duration(end.result.durationMs)}.`;
  const { code, step, detail, fix } = end.failure;
  const lines = [`${cross} ${detail} (${CODE[code]}; step: ${STEPS[step]})`, ...(fix === null ? [] : [`  ${fix}`])];
  return lines.join('\n');
}

/** One device: whether its result still counts, the last failure if it is newer, and the result. */
export function benchmarkText(device: HardwareDevice, benchmark: DeviceBenchmark): string {
  const { last, result, standing, datasheet } = benchmark;
  return [
    `${deviceWords(device)}  ${device.id}`,
    `  result     ${STANDING[standing]}${nextText(benchmark, '; ')}`,
    ...(last?.kind === 'failure' ? [`  last run   ${atTime(last.failure.atMs)}`, endText(last)] : []),
    ...(result === null ? [] : ['', resultText(result, datasheet)]),
  ].join('\n');
}

function nextText({ standing, nextAtMs }: DeviceBenchmark, before: string): string {
  if (nextAtMs === null) return '';
  return standing === 'current' ? `${before}again from ${atTime(nextAtMs)} on, while nobody is here` : `${before}next while nobody is here`;
}

/** All devices in a line each. */
export function listText(devices: readonly HardwareDevice[], benchmarks: readonly DeviceBenchmark[]): string {
  const rows = devices.flatMap((device) => {
    const benchmark = benchmarks.find(({ deviceId }) => deviceId === device.id);
    if (benchmark === undefined) return [];
    const { result, standing, last } = benchmark;
    const score = result?.score ?? null;
    const failure = last?.kind === 'failure' ? `; last run: ${CODE[last.failure.code]}` : '';
    return [
      [
        shortId(devices, device.id),
        deviceWords(device),
        score === null ? '-' : digits(score.value),
        result === null ? '-' : atTime(result.atMs),
        `${STANDING[standing]}${failure}${nextText(benchmark, '; ')}`,
      ],
    ];
  });
  return rows.length === 0 ? 'There is no device on this machine.' : table([['DEVICE', 'NAME', 'SCORE', 'MEASURED', 'RESULT'], ...rows]);
}

/** Each run in a line, as they are given. */
export function historyText(records: readonly BenchmarkRecord[]): string {
  if (records.length === 0) return 'This device has not been measured yet.';
  const value = (figure: Measurement | null): string => (figure === null ? '-' : digits(figure.value));
  const rows = records.map((record) => {
    if (record.kind === 'failure') {
      const { atMs, occasion, code, step } = record.failure;
      return [atTime(atMs), OCCASION[occasion], '-', '-', '-', '-', '-', `${CODE[code]}, step: ${STEPS[step]}`];
    }
    const { atMs, occasion, vector, score, conditions } = record.result;
    return [
      atTime(atMs),
      OCCASION[occasion],
      score === null ? '-' : digits(score.value),
      value(vector.gemmF32Tflops),
      value(vector.gemmF16Tflops),
      value(vector.triadGBs),
      conditions.powerLimitW === null ? '-' : `${conditions.powerLimitW.toFixed(0)} W`,
      `measured${conditions.driver === null ? '' : `, driver ${conditions.driver}`}`,
    ];
  });
  return table([['WHEN', 'WHY', 'SCORE', 'F32 TFLOPS', 'F16 TFLOPS', 'TRIAD GB/s', 'LIMIT', 'END'], ...rows]);
}
