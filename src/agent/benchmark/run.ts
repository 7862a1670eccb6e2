import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BenchmarkConditions, BenchmarkStep, BenchmarkVector, SustainedTelemetry } from '../../contract/model/benchmark.ts';
import type { HardwareDevice } from '../../contract/model/device.ts';
import type { DeviceSample } from '../../contract/model/telemetry.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { childEnvironment } from './child/environment.ts';
import { explain, type Failure, failure } from './child/failure.ts';
import type { Limits, Report } from './child/messages.ts';
import { type ChildEnd, runChild } from './child/process.ts';
import { deviceNodes } from './isolation/device-nodes.ts';
import { type Prefix, tryHiding } from './isolation/hide.ts';
import { judge, type Look } from './isolation/proof.ts';
import { productLimits } from './limits.ts';
import { createStepper, type Progress } from './progress.ts';
import { summarise } from './sustained.ts';

/** How WebGPU finds a device. */
export interface Adapter {
  /** As the graphics driver names it; null where `env` leaves only one. */
  readonly name: string | null;
  readonly backend: string | null;
  /** Variables by which the Vulkan loader finds this adapter's driver, where it is not installed in the usual place. */
  readonly env: Readonly<Record<string, string>>;
}

/** Winners of earlier tuning: by device and driver, then by kind of kernel. */
export interface TunedCache {
  get(key: string): Readonly<Record<string, string>> | undefined;
  set(key: string, winners: Readonly<Record<string, string>>): void;
}

export interface BenchmarkOptions {
  readonly device: HardwareDevice;
  /** Null: WebGPU has none for this device. */
  readonly adapter: Adapter | null;
  /** All other devices of the machine. */
  readonly others: readonly HardwareDevice[];
  readonly tuned: TunedCache;
  readonly limits?: Limits;
  progress(update: Progress): void;
  /** A look at a device now; called once a second during a run, for each graphics device. */
  sample(deviceId: string): DeviceSample | null;
  /** The version of the device's driver as it is now; null where it is not known. */
  driverNow(): string | null;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export interface Measured {
  readonly kind: 'done';
  readonly vector: BenchmarkVector;
  readonly conditions: BenchmarkConditions;
  readonly sustained: SustainedTelemetry;
  readonly notes: readonly string[];
  readonly durationMs: number;
}
export type BenchmarkOutcome = Measured | Failure;

/** Node and the module of the child, which is a program of its own: the agent loads nothing of Dawn. */
const CHILD: readonly string[] = [process.execPath, fileURLToPath(new URL('child/child.ts', import.meta.url))];
const SAMPLE_MS = 1_000;
/** Steps in which the device has work all the time. */
const WORKING: readonly BenchmarkStep[] = ['fma', 'gemm-f32', 'gemm-f16', 'gemm-i8', 'bandwidth', 'sustained'];

/**
 * Measures one device in a child process of its own. Whatever a GPU or its driver does there ends as a value of the union; the agent goes on.
 * Cancelling by the signal ends it within a second. `program` is another child, in tests.
 */
export async function runBenchmark(options: BenchmarkOptions, program: readonly string[] = CHILD): Promise<BenchmarkOutcome> {
  const { device, adapter, others, tuned, clock, logger, signal, limits = productLimits(device.kind) } = options;
  if (adapter === null)
    return failure(
      'starting',
      'no-adapter',
      `The graphics driver offers no way to compute on ${device.name} (no Vulkan, D3D12 or Metal adapter).`,
    );
  const startedMs = clock.monotonicMs();
  const driver = options.driverNow();
  const key = `${device.id} ${driver ?? ''}`;
  const idle = options.sample(device.id);
  const cards = device.kind === 'gpu' ? others.filter(({ kind, health }) => kind === 'gpu' && health.kind !== 'lost') : [];
  const hidden = await isolate(cards, signal);
  const killsBefore = memoryKills();

  let opened: Extract<Report, { kind: 'opened' }> | null = null;
  let step: BenchmarkStep = 'starting';
  const underLoad: DeviceSample[] = [];
  const looks: Look[] = [];
  function look(): void {
    if (!WORKING.includes(step)) return;
    const own = options.sample(device.id);
    if (own !== null && step === 'sustained') underLoad.push(own);
    if (cards.length > 0) looks.push({ own: own?.busyShare ?? null, others: cards.map(({ id }) => options.sample(id)?.busyShare ?? null) });
  }
  const stepper = createStepper(limits.stepMs);
  const looking = setInterval(look, SAMPLE_MS);
  let end: ChildEnd;
  try {
    end = await runChild({
      command: [...(hidden ?? []), ...program],
      env: childEnvironment(process.env, adapter.env),
      order: {
        adapterName: adapter.name,
        backend: adapter.backend,
        limits,
        software: device.kind === 'software',
        memoryBytes: device.memoryBytes?.value ?? null,
        tuned: tuned.get(key) ?? {},
      },
      clock,
      signal,
      heard(report) {
        if (report.kind === 'opened') opened = report;
        if (report.kind !== 'progress') return;
        step = report.step;
        options.progress(stepper.at(report.step, report.share, report.detail));
      },
      waited: (sinceMs) => options.progress(stepper.creep(sinceMs)),
    });
  } finally {
    clearInterval(looking);
  }

  const driverChanged = options.driverNow() !== driver;
  if (end.kind !== 'done' || driverChanged) {
    const killsAfter = memoryKills();
    const memoryRanOut = killsBefore === null || killsAfter === null ? null : killsAfter > killsBefore;
    const why = end.kind === 'done' ? ({ kind: 'failed', step, code: 'driver-changed', detail: '' } as const) : end;
    const explained = explain(why, { memoryRanOut, driverChanged });
    logger.warn({ deviceId: device.id, ...explained }, 'a benchmark ended without a result');
    return explained;
  }
  const judged = judge(looks, cards.length === 0, hidden !== null);
  if (opened === null || judged.kind === 'conflict')
    return failure('sustained', 'wrong-device', `Another card worked while ${device.name} (${device.place}) was to be measured.`);
  tuned.set(key, end.report.tuned);
  return {
    kind: 'done',
    vector: end.report.vector,
    conditions: conditionsOf(device, opened, driver, judged.proof, underLoad.at(-1) ?? idle),
    sustained: summarise(idle, underLoad),
    notes: end.report.notes,
    durationMs: Math.round(clock.monotonicMs() - startedMs),
  };
}

/** What keeps a child away from other cards; null where there are none, or where this system does not allow it. */
async function isolate(cards: readonly HardwareDevice[], signal: AbortSignal): Promise<Prefix | null> {
  const nodes = cards.map(({ busId }) => (busId === null ? [] : deviceNodes(busId, '/')));
  if (nodes.length === 0 || nodes.some((each) => each.length === 0)) return null; // hiding all but one proves nothing
  return tryHiding(nodes.flat(), process.platform, process.getuid?.() === 0, signal);
}

function conditionsOf(
  device: HardwareDevice,
  { adapter, backend }: Extract<Report, { kind: 'opened' }>,
  driver: string | null,
  proof: BenchmarkConditions['proof'],
  sample: DeviceSample | null,
): BenchmarkConditions {
  return {
    deviceName: device.name,
    adapter,
    backend,
    driver,
    pciId: device.pciId,
    powerLimitW: sample?.powerLimitW ? sample.powerLimitW : (device.powerLimitW?.value ?? null),
    linkWidth: sample?.linkWidth ?? device.link?.value.width ?? null,
    proof,
  };
}

/** How often this kernel has ended a process for want of memory; null where it does not say (Documentation/filesystems/proc.rst, vmstat). */
function memoryKills(): number | null {
  try {
    const count = /^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'))?.[1];
    return count === undefined ? null : Number(count);
  } catch {
    return null; // not Linux
  }
}
