import { basename, join } from 'node:path';
import type { GpuUse, Reading, Sensor, SensorContext } from '../../signals.ts';
import { busyShare, type DrmClient, parseFdinfo } from './drm-fdinfo.ts';
import { perProgram } from './gpu-uses.ts';
import { isOurs } from './our-processes.ts';
import { watchProcesses } from './process-watch.ts';
import { type KeptFile, keepFile, linkTarget, namesIn, readWord } from './system-files.ts';

const SOURCE = 'fdinfo';
/** Shares are taken over this long: long enough for a steady figure, short enough to notice a game within a second. */
const WINDOW_MS = 2_000;
const SAMPLE_EVERY_MS = 200;
const DEVICE_FOLDER = '/dev/dri/';

/** A process whose descriptors we may see. */
interface Process {
  /** All descriptors at the last look: only new ones are looked at. */
  fds: ReadonlySet<string>;
  /** Those that are GPUs, each with its fdinfo. Empty for processes of ours. */
  readonly gpus: Map<string, OpenGpu>;
  program: string | null;
  /** The jobs' cgroups among which it was looked for last: it may have been seen before its own was told. */
  notIn: string | null;
}

interface OpenGpu {
  readonly node: string;
  readonly file: KeptFile;
  /** What was read last, since an idle client says the same again. */
  said: { readonly text: string; readonly client: DrmClient | null } | null;
}

interface Sample {
  readonly atMs: number;
  readonly client: DrmClient;
}

export interface DrmClientsOptions {
  readonly jobCgroups: () => readonly string[];
  readonly agentPid: number;
}

/**
 * Who else uses AMD, Intel and nouveau GPUs, per program: the desktop itself as well, which is normal. The kernel shows descriptors of
 * this user's processes only (of all, to root); other users' games are told by the session's sensor. NVIDIA's own driver tells `nvml.ts`.
 */
export async function openDrmClients(context: SensorContext, options: DrmClientsOptions): Promise<Sensor<'gpu'> | null> {
  const proc = join(context.root, 'proc');
  const drm = join(context.root, 'sys/class/drm');
  const isNvidia = (node: string): boolean => basename(linkTarget(join(drm, node, 'device/driver')) ?? '') === 'nvidia';
  const cards = (namesIn(drm) ?? []).filter((name) => /^card\d+$/.test(name) && namesIn(join(drm, name, 'device')) !== null);
  if (cards.every(isNvidia)) return null;
  const samples = new Map<string, readonly Sample[]>();

  function inspect(pid: number, before: Process | null, thorough: boolean): Process | null {
    const folder = join(proc, String(pid));
    const names = namesIn(join(folder, 'fd'));
    if (names === null) return null;
    const process = before ?? { fds: new Set<string>(), gpus: new Map(), program: null, notIn: null };
    const fds = new Set(names);
    for (const fd of process.gpus.keys()) if (!fds.has(fd)) letGo(process, fd);
    for (const fd of names) {
      if (!thorough && process.fds.has(fd)) continue;
      const target = linkTarget(join(folder, 'fd', fd));
      const node = target?.startsWith(DEVICE_FOLDER) ? target.slice(DEVICE_FOLDER.length) : null;
      if (node === null || isNvidia(node)) letGo(process, fd);
      else if (!process.gpus.has(fd)) process.gpus.set(fd, { node, file: keepFile(join(folder, 'fdinfo', fd)), said: null });
    }
    process.fds = fds;
    if (process.gpus.size > 0) process.program = readWord(join(folder, 'comm'));
    const jobCgroups = options.jobCgroups();
    const among = jobCgroups.join('\0');
    if (process.gpus.size > 0 && (thorough || process.notIn !== among)) {
      const ours = isOurs(proc, pid, jobCgroups, options.agentPid);
      process.notIn = ours ? null : among;
      if (ours) forgetGpus(process);
    }
    return process;
  }

  const processes = watchProcesses<Process>({ procFolder: proc, inspect, matters: ({ gpus }) => gpus.size > 0, forget: forgetGpus });

  /** The client's use since the oldest of its samples within the window. */
  function shareOf(client: DrmClient, nowMs: number): number | null {
    const all = (samples.get(client.id) ?? []).filter(({ atMs }) => nowMs - atMs <= WINDOW_MS);
    const [oldest] = all;
    const newest = all.at(-1);
    samples.set(client.id, newest === undefined || nowMs - newest.atMs >= SAMPLE_EVERY_MS ? [...all, { atMs: nowMs, client }] : all);
    return oldest === undefined ? null : busyShare(oldest.client, client, nowMs - oldest.atMs);
  }

  function read(): Reading<readonly GpuUse[]> {
    const nowMs = context.monotonicMs();
    const uses: GpuUse[] = [];
    const counted = new Set<string>();
    for (const process of processes.refresh(nowMs).values()) {
      for (const [fd, gpu] of process.gpus) {
        const file = gpu.file.read();
        if (!file.ok) {
          letGo(process, fd);
          process.fds = new Set(); // whatever it is now is looked at again
          continue;
        }
        if (gpu.said?.text !== file.text) gpu.said = { text: file.text, client: parseFdinfo(file.text) };
        const { client } = gpu.said;
        const id = client?.id ?? `${gpu.node}/${process.program}`;
        if (counted.has(id)) continue;
        counted.add(id);
        const { program } = process;
        uses.push(
          client === null
            ? { gpu: gpu.node, program, vramBytes: null, busyShare: null } // an older kernel or driver: it is used, and no more is known
            : { gpu: client.gpu, program, vramBytes: client.vramBytes, busyShare: shareOf(client, nowMs) },
        );
      }
    }
    for (const id of samples.keys()) if (!counted.has(id)) samples.delete(id);
    return { kind: 'known', source: SOURCE, value: perProgram(uses) };
  }

  await processes.prepare(context.monotonicMs());
  return { signal: 'gpu', source: SOURCE, pace: 'brisk', read, close: () => processes.close() };
}

function letGo(process: Process, fd: string): void {
  process.gpus.get(fd)?.file.close();
  process.gpus.delete(fd);
}

function forgetGpus(process: Process): void {
  for (const fd of [...process.gpus.keys()]) letGo(process, fd);
}
