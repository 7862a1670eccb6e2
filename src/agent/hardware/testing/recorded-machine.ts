import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tempFolder } from '../../../lib/testing/temp-folder.ts';
import { NVML } from '../nvml/nvml-calls.ts';
import { nvmlPlayer } from './nvml-player.ts';
import type { NvmlAnswers, NvmlRecording } from './nvml-recording.ts';

/** A machine of the recordings folder. */
export type RecordingName =
  | 'rtx-4090-and-3060'
  | 'two-rtx-3090'
  | 'rx-7900-xtx'
  | 'arc-a770'
  | 'hybrid-laptop'
  | 'no-gpu'
  | 'one-lost'
  | 'nouveau'
  | 'mig';

/** A recording: what its kernel and NVIDIA's library said. */
export interface MachineRecording {
  /** By path below the root. */
  readonly files: Readonly<Record<string, string | number>>;
  /** Symbolic links, by path below the root. */
  readonly links: Readonly<Record<string, string>>;
  /** Null: the machine has no such library. */
  readonly nvml: NvmlRecording | null;
}

export interface MachineChange {
  /** Files below the root; null: gone, with all below it. */
  readonly files?: Readonly<Record<string, string | number | null>>;
  /** Where symbolic links below the root lead to. */
  readonly links?: Readonly<Record<string, string>>;
  /** Answers of single GPUs, by their index in the recording. */
  readonly gpus?: Readonly<Record<number, NvmlAnswers>>;
  /** Answers of the library itself. */
  readonly system?: NvmlAnswers;
}

export interface RecordedMachine {
  /** In place of `/`. */
  readonly root: string;
  /** Plays what NVML said on that machine, in any process that loads it; nothing is there where that machine had none. */
  readonly nvmlLibrary: string;
  /** From now on the machine says this, live. */
  set(change: MachineChange): void;
  /** The GPU at this PCI address falls off the bus (Xid 79): it is still listed, and answers nothing. */
  lose(busId: string): void;
  /** It answers again as it was recorded. */
  restore(busId: string): void;
  /** The GPU at this PCI address is pulled: it is listed no longer. */
  unplug(busId: string): void;
  [Symbol.dispose](): void;
}

/** Lays out a recorded machine in a folder of its own. The ones with NVIDIA's driver need gcc. */
export async function recordedMachine(name: RecordingName): Promise<RecordedMachine> {
  return layOut(readRecording(name));
}

export function readRecording(name: RecordingName): MachineRecording {
  const path = join(import.meta.dirname, 'recordings', `${name}.json`);
  return JSON.parse(readFileSync(path, 'utf8')) as MachineRecording; // beside this file, and ours
}

/** The same of a recording that a test has made itself. */
export function layOut(recording: MachineRecording): RecordedMachine {
  const root = tempFolder();
  let { nvml } = recording;
  const player = nvml === null ? null : nvmlPlayer(nvml);
  const write = (path: string, text: string | number): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${text}\n`);
  };
  for (const [path, text] of Object.entries(recording.files)) write(path, text);
  const link = (path: string, target: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    rmSync(join(root, path), { force: true });
    symlinkSync(target, join(root, path));
  };
  for (const [path, target] of Object.entries(recording.links)) link(path, target);

  function set({ files = {}, links = {}, gpus = {}, system = {} }: MachineChange): void {
    for (const [path, text] of Object.entries(files)) {
      if (text === null) rmSync(join(root, path), { recursive: true, force: true });
      else write(path, text);
    }
    for (const [path, target] of Object.entries(links)) link(path, target);
    if (nvml === null) return;
    nvml = { system: { ...nvml.system, ...system }, gpus: nvml.gpus.map((answers, index) => answers && { ...answers, ...gpus[index] }) };
    player?.play(nvml);
  }

  const indexOf = (busId: string): number => {
    const index =
      nvml?.gpus.findIndex((answers) =>
        JSON.stringify(answers?.nvmlDeviceGetPciInfo_v3 ?? '')
          .toLowerCase()
          .includes(busId),
      ) ?? -1;
    if (index < 0) throw new TypeError(`NVML lists no GPU at ${busId}`);
    return index;
  };

  return {
    root,
    nvmlLibrary: player?.path ?? join(root, 'no-libnvidia-ml.so.1'),
    set,
    lose(busId) {
      const refused = { refused: NVML.gpuIsLost };
      set({ gpus: { [indexOf(busId)]: { '*': refused, nvmlDeviceGetHandleByIndex_v2: refused } } });
    },
    restore(busId) {
      const index = indexOf(busId);
      if (nvml === null) return;
      nvml = { ...nvml, gpus: nvml.gpus.with(index, recording.nvml?.gpus[index] ?? null) };
      player?.play(nvml);
    },
    unplug(busId) {
      const folder = `sys/bus/pci/devices/${busId}`;
      if (nvml !== null) {
        const gone = indexOf(busId);
        nvml = { ...nvml, gpus: nvml.gpus.with(gone, null) };
        player?.play(nvml);
      }
      set({ files: { [folder]: null } });
    },
    [Symbol.dispose]() {
      rmSync(root, { recursive: true, force: true });
    },
  };
}
