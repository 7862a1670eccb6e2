import { fileURLToPath } from 'node:url';
import { type BenchmarkOutcome, runBenchmark } from '../../src/agent/benchmark/run.ts';
import { FAULTS, type Fault, faults } from '../../src/agent/benchmark/testing/faults.ts';
import { QUICK_LIMITS } from '../../src/agent/benchmark/testing/quick-limits.ts';
import type { HardwareDevice } from '../../src/contract/model/device.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/lib/log.ts';
import { seeded } from '../../src/lib/testing/seeded.ts';

/** As the test runner names them in NIGHTSHIFT_TEST_VULKAN. */
export interface SoftwareDevice {
  readonly name: string;
  readonly icd: string;
  readonly libraryPath: string;
}

export interface FaultReport {
  readonly trials: number;
  /** How often each fault was played. */
  readonly played: Readonly<Record<string, number>>;
  /** Trials that did not end as they must. */
  readonly surprises: readonly string[];
  /** What an owner reads, one for each fault. */
  readonly sentences: Readonly<Record<string, string>>;
}

const FAULTY_CHILD = fileURLToPath(new URL('../../src/agent/benchmark/testing/faulty-child.ts', import.meta.url));
/** Faults that hang are given up soon; in all others a busy test machine must not look like a hang. */
const HANG_MS = { silenceMs: 3_000, waitMs: 1_000 };
const PATIENT_MS = { silenceMs: 60_000, waitMs: 60_000 };
/** A fault happens before one of the first submits: in tuning, or in the first figures. */
const SUBMITS = 30;
/** Trials at a time: those that hang wait for their deadline. */
const LANES = 3;

/**
 * Runs the benchmark on software devices while its child is made to hang, crash, lose its device and more, at random moments. This process is
 * the agent of these trials: it must come through all of them, and each must end by its own name, with a sentence for the owner.
 */
export async function faultTrials(
  trials: number,
  seed: number,
  devices: readonly SoftwareDevice[],
  say: (line: string) => void,
): Promise<FaultReport> {
  const random = seeded(seed);
  const plan = Array.from({ length: trials }, (_, index) => {
    const fault = faults[index % faults.length] ?? 'exit';
    // llvmpipe takes memory when it is touched, and then cannot refuse; SwiftShader, the first, refuses as cards do.
    const device = fault === 'memory' ? devices[0] : devices[Math.floor(random() * devices.length)];
    return { number: index + 1, fault, at: Math.floor(random() * SUBMITS), device };
  });
  const played: Record<string, number> = {};
  const sentences: Record<string, string> = {};
  const surprises: string[] = [];
  const queue = [...plan];
  async function lane(): Promise<void> {
    for (let trial = queue.shift(); trial !== undefined; trial = queue.shift()) {
      const { number, fault, at, device } = trial;
      if (device === undefined) throw new Error('there is no software device to try this on');
      const outcome = await runFault(device, fault, at);
      const ended = outcome.kind === 'done' ? 'done' : outcome.code;
      const sentence = outcome.kind === 'done' ? '' : outcome.detail;
      const line = `${number}/${trials} ${fault} before submit ${at} on ${device.name}: ${ended} ${sentence}`;
      say(line);
      played[fault] = (played[fault] ?? 0) + 1;
      sentences[fault] = sentence;
      if (ended !== FAULTS[fault] || (outcome.kind === 'failed' && (!/^[A-Z].*\S/s.test(sentence) || outcome.fix === null)))
        surprises.push(line);
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane));
  return { trials, played, surprises, sentences };
}

export function runFault(device: SoftwareDevice, fault: Fault, at: number): Promise<BenchmarkOutcome> {
  return runBenchmark(
    {
      device: asHardware(device),
      adapter: { name: null, backend: 'vulkan', env: { VK_DRIVER_FILES: device.icd, LD_LIBRARY_PATH: device.libraryPath } },
      others: [],
      tuned: new Map(),
      limits: { ...QUICK_LIMITS, ...(FAULTS[fault] === 'hung' ? HANG_MS : PATIENT_MS) },
      progress: () => undefined,
      sample: () => null,
      driverNow: () => null,
      clock: systemClock,
      logger: createLogger('benchmark-faults', 'silent'),
      signal: new AbortController().signal,
    },
    [process.execPath, FAULTY_CHILD, fault, String(at)],
  );
}

/** A software device as the inventory has it. */
function asHardware({ name }: SoftwareDevice): HardwareDevice {
  return {
    id: `dev_${name}`,
    kind: 'software',
    name,
    place: 'this processor',
    vendor: null,
    form: null,
    source: 'a test',
    cores: null,
    memoryBytes: null,
    uuid: null,
    busId: null,
    pciId: null,
    driver: null,
    powerLimitW: null,
    powerLimitDefaultW: null,
    link: null,
    health: { kind: 'good', alarms: [] },
    unshareable: null,
  };
}
