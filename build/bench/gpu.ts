import { type ExecFileOptions, execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { tempFolder } from '../../src/lib/testing/temp-folder.ts';
import { canInstall } from '../test/needs.ts';
import { needSoftwareVulkan } from '../test/software-vulkan.ts';
import { type Figure, figure, printFigures } from './_figures.ts';
import { BUFFER_BYTES, type DeviceReport, type GemmResult } from './gpu/report.ts';

/*
 * How fast our kernels are on the devices of this machine: products in single precision beside jax-js and tfjs, on the same device, the same
 * inputs and the same Dawn, in turns; multiply-adds and bandwidth beside plain compiled loops on the same processor where the device is
 * software; clpeak and vkpeak where they are installed, as they print it. Falling short or lacking a part is said and fails nothing.
 *
 *   npm run bench -- gpu [--icd FILE]... [--json]
 *
 * --icd names the drivers to measure, as VK_DRIVER_FILES would; the loader of Vulkan is looked for in LD_LIBRARY_PATH and beside the file.
 * Without it: the software devices of the tests, and whatever the system's own loader finds.
 */
const run = promisify(execFile);
const here = join(import.meta.dirname, 'gpu');
const { values: options } = parseArgs({ options: { icd: { type: 'string', multiple: true }, json: { type: 'boolean' } } });
/** A device takes about two minutes; a loaded machine several times as many. */
const DEVICE_TIMEOUT_MS = 900_000;
const TOOL_TIMEOUT_MS = 120_000;
const INSTALL_TIMEOUT_MS = 300_000;
/** What is promised of our product beside each peer's. */
const TARGETS: Readonly<Record<string, number>> = { 'jax-js': 2, tfjs: 1.5 };

interface Native {
  readonly fmaGflops: number;
  readonly readGBs: number;
  readonly copyGBs: number;
  readonly triadGBs: number;
}

const say = (line: string): void => console.error(line);
/** The last thing a failed program said, which is where the error is. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if ('killed' in error && error.killed === true) return 'it took too long';
  if ('code' in error && error.code === 'ENOENT') return 'it is not installed';
  const words = 'stderr' in error && typeof error.stderr === 'string' ? error.stderr : '';
  return words.split('\n').find((line) => /^\w*Error: /.test(line)) ?? error.message.split('\n')[0] ?? '';
};

async function installPeers(): Promise<void> {
  const folder = join(here, 'peers');
  if (existsSync(join(folder, 'node_modules'))) return;
  say('Installing jax-js and tfjs...');
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
}

/** The processor's own reach, compiled here and now. */
async function measureNative(): Promise<Native> {
  const program = join(tempFolder(), 'native');
  await run('gcc', ['-O3', '-march=native', '-pthread', '-o', program, join(here, 'native.c')]);
  const { stdout } = await run(program, [String(availableParallelism()), String(BUFFER_BYTES)]);
  return JSON.parse(stdout) as Native; // printed by native.c
}

/** What a program prints until its end, or until it fails or takes too long, which is said. Throws where it printed nothing. */
async function runAsFar(program: string, args: readonly string[], limits: ExecFileOptions): Promise<string> {
  try {
    return (await run(program, args, { ...limits, encoding: 'utf8' })).stdout;
  } catch (error) {
    const printed = error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
    if (printed === '') throw error;
    say(`Not to its end: ${reasonOf(error)}.`);
    return printed;
  }
}

interface Driver {
  readonly icd: string;
  /** Where its libraries and a Vulkan loader are. */
  readonly libraryPath: string;
}

/** Null is whatever the system's own loader finds. */
async function findDrivers(): Promise<readonly (Driver | null)[]> {
  if (options.icd !== undefined)
    return options.icd.map((icd) => ({ icd, libraryPath: [process.env.LD_LIBRARY_PATH, dirname(icd)].filter((path) => path).join(':') }));
  const listed = process.env.NIGHTSHIFT_TEST_VULKAN;
  if (listed !== undefined) return JSON.parse(listed) as readonly Driver[]; // the test runner's own words
  if (!canInstall()) return [null];
  const software = await needSoftwareVulkan(say, AbortSignal.timeout(INSTALL_TIMEOUT_MS));
  if (software.kind === 'absent') say(`Not measured: the software devices: ${software.reason}.`);
  return software.kind === 'found' ? [...software.devices, null] : [null];
}

/** The parts that the child printed, to its end or until it failed or took too long; throws where there is none. */
async function measureDevice(driver: Driver | null): Promise<readonly Partial<DeviceReport>[]> {
  const env = { ...process.env, ...(driver === null ? {} : { VK_DRIVER_FILES: driver.icd, LD_LIBRARY_PATH: driver.libraryPath }) };
  const stdout = await runAsFar(process.execPath, [join(here, 'measure.ts')], { env, timeout: DEVICE_TIMEOUT_MS, killSignal: 'SIGKILL' });
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Partial<DeviceReport>); // printed by measure.ts
}

const beside = (name: string, value: number, unit: string, peer: number, atLeast: number | null = null): Figure => ({
  name,
  value,
  unit,
  peer,
  ratio: value / peer,
  target: atLeast === null ? null : `>= ${atLeast} times the peer`,
  holds: atLeast === null ? null : value / peer >= atLeast,
});

/** One size's products: ours beside each peer's. */
function gemmFigures(device: string, results: readonly GemmResult[]): readonly Figure[] {
  const ours = results.find(({ contender }) => contender === 'ours');
  if (ours === undefined) return [];
  const name = `${device}: f32 product of ${ours.n}`;
  for (const { contender, way, rounds, gflops } of results)
    say(`${name}: ${contender}, ${way}: ${gflops.toFixed(2)} GFLOPS over ${rounds} rounds`);
  const peers = results.filter((result) => result !== ours);
  return [
    ...(peers.length === 0 ? [figure(name, ours.gflops, 'GFLOPS')] : []),
    ...peers.map((peer) =>
      beside(`${name}, beside ${peer.contender}`, ours.gflops, 'GFLOPS', peer.gflops, TARGETS[peer.contender] ?? null),
    ),
    figure(`${name}, largest error`, ours.error, 'of the largest element'),
  ];
}

function figuresOf(parts: readonly Partial<DeviceReport>[], native: Native | null): readonly Figure[] {
  const { device, isSoftware, fma, bandwidth } = Object.assign({}, ...parts) as Partial<DeviceReport>; // each part has other fields
  if (device === undefined) return [];
  const reach = isSoftware ? native : null;
  const besideNative = (name: string, value: number, unit: string, peer: number | undefined): Figure =>
    peer === undefined ? figure(`${device}: ${name}`, value, unit) : beside(`${device}: ${name}, beside native threads`, value, unit, peer);
  const loops = { read: reach?.readGBs, copy: reach?.copyGBs, triad: reach?.triadGBs };
  return [
    ...parts.flatMap(({ gemm }) => (gemm === undefined ? [] : gemmFigures(device, gemm))),
    ...(fma === undefined ? [] : [besideNative('f32 multiply-adds', fma.gflops, 'GFLOPS', reach?.fmaGflops)]),
    ...(bandwidth ?? []).map(({ traffic, gigabytesPerSecond }) => besideNative(traffic, gigabytesPerSecond, 'GB/s', loops[traffic])),
  ];
}

/** The largest figure in each section of what clpeak or vkpeak prints, such as `float4 : 28.1` under `Single-precision compute (GFLOPS)`. */
function readPeaks(tool: string, output: string): readonly Figure[] {
  const figures = new Map<string, { readonly value: number; readonly unit: string }>();
  let device = tool;
  let section: { readonly name: string; readonly unit: string } | null = null;
  for (const line of output.split('\n')) {
    const heading = /^\s*(.+?) \((GBPS|GFLOPS|GIOPS)\)$/.exec(line);
    const value = /^\s*(\S+)\s*[:=]\s*([\d.]+)\s*(GFLOPS|GIOPS|GBPS)?$/.exec(line);
    const named = /^\s*[Dd]evice(?: name)?\s*[:=]\s*(.+)$/.exec(line);
    if (named) device = `${tool} on ${named[1]}`;
    else if (heading) section = { name: heading[1] ?? '', unit: heading[2] ?? '' };
    else if (value) {
      const unit = value[3] ?? section?.unit;
      if (unit === undefined) continue;
      const name = `${device}: ${value[3] === undefined ? section?.name : value[1]}`;
      figures.set(name, { value: Math.max(Number(value[2]), figures.get(name)?.value ?? 0), unit: unit === 'GBPS' ? 'GB/s' : unit });
    }
  }
  return [...figures].map(([name, { value, unit }]) => figure(name, value, unit));
}

const TOOLS = [
  { tool: 'clpeak', args: ['--compute-sp', '--global-bandwidth'], from: "Debian's clpeak, and pocl-opencl-icd for the processor" },
  { tool: 'vkpeak', args: ['0'], from: 'github.com/nihui/vkpeak' },
] as const;

const attempt = async <T>(what: string, measure: () => Promise<T>): Promise<T | null> => {
  try {
    return await measure();
  } catch (error) {
    say(`Not measured: ${what}: ${reasonOf(error)}.`);
    return null;
  }
};

await attempt('jax-js and tfjs, so nothing is compared with them', installPeers);
const native = await attempt('native loops (they need gcc)', measureNative);
const figures: Figure[] = [];
for (const driver of (await attempt('the software devices', findDrivers)) ?? []) {
  const what = driver?.icd ?? "the system's own Vulkan device";
  say(`Measuring ${what}...`);
  const parts = await attempt(what, () => measureDevice(driver));
  if (parts === null) continue;
  figures.push(...figuresOf(parts, native));
}
for (const { tool, args, from } of TOOLS) {
  const output = await attempt(`${tool} (from ${from})`, () => runAsFar(tool, args, { timeout: TOOL_TIMEOUT_MS }));
  if (output !== null) figures.push(...readPeaks(tool, output));
}
printFigures(figures);
