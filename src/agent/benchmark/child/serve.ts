import { once } from 'node:events';
import { writeFileSync, writeSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchmarkStep } from '../../../contract/model/benchmark.ts';
import type { GpuDevice, openDevice } from '../gpu/device.ts';
import { xorshift } from '../suite/random.ts';
import { runSuite } from '../suite/suite.ts';
import { SuiteError } from '../suite/suite-error.ts';
import { type Order, order as orderSchema, type Report } from './messages.ts';
import { endWithParent } from './tether.ts';

/** The pipe on which the agent listens: process.ts opens it. */
const REPORTS = 3;
const TEXT_CHARACTERS = 1_000;
const LOSS_MS = 200;
/** Within a step, progress is said no more often. */
const SAY_MS = 100;
const BEAT_MS = 1_000;
/** While kernels are compiled, drivers may take this many times as long: llvmpipe took 15 s for one where seven programs shared a core. */
const COMPILING = 3;
const COMPILE_STEPS: readonly BenchmarkStep[] = ['starting', 'tuning'];

/** The whole life of a child that measures: reads its order, measures, says what it found and ends. `open` opens the device. */
export async function serve(open: typeof openDevice): Promise<void> {
  endWithParent();
  yieldToOthers();
  let step: BenchmarkStep = 'starting';
  let saidMs = 0;
  try {
    const order = await readOrder();
    tell({ kind: 'progress', step, share: 0, detail: null });
    const pulse = startPulse(order.limits.waitMs);
    const gpu = await Promise.race([openChosen(open, order), pulse.hung]);
    const notes: string[] = [];
    const tuned = new Map(Object.entries(order.tuned));
    const measuring = runSuite({
      gpu,
      limits: order.limits,
      random: xorshift(Math.floor(Math.random() * 2 ** 32)),
      isSoftware: order.software,
      endMs: order.limits.totalMs, // performance.now() counts from the start of this process: opening a slow driver is part of the time
      memoryBytes: order.memoryBytes,
      tuned,
      say(now, share, detail) {
        pulse.moved(now);
        const nowMs = performance.now();
        if (now === step && nowMs - saidMs < SAY_MS) return;
        step = now;
        saidMs = nowMs;
        tell({ kind: 'progress', step, share: Math.min(1, Math.max(0, share)), detail: detail?.slice(0, TEXT_CHARACTERS) ?? null });
      },
      note: (sentence) => notes.includes(sentence) || notes.push(sentence.slice(0, TEXT_CHARACTERS)),
    });
    // What fails because the device is lost may say so before the loss itself does; the loss is the reason.
    const measured = measuring.catch((error: unknown) => sleep(LOSS_MS).then(() => Promise.reject(error)));
    const vector = await Promise.race([measured, trouble(gpu), pulse.hung]);
    tell({ kind: 'done', vector, notes, tuned: Object.fromEntries(tuned) });
  } catch (error) {
    tell({ kind: 'failed', step, ...describe(error) });
  }
  process.exit();
}

interface Pulse {
  /** A piece of work of this step is done. */
  moved(step: BenchmarkStep): void;
  /** Rejects when one piece of work takes longer than it may. */
  readonly hung: Promise<never>;
}

/**
 * Tells the agent each second that this process runs: it falls silent in a call into the driver that never returns. A shader without end lets it
 * run, and is given up here. Counted in beats: a process that gets no time on a busy processor has not waited meanwhile.
 */
function startPulse(waitMs: number): Pulse {
  const { promise, reject } = Promise.withResolvers<never>();
  let beats = 0;
  let longestMs = COMPILING * waitMs;
  setInterval(() => {
    tell({ kind: 'alive' });
    beats += 1;
    if (beats * BEAT_MS > longestMs)
      reject(
        new SuiteError(
          'hung',
          `The device or its driver hung: one piece of work took more than ${Math.round(longestMs / 1_000)} s and had no end. The benchmark was ended.`,
        ),
      );
  }, BEAT_MS);
  promise.catch(() => undefined); // whoever waits for it hears of it; after the end nobody does
  return {
    hung: promise,
    moved(step) {
      beats = 0;
      longestMs = (COMPILE_STEPS.includes(step) ? COMPILING : 1) * waitMs;
    },
  };
}

/** Written at once, so that it is said even if the next call into the driver never returns. */
function tell(report: Report): void {
  writeSync(REPORTS, `${JSON.stringify(report)}\n`);
}

/** The owner's programs come first, and when memory runs out the kernel shall take this process. */
function yieldToOthers(): void {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  try {
    if (process.platform === 'linux') writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // a container may not let it; then the kernel chooses
  }
}

async function readOrder(): Promise<Order> {
  const [line] = await once(createInterface({ input: process.stdin }), 'line');
  return orderSchema.parse(JSON.parse(line)); // the reader goes on, and so notices the end of the agent (tether.ts)
}

/** Dawn looks for a part of the name, so a card whose name contains the other's may come instead. */
async function openChosen(open: typeof openDevice, { adapterName, backend, software }: Order): Promise<GpuDevice> {
  const gpu = await open({ adapterName, backend }).catch((error: unknown) => {
    throw new SuiteError(
      'no-adapter',
      `The graphics driver does not offer ${adapterName ?? 'a device'}: ${error instanceof Error ? error.message : String(error)}`,
    );
  });
  const { device, description, backend: used, isFallback } = gpu.info;
  if (adapterName !== null && ![device, description].some((name) => plain(name) === plain(adapterName)))
    throw new SuiteError('wrong-device', `The graphics driver offers ${device} instead of ${adapterName}.`);
  if (isFallback && !software)
    throw new SuiteError('wrong-device', `The graphics driver offers ${device}, which computes on the processor, instead of the card.`);
  tell({ kind: 'opened', adapter: (description || device).slice(0, TEXT_CHARACTERS), backend: used ?? 'unknown' });
  return gpu;
}

/** Dawn writes names in lower case with hyphens where the driver has other signs. */
const plain = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, ' ')
    .trim();

/** Rejects when the device is lost, or complains of what no call of ours waits for. */
function trouble({ device, lost }: GpuDevice): Promise<never> {
  return new Promise((_, reject) => {
    device.addEventListener('uncapturederror', ({ error }) => {
      const isMemory = error.constructor.name === 'GPUOutOfMemoryError';
      reject(new SuiteError(isMemory ? 'out-of-memory' : 'failed', `The graphics driver reports: ${firstLine(error.message)}`));
    });
    lost.then(
      ({ message }) => reject(new SuiteError('device-lost', `The device stopped answering its driver: ${message || 'no reason given'}`)),
      reject,
    );
  });
}

/** Dawn adds where in its own sources it stumbled. */
const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

const NO_MEMORY = /out of memory|OUT_OF_(?:HOST|DEVICE)_MEMORY|allocation failed|could not allocate/i;

function describe(error: unknown): Pick<Extract<Report, { kind: 'failed' }>, 'code' | 'detail'> {
  const message = (error instanceof SuiteError ? error.message : firstLine(error instanceof Error ? error.message : String(error))).slice(
    0,
    TEXT_CHARACTERS,
  );
  if (error instanceof SuiteError) return { code: error.code, detail: message };
  return NO_MEMORY.test(message)
    ? { code: 'out-of-memory', detail: `Memory ran out while measuring: ${message}` }
    : { code: 'failed', detail: `The benchmark failed: ${message}` };
}
