import type { GpuUse, Reading, Sensor, SensorContext } from '../../signals.ts';
import { nativeSensor } from '../native-sensor.ts';
import { combineGpuUse } from './gpu-counters.ts';
import type { Process } from './kernel32.ts';
import type { Pdh, PdhQuery } from './pdh.ts';

export interface GpuApi extends Pdh {
  processes(): readonly Process[];
  ownPids(): ReadonlySet<number>;
  /** A job of ours that uses a GPU runs now, frozen or not. */
  gpuJobRuns(): boolean;
}

const SOURCE = 'GPU performance counters';
/** Counter sets of Windows 10 version 1709 and later. Under WDDM the vendors' libraries do not tell memory by process, these do. */
const PATHS = ['\\GPU Engine(*)\\Utilization Percentage', '\\GPU Process Memory(*)\\Dedicated Usage'] as const;
/** A share needs two samples with some time between them. */
const SAMPLE_EVERY_MS = 1_000;
/** A sample so old means that Windows hangs: the value is not known any more. */
const STALE_MS = 10_000;
const FIX = 'Install the driver of your graphics card. If that does not help, run "lodctr /R" as administrator and restart.';
/** The virtual machine of WSL 2 and Docker Desktop: vmmem, vmmemWSL. All that runs in it shows as this one program. */
const VIRTUAL_MACHINE = /^vmmem/i;

/**
 * GPU use by program. Desktop and browser always use a little; how much matters is the policy's to say. While a GPU job of ours runs, the
 * virtual machine's use is ours: an owner's own GPU work in WSL beside it is not seen.
 */
export async function openWindowsGpu(context: SensorContext, api: GpuApi): Promise<Sensor<'gpu'>> {
  let query: PdhQuery | null = null;
  let latest: { readonly uses: readonly (GpuUse & { readonly pid: number })[]; readonly atMs: number } | null = null;
  let failure: unknown = null;
  let startedMs: number | null = null;
  let sampling: Promise<void> | null = null;

  async function sample(): Promise<void> {
    try {
      query ??= await api.open(PATHS);
      await query.collect();
      const [engines, dedicated] = [query.values(0), query.values(1)];
      if (engines !== null && dedicated !== null) {
        const names = new Map(api.processes().map((each) => [each.pid, each.name]));
        const uses = combineGpuUse(engines, dedicated).filter((use) => (use.busyShare ?? 0) > 0 || (use.vramBytes ?? 0) > 0);
        latest = { uses: uses.map((use) => ({ ...use, program: names.get(use.pid) ?? null })), atMs: context.monotonicMs() };
      }
      failure = null;
    } catch (error) {
      failure = error;
    }
  }

  function keepSampling(nowMs: number): void {
    if (sampling !== null || (startedMs !== null && nowMs - startedMs < SAMPLE_EVERY_MS)) return;
    startedMs = nowMs;
    sampling = sample().finally(() => {
      sampling = null;
    });
  }

  keepSampling(context.monotonicMs());
  return {
    ...nativeSensor({
      signal: 'gpu',
      source: SOURCE,
      pace: 'brisk',
      fix: FIX,
      read(): Reading<readonly GpuUse[]> {
        const nowMs = context.monotonicMs();
        keepSampling(nowMs);
        if (failure !== null) throw failure;
        if (latest === null) return { kind: 'unknown', source: SOURCE, detail: 'Use of the GPU is being measured.', fix: null };
        if (nowMs - latest.atMs > STALE_MS)
          return { kind: 'unknown', source: SOURCE, detail: 'Windows has not told the use of the GPU for a while.', fix: FIX };
        const own = api.ownPids();
        const vmIsOurs = api.gpuJobRuns();
        const foreign = latest.uses.filter((use) => !own.has(use.pid) && !(vmIsOurs && VIRTUAL_MACHINE.test(use.program ?? '')));
        return { kind: 'known', value: foreign.map(({ pid: _, ...use }) => use), source: SOURCE };
      },
    }),
    close() {
      const giveBack = () => query?.close();
      if (sampling === null) giveBack();
      else void sampling.then(giveBack); // PDH must not lose its query during a collection
    },
  };
}
