import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createBuffer, readBack, upload } from '../../../src/agent/benchmark/gpu/buffers.ts';
import { type GpuDevice, openDevice } from '../../../src/agent/benchmark/gpu/device.ts';
import { bind, type Compiled, compile } from '../../../src/agent/benchmark/gpu/pipeline.ts';
import { calibrate, timeSubmit } from '../../../src/agent/benchmark/gpu/timing.ts';
import { tune } from '../../../src/agent/benchmark/gpu/tune.ts';
import { bandwidthCandidates } from '../../../src/agent/benchmark/kernels/bandwidth.ts';
import { fmaCandidates, fmaExpected, fmaKernel, fmaSeeds } from '../../../src/agent/benchmark/kernels/fma.ts';
import { gemmF32Candidates } from '../../../src/agent/benchmark/kernels/gemm-f32.ts';
import { median } from '../_figures.ts';
import { type Contender, compareGemm, type Peer } from './gemm-rounds.ts';
import { BUFFER_BYTES, type DeviceReport } from './report.ts';

/*
 * Measures the one device that the environment shows (VK_DRIVER_FILES) and prints a DeviceReport in parts. A process of its own, because a driver that
 * hangs or crashes takes its process along.
 */
const TUNE_MS = 12_000;
const SUBMIT_MS = 100;
const SUBMITS = 7;
/** The sizes of the comparison, and how long each may take where rounds are slow. */
const SIZES = [
  { n: 512, budgetMs: 10_000 },
  { n: 1024, budgetMs: 20_000 },
  { n: 2048, budgetMs: 30_000 },
] as const;
const FMA_INVOCATIONS = 2 ** 18;
const FMA_ROUNDS = 32;

const never = new AbortController().signal;
const print = (part: Partial<DeviceReport>): void => console.log(JSON.stringify(part));
const wallMs = async (device: GpuDevice, compiled: Compiled, buffers: readonly GPUBuffer[]): Promise<number> =>
  (await timeSubmit(device, compiled, bind(device, compiled, buffers), compiled.kernel.workgroups, 1)).wallMs;

/** Our kernel at one size: tuned at the first, the same kernel after. */
async function ours(device: GpuDevice, n: number, left: Float32Array, right: Float32Array, chosen: string | null): Promise<Contender> {
  const candidates = gemmF32Candidates({ m: n, n, k: n }, device);
  const buffers = [upload(device, left), upload(device, right), createBuffer(device, n * n * 4)] as const;
  const kernel = candidates.find(({ name }) => name === chosen);
  const compiled =
    kernel === undefined
      ? (await tune(device, candidates, (each) => wallMs(device, each, buffers), TUNE_MS, never)).winner
      : await compile(device, kernel);
  return {
    name: 'ours',
    settings: [compiled.kernel.name],
    multiply: async () => ({
      tookMs: await wallMs(device, compiled, buffers),
      values: async () => new Float32Array(await readBack(device, buffers[2])),
      dispose: () => undefined,
    }),
    dispose: () => {
      for (const buffer of buffers) buffer.destroy();
    },
  };
}

async function measureGemm(device: GpuDevice, peers: readonly Peer[]): Promise<void> {
  let tuned: string | null = null;
  let settings: ReadonlyMap<string, readonly string[]> = new Map(peers.map((peer) => [peer.name, peer.settings]));
  for (const { n, budgetMs } of SIZES) {
    const [left, right] = [0, 1].map(() => Float32Array.from({ length: n * n }, () => Math.random() - 0.5));
    if (left === undefined || right === undefined) throw new Error('unreachable: two were made');
    const contenders: readonly Contender[] = [
      await ours(device, n, left, right, tuned),
      ...peers.map((peer) => ({ name: peer.name, settings: settings.get(peer.name) ?? [], ...peer.prepare(n, left, right) })),
    ];
    const compared = await compareGemm({ n, left, right, contenders, budgetMs });
    for (const contender of contenders) contender.dispose();
    print({ gemm: compared.results });
    tuned = contenders[0]?.settings[0] ?? null;
    settings = new Map(compared.nearBest);
  }
}

/** The rate between one and two times as many rounds, so that what a launch costs by itself drops out. Every sum is checked. */
async function measureFma(device: GpuDevice): Promise<DeviceReport['fma']> {
  const seeds = fmaSeeds(FMA_INVOCATIONS, Math.random);
  const buffers = [upload(device, seeds), createBuffer(device, FMA_INVOCATIONS * 4)] as const;
  const choices = fmaCandidates('f32', FMA_INVOCATIONS, FMA_ROUNDS, device);
  const { winner } = await tune(
    device,
    choices.map(({ kernel }) => kernel),
    (each) => wallMs(device, each, buffers),
    TUNE_MS / 2,
    never,
  );
  const choice = choices.find(({ kernel }) => kernel.name === winner.kernel.name);
  if (choice === undefined) throw new Error('unreachable: the winner is a candidate');
  const repeats = await calibrate(device, winner, bind(device, winner, buffers), winner.kernel.workgroups, SUBMIT_MS);
  const [once, twice] = await Promise.all(
    [1, 2].map((times) =>
      compile(
        device,
        fmaKernel('f32', choice.tile, { workgroups: FMA_INVOCATIONS / choice.tile.invocations, rounds: FMA_ROUNDS * repeats * times }),
      ),
    ),
  );
  if (once === undefined || twice === undefined) throw new Error('unreachable: two were compiled');
  for (const each of [once, twice]) {
    await wallMs(device, each, buffers);
    const sums = new Float32Array(await readBack(device, buffers[1]));
    const rounds = each.kernel.constants.ROUNDS ?? 0;
    const wrong = sums.findIndex((sum, at) => sum !== fmaExpected(seeds[at + 2] ?? Number.NaN, choice.tile, rounds));
    if (wrong >= 0) throw new Error(`${each.kernel.name}: invocation ${wrong} left a wrong sum`);
  }
  const times: { readonly onceMs: number; readonly twiceMs: number }[] = [];
  for (let submit = 0; submit < SUBMITS; submit++)
    times.push({ onceMs: await wallMs(device, once, buffers), twiceMs: await wallMs(device, twice, buffers) });
  for (const buffer of buffers) buffer.destroy();
  const addedMs = median(times.map(({ twiceMs }) => twiceMs)) - median(times.map(({ onceMs }) => onceMs));
  return { kernel: winner.kernel.name, gflops: once.kernel.flops / addedMs / 1e6 };
}

async function measureBandwidth(device: GpuDevice): Promise<DeviceReport['bandwidth']> {
  const values = new Float32Array(BUFFER_BYTES / 4).map((_, at) => at & 1023);
  const [a, b, o] = [upload(device, values), upload(device, values), createBuffer(device, BUFFER_BYTES)];
  const results: DeviceReport['bandwidth'][number][] = [];
  for (const traffic of ['read', 'copy', 'triad'] as const) {
    const buffers = traffic === 'triad' ? [a, b, o] : [a, o];
    const { winner } = await tune(
      device,
      bandwidthCandidates(traffic, BUFFER_BYTES),
      (each) => wallMs(device, each, buffers),
      TUNE_MS / 4,
      never,
    );
    const times: number[] = [];
    for (let submit = 0; submit < SUBMITS; submit++) times.push(await wallMs(device, winner, buffers));
    results.push({ traffic, kernel: winner.kernel.name, gigabytesPerSecond: winner.kernel.bytes / median(times) / 1e6 });
  }
  for (const buffer of [a, b, o]) buffer.destroy();
  return results;
}

async function startPeers(gpu: GPU): Promise<readonly Peer[]> {
  // The peers look for a browser's WebGPU; this is the very one that ours runs on.
  Object.defineProperty(navigator, 'gpu', { value: gpu });
  const url: string = new URL('./peers/contenders.mjs', import.meta.url).href; // its packages are installed only for this benchmark
  const { startPeers: start } = (await import(url)) as { readonly startPeers: () => Promise<readonly Peer[]> }; // written beside this file
  return start();
}

const device = await openDevice({ adapterName: null, backend: null });
print({ device: device.info.description || device.info.device, isSoftware: device.info.isFallback });
print({ fma: await measureFma(device) });
print({ bandwidth: await measureBandwidth(device) });
const hasPeers = existsSync(join(import.meta.dirname, 'peers', 'node_modules'));
await measureGemm(device, hasPeers ? await startPeers(device.gpu) : []);
process.exit(0); // Dawn may wait for ever for a device that hangs
