import { join } from 'node:path';
import { NVML } from '../../../hardware/nvml/nvml-calls.ts';
import type { NvmlConnection, NvmlGpu } from '../../../hardware/nvml/nvml-connection.ts';
import type { NvmlAnswer, NvmlLibrary } from '../../../hardware/nvml/nvml-library.ts';
import { SOURCE } from '../../../hardware/nvml/nvml-trouble.ts';
import type { GpuUse, Reading, Sensor, SensorContext, SignalName, SignalValues, Temperature } from '../../signals.ts';
import { perProgram } from './gpu-uses.ts';
import { isOurs } from './our-processes.ts';
import { readWord } from './system-files.ts';

const TEMPERATURE_EVERY_MS = 2_000;
const POWER_EVERY_MS = 1_000;
/** The driver takes samples about once a second and asking costs much more than the list of processes. */
const SAMPLES_EVERY_MS = 1_000;
const SAMPLE_HOLDS_MS = 3_000;
const SAMPLE_HOLDS_MICROS = BigInt(SAMPLE_HOLDS_MS) * 1_000n;
const LISTS = ['compute', 'graphics', 'mps'] as const;

export interface NvmlOptions {
  readonly jobCgroups: () => readonly string[];
  readonly agentPid: number;
  /** Its owner closes it. */
  readonly connection: NvmlConnection;
}

/** Three sensors on one connection. */
export interface NvmlSensors {
  readonly gpu: Sensor<'gpu'>;
  readonly temperature: Sensor<'temperature'>;
  readonly draw: Sensor<'draw'>;
}

/** What samples have told of one GPU. */
interface Samples {
  /** When a process was last seen busy, and how much. */
  readonly busy: Map<number, { readonly atMs: number; readonly share: number }>;
  /** Time stamp of the newest sample; null: this GPU gives none. */
  newestMicros: bigint | null;
  /** Not asked yet, or the last question was refused. */
  isUnsure: boolean;
}

const NONE = { kind: 'absent', source: SOURCE, detail: 'This machine has no NVIDIA GPU now.' } as const;
/** Refusals that stay: before Maxwell, with MIG, or without the right to see others' processes. */
const NEVER_SAMPLES: readonly number[] = [NVML.notSupported, NVML.noPermission, NVML.functionNotFound];

/**
 * Use, temperature and power of NVIDIA GPUs that run with NVIDIA's driver. Also where there is none yet: the connection finds one that is
 * plugged in later, and a game on it must be seen. Loads nothing until then.
 */
export function openNvml(context: SensorContext, options: NvmlOptions): NvmlSensors {
  const { connection } = options;
  const proc = join(context.root, 'proc');
  let sampledMs = Number.NEGATIVE_INFINITY;
  /** By connection: a driver that came back counts anew. */
  const samples = new WeakMap<NvmlGpu, Samples>();
  let foreign = new Map<number, string | null>();
  let foreignTo = '';
  let ours = new Set<number>();

  function samplesOf(gpu: NvmlGpu): Samples {
    const known = samples.get(gpu) ?? { busy: new Map(), newestMicros: 0n, isUnsure: true };
    samples.set(gpu, known);
    return known;
  }

  function takeSamples(nvml: NvmlLibrary, { device }: NvmlGpu, known: Samples, nowMs: number): void {
    if (known.newestMicros === null) return;
    const answer = nvml.samples(device, known.newestMicros);
    if (!answer.ok) {
      if (NEVER_SAMPLES.includes(answer.code)) known.newestMicros = null;
      known.isUnsure = true;
      return;
    }
    known.isUnsure = false;
    const newest = answer.value.reduce(
      (latest, { timeStampMicros }) => (timeStampMicros > latest ? timeStampMicros : latest),
      known.newestMicros,
    );
    known.newestMicros = newest;
    const latest = new Map<number, bigint>();
    for (const { pid, timeStampMicros, busyShare } of answer.value) {
      // The first answer holds all that the driver remembers.
      if (newest - timeStampMicros > SAMPLE_HOLDS_MICROS || timeStampMicros < (latest.get(pid) ?? 0n)) continue;
      latest.set(pid, timeStampMicros);
      known.busy.set(pid, { atMs: nowMs, share: Math.min(1, busyShare) });
    }
    for (const [pid, { atMs }] of known.busy) if (nowMs - atMs > SAMPLE_HOLDS_MS) known.busy.delete(pid);
  }

  /** Processes on this GPU with their memory. One may be in several lists, each time with all of its memory. */
  function processesOn(nvml: NvmlLibrary, { device }: NvmlGpu): NvmlAnswer<ReadonlyMap<number, number | null>> {
    const all = new Map<number, number | null>();
    for (const kind of LISTS) {
      const answer = nvml.processes(kind, device);
      if (!answer.ok) {
        if (answer.code === NVML.notSupported && kind !== 'compute') continue;
        return answer;
      }
      for (const { pid, vramBytes } of answer.value) {
        const known = all.get(pid) ?? null;
        all.set(pid, known === null ? vramBytes : Math.max(known, vramBytes ?? 0));
      }
    }
    return { ok: true, value: all };
  }

  function readUse(): Reading<readonly GpuUse[]> {
    const at = connection.state();
    if (at.kind === 'unknown') return at;
    if (at.kind === 'none') return NONE;
    if (at.kind === 'asleep') return { kind: 'known', source: SOURCE, value: [] }; // a GPU without power serves nobody
    const nowMs = context.monotonicMs();
    const isSampling = nowMs - sampledMs >= SAMPLES_EVERY_MS;
    if (isSampling) sampledMs = nowMs;
    const jobCgroups = options.jobCgroups();
    // A job's process may have been seen before its cgroup was told.
    if (jobCgroups.join('\0') !== foreignTo) foreign.clear();
    foreignTo = jobCgroups.join('\0');
    const uses: GpuUse[] = [];
    const stillForeign = new Map<number, string | null>();
    const stillOurs = new Set<number>();
    for (const gpu of at.gpus) {
      if (gpu.isAsleep()) continue;
      const processes = processesOn(at.nvml, gpu);
      if (!processes.ok) {
        const trouble = connection.refused(gpu, processes.code);
        if (trouble !== null) return trouble;
        continue;
      }
      const known = samplesOf(gpu);
      if (isSampling) takeSamples(at.nvml, gpu, known, nowMs);
      for (const [pid, vramBytes] of processes.value) {
        if (ours.has(pid) || (!foreign.has(pid) && isOurs(proc, pid, jobCgroups, options.agentPid))) {
          stillOurs.add(pid);
          continue;
        }
        const program = foreign.get(pid) ?? readWord(join(proc, String(pid), 'comm'));
        stillForeign.set(pid, program);
        const busyShare = known.isUnsure ? null : (known.busy.get(pid)?.share ?? 0);
        uses.push({ gpu: gpu.uuid, program, vramBytes, busyShare });
      }
    }
    ours = stillOurs;
    foreign = stillForeign;
    return { kind: 'known', source: SOURCE, value: perProgram(uses) };
  }

  function readTemperatures(): Reading<readonly Temperature[]> {
    const at = connection.state();
    if (at.kind === 'unknown') return at;
    if (at.kind === 'none') return NONE;
    if (at.kind === 'asleep') return { kind: 'absent', source: SOURCE, detail: 'Every NVIDIA GPU sleeps.' };
    const value: Temperature[] = [];
    for (const gpu of at.gpus) {
      if (gpu.isAsleep()) continue;
      const celsius = at.nvml.celsius(gpu.device);
      if (celsius.ok) value.push({ place: gpu.place, part: 'gpu', celsius: celsius.value, criticalC: gpu.slowdownC });
      else if (celsius.code !== NVML.notSupported) {
        const trouble = connection.refused(gpu, celsius.code);
        if (trouble !== null) return trouble;
      }
    }
    if (value.length === 0) return { kind: 'absent', source: SOURCE, detail: 'No NVIDIA GPU tells its temperature.' };
    return { kind: 'known', source: SOURCE, value };
  }

  function readDraw(): Reading<{ readonly watts: number }> {
    const at = connection.state();
    if (at.kind === 'unknown') return at;
    if (at.kind === 'none') return NONE;
    if (at.kind === 'asleep') return { kind: 'known', source: SOURCE, value: { watts: 0 } };
    let milliwatts = 0;
    for (const gpu of at.gpus) {
      if (gpu.isAsleep()) continue; // it draws next to nothing
      const answer = at.nvml.milliwatts(gpu.device);
      if (answer.ok) milliwatts += answer.value;
      else if (answer.code === NVML.notSupported)
        return { kind: 'absent', source: SOURCE, detail: 'This NVIDIA GPU does not tell what it draws.' };
      else {
        const trouble = connection.refused(gpu, answer.code);
        if (trouble !== null) return trouble;
      }
    }
    return { kind: 'known', source: SOURCE, value: { watts: milliwatts / 1_000 } };
  }

  function sensor<S extends SignalName>(
    signal: S,
    pace: 'brisk' | 'calm',
    everyMs: number,
    look: () => Reading<SignalValues[S]>,
  ): Sensor<S> {
    let reading: Reading<SignalValues[S]> | null = null;
    let lookedMs = Number.NEGATIVE_INFINITY;
    return {
      signal,
      source: SOURCE,
      pace,
      read() {
        const nowMs = context.monotonicMs();
        if (reading === null || reading.kind === 'unknown' || connection.state().kind === 'unknown' || nowMs - lookedMs >= everyMs) {
          lookedMs = nowMs;
          reading = look();
        }
        return reading;
      },
      close: () => undefined,
    };
  }

  return {
    gpu: sensor('gpu', 'brisk', 0, readUse),
    temperature: sensor('temperature', 'calm', TEMPERATURE_EVERY_MS, readTemperatures),
    draw: sensor('draw', 'calm', POWER_EVERY_MS, readDraw),
  };
}
