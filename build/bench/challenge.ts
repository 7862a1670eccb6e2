import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { parseArgs } from 'node:util';
import { type DeviceProver, type SoftwareDevice, startDeviceProver } from '../../e2e/challenge/device-prover.ts';
import { CARD_TERMS } from '../../e2e/challenge/trial.ts';
import { collectOpenings, prove, sha256 } from '../../src/agent/benchmark/challenge/prove.ts';
import { referenceMultiplier } from '../../src/agent/benchmark/challenge/reference.ts';
import type { Challenge } from '../../src/contract/challenge/messages.ts';
import { judge } from '../../src/network/verification/judge.ts';
import { type Figure, figure, median, printFigures } from './_figures.ts';

/*
 * npm run bench -- challenge [--icd <driver file> --library-path <folder>] [--sizes 256,512,...] [--json]
 * What checking a step of the challenge costs beside taking it with the device's fastest kernel, for square products of several sizes:
 * processor time of all threads on both sides, on the same processor. The figures at N = 8192 are extrapolated from the largest measured
 * size by powers fitted to all of them. And whether the devices and the reference commit to the same digest.
 */
const EXTRAPOLATED_SIZE = 8192;
const MOST_SHARE = 0.01;
/** Sizes below count for nothing in the fit: there the launches weigh more than the work. */
const FITTED_FROM = 512;
/** A size whose steps would take longer than this by the last one measured is left out. */
const LONGEST_STEP_MS = 6_000;
const TUNED_AT = 256;
const WARM_ROUNDS = 3;
const JUDGED_TIMES = 3;
const STEPS = 3;
const SWIFTSHADER: SoftwareDevice = {
  name: 'SwiftShader',
  icd: '/usr/lib/chromium/vk_swiftshader_icd.json',
  libraryPath: '/usr/lib/chromium',
};

const { values: options } = parseArgs({
  options: {
    icd: { type: 'string' },
    'library-path': { type: 'string', default: '' },
    sizes: { type: 'string', default: '256,512,768,1024,1536,2048' },
    json: { type: 'boolean', default: false },
  },
});
const sizes = options.sizes.split(',').map(Number);

const challengeOf = (size: number): Challenge => ({
  shape: { version: 1, blocks: 4, blockCells: 4_096, cellRounds: 64, steps: STEPS, hops: 64, size, depth: size, openings: STEPS },
  binding: { nonce: 'b'.repeat(64), deviceId: 'gpu-0', workerKey: 'worker', sessionEpoch: 1 },
  commitWithinMs: 1,
  openWithinMs: 1,
});

/** What this run is told of, else the list that the tests use, else what is found on this machine. */
function findDevices(): readonly (SoftwareDevice | null)[] {
  if (options.icd !== undefined) return [{ name: options.icd, icd: options.icd, libraryPath: options['library-path'] }];
  const listed = process.env.NIGHTSHIFT_TEST_VULKAN;
  if (listed !== undefined) return JSON.parse(listed) as readonly SoftwareDevice[]; // the test runner's own words
  return existsSync(SWIFTSHADER.icd) ? [SWIFTSHADER, null] : [null];
}

interface Measured {
  readonly size: number;
  readonly proverMs: number;
  readonly verifierMs: number;
}

async function measure(prover: DeviceProver, size: number): Promise<Measured> {
  const challenge = challengeOf(size);
  const { commitment, stepCpuMs } = await prover.prove(challenge);
  const asked = Array.from({ length: STEPS }, (_, step) => step);
  const { message, products } = await prover.open({ nonce: challenge.binding.nonce, steps: asked });
  const evidence = { challenge, root: commitment.root, asked, openings: message.openings, products };
  const judgedMs = Array.from({ length: JUDGED_TIMES }, () => {
    const before = process.cpuUsage();
    const fault = judge(evidence, sha256, randomBytes);
    const { user, system } = process.cpuUsage(before);
    if (fault !== null) throw new Error(`${prover.name} does not pass at ${size}: ${fault.code}: ${fault.sentence}`);
    return (user + system) / 1_000;
  });
  return { size, proverMs: median(stepCpuMs), verifierMs: median(judgedMs) / STEPS };
}

/** The exponent of the power of the size that fits best, by least squares over the logarithms. */
function fitExponent(points: readonly { readonly size: number; readonly ms: number }[]): number {
  const logs = points.map(({ size, ms }) => ({ x: Math.log(size), y: Math.log(ms) }));
  const mean = (of: (log: { readonly x: number; readonly y: number }) => number): number =>
    logs.reduce((sum, log) => sum + of(log), 0) / logs.length;
  const [meanX, meanY] = [mean(({ x }) => x), mean(({ y }) => y)];
  return mean(({ x, y }) => (x - meanX) * (y - meanY)) / mean(({ x }) => (x - meanX) ** 2);
}

async function figuresOf(prover: DeviceProver, signal: AbortSignal): Promise<readonly Figure[]> {
  const { kernel } = await prover.tune(TUNED_AT);
  console.error(`${prover.name}: multiplies by ${kernel}`);
  for (let round = 0; round < WARM_ROUNDS; round++) await measure(prover, TUNED_AT); // both sides compile
  const measured: Measured[] = [];
  for (const size of sizes) {
    signal.throwIfAborted();
    const last = measured.at(-1);
    if (last !== undefined && last.proverMs * (size / last.size) ** 3 > LONGEST_STEP_MS) {
      console.error(`${prover.name}: N = ${size} would take longer than ${LONGEST_STEP_MS} ms a step and is left out`);
      continue;
    }
    measured.push(await measure(prover, size));
  }
  const fitted = measured.filter(({ size }) => size >= FITTED_FROM);
  const proverExponent = fitExponent(fitted.map(({ size, proverMs }) => ({ size, ms: proverMs })));
  const verifierExponent = fitExponent(fitted.map(({ size, verifierMs }) => ({ size, ms: verifierMs })));
  const largest = fitted.at(-1);
  if (largest === undefined) throw new Error(`no size from ${FITTED_FROM} on was measured`);
  // From the largest size on, and never better than N^2 beside N^3: a fit over few sizes may be.
  const exponent = Math.max(verifierExponent, 2) - Math.min(proverExponent, 3);
  const share = (largest.verifierMs / largest.proverMs) * (EXTRAPOLATED_SIZE / largest.size) ** exponent;
  const { openings, steps } = CARD_TERMS.shape;
  const ofAll = (share * openings) / steps;
  const name = (text: string): string => `${prover.name}: ${text}`;
  return [
    ...measured.flatMap(({ size, proverMs, verifierMs }) => [
      figure(name(`processor time of a step, N = ${size}`), proverMs, 'ms'),
      {
        ...figure(name(`processor time of checking it, N = ${size}`), verifierMs, 'ms'),
        peer: proverMs,
        ratio: verifierMs / proverMs,
      },
    ]),
    figure(name('step grows with N to the power of'), proverExponent, ''),
    figure(name('checking grows with N to the power of'), verifierExponent, ''),
    figure(name(`checking a step / taking it, EXTRAPOLATED by these powers to N = ${EXTRAPOLATED_SIZE}`), share, ''),
    {
      ...figure(name(`checking ${openings} of ${steps} steps / taking all, EXTRAPOLATED likewise to N = ${EXTRAPOLATED_SIZE}`), ofAll, ''),
      target: `<= ${MOST_SHARE}`,
      holds: ofAll <= MOST_SHARE,
    },
  ];
}

/** Whether the device and the reference commit to the same. */
async function agrees(prover: DeviceProver): Promise<boolean> {
  const challenge = challengeOf(256);
  await using reference = await prove(referenceMultiplier(challenge), challenge, () => undefined, new AbortController().signal);
  const request = { nonce: challenge.binding.nonce, steps: [0, STEPS - 1] };
  const expected = await collectOpenings(reference, request);
  const { commitment } = await prover.prove(challenge);
  const opened = await prover.open(request);
  return commitment.root === reference.commitment.root && Buffer.compare(opened.products, expected.products) === 0;
}

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.on(name, () => {
    stop.abort();
    process.exitCode = 128 + constants.signals[name];
  });
for (const device of findDevices()) {
  try {
    await using prover = await startDeviceProver(device, stop.signal);
    const same = await agrees(prover);
    printFigures([
      { ...figure(`${prover.name}: digest is the reference's, bit for bit (1: yes)`, same ? 1 : 0, ''), target: '1', holds: same },
      ...(await figuresOf(prover, stop.signal)),
    ]);
  } catch (error) {
    console.error(`${device?.name ?? "the machine's own Vulkan device"}: ${error instanceof Error ? error.message : String(error)}`);
    if (stop.signal.aborted) break;
  }
}
