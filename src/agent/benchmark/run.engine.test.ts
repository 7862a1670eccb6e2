import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { benchmarkVector } from '../../contract/model/benchmark.ts';
import type { HardwareDevice } from '../../contract/model/device.ts';
import { systemClock } from '../../lib/clock.ts';
import { createLogger } from '../../lib/log.ts';
import type { Progress } from './progress.ts';
import { type BenchmarkOptions, runBenchmark } from './run.ts';
import { QUICK_LIMITS } from './testing/quick-limits.ts';

interface SoftwareDevice {
  readonly name: string;
  readonly icd: string;
  readonly libraryPath: string;
}
const devices: readonly SoftwareDevice[] = JSON.parse(process.env.NIGHTSHIFT_TEST_VULKAN ?? '[]');
const [first = { name: '', icd: '', libraryPath: '' }] = devices;

function options({ name, icd, libraryPath }: SoftwareDevice, of: Partial<BenchmarkOptions> = {}): BenchmarkOptions {
  const device: HardwareDevice = {
    id: 'dev_1',
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
  return {
    device,
    adapter: { name: null, backend: 'vulkan', env: { VK_DRIVER_FILES: icd, LD_LIBRARY_PATH: libraryPath } },
    others: [],
    tuned: new Map(),
    limits: QUICK_LIMITS,
    progress: () => undefined,
    sample: () => null,
    driverNow: () => '1',
    clock: systemClock,
    logger: createLogger('test', 'silent'),
    signal: new AbortController().signal,
    ...of,
  };
}

test.each(devices)('$name is measured, every figure verified, and the kernels found fastest are kept', async (device) => {
  const updates: Progress[] = [];
  const movedMs = [performance.now()];
  const tuned = new Map<string, Readonly<Record<string, string>>>();
  const progress = (update: Progress): void => {
    if (update.progress > (updates.at(-1)?.progress ?? 0)) movedMs.push(performance.now());
    updates.push(update);
  };
  const outcome = await runBenchmark(options(device, { tuned, progress }));
  expect(outcome).toMatchObject({ kind: 'done', conditions: { proof: 'only-device', driver: '1', backend: 'vulkan' } });
  if (outcome.kind !== 'done') return;
  const { fmaF16Tflops, gemmF16Tflops, sustainedShare, ...others } = benchmarkVector.parse(outcome.vector);
  for (const figure of Object.values(others)) expect(figure).not.toBeNull();
  expect(fmaF16Tflops === null).toBe(gemmF16Tflops === null);
  expect(JSON.stringify(outcome.vector)).not.toContain('"verified":false');
  expect(sustainedShare).not.toBe(0);
  expect(outcome.notes).toContain('A software device: it computes on the processor, and these are figures of the processor.');
  expect(Object.keys(tuned.get('dev_1 1') ?? {})).toEqual(gemmF16Tflops === null ? ['f32', 'i8'] : ['f32', 'f16', 'i8']);
  expect(updates.map(({ progress }) => progress)).toEqual(updates.map(({ progress }) => progress).toSorted((a, b) => a - b));
  expect(new Set(updates.map(({ step }) => step)).size).toBeGreaterThanOrEqual(9);
  const pausesMs = [...movedMs, performance.now()].map((ms, at) => ms - (movedMs[at - 1] ?? ms));
  expect(Math.max(...pausesMs), 'progress moves').toBeLessThan(2_000);
});

test('cancelling ends a run within a second, in the middle of work', async () => {
  const controller = new AbortController();
  let cancelledMs = 0;
  const outcome = await runBenchmark(
    options(first, {
      signal: controller.signal,
      async progress({ step }) {
        if (step !== 'fma' || cancelledMs > 0) return;
        cancelledMs = performance.now();
        await sleep(20);
        controller.abort();
      },
    }),
  );
  expect(outcome).toMatchObject({ kind: 'failed', code: 'cancelled' });
  expect(performance.now() - cancelledMs).toBeLessThan(1_000);
});

test('a device without an adapter, or with one that the driver does not have, is said to have none', async () => {
  expect(await runBenchmark(options(first, { adapter: null }))).toMatchObject({ code: 'no-adapter', step: 'starting' });
  const env = { VK_DRIVER_FILES: first.icd, LD_LIBRARY_PATH: first.libraryPath };
  const missing = await runBenchmark(options(first, { adapter: { name: 'NVIDIA GeForce RTX 4090', backend: 'vulkan', env } }));
  expect(missing).toMatchObject({ code: 'no-adapter', detail: expect.stringContaining('NVIDIA GeForce RTX 4090') });
});

test('a software device never passes for the card that was to be measured', async () => {
  const asked = options(first);
  const outcome = await runBenchmark({ ...asked, device: { ...asked.device, kind: 'gpu' } });
  expect(outcome).toMatchObject({ kind: 'failed', code: 'wrong-device' });
});

test('a driver that is replaced meanwhile leaves no result', async () => {
  let asked = 0;
  const outcome = await runBenchmark(options(first, { driverNow: () => String(asked++) }), [process.execPath, '-e', 'process.abort()']);
  expect(outcome).toMatchObject({ kind: 'failed', code: 'driver-changed' });
});
