import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from '../../../lib/testing/temp-folder.ts';
import type { NvmlFunction } from '../nvml/nvml-calls.ts';
import { type NvmlRecording, playable, playerFunctions } from './nvml-recording.ts';

/** A library in place of NVIDIA's, for any process that loads it. */
export interface NvmlPlayer {
  readonly path: string;
  /** From the next call on it says this. */
  play(recording: NvmlRecording): void;
}

let compiled: string | null = null;

/** Needs gcc. `without`: functions that this driver is too old for. */
export function nvmlPlayer(recording: NvmlRecording, without: readonly NvmlFunction[] = []): NvmlPlayer {
  const folder = mkdtempSync(join(tempFolder(), 'nvml-'));
  const path = join(folder, 'libnvidia-ml.so.1');
  if (without.length > 0) compile(path, without);
  else {
    if (compiled === null) {
      compiled = join(tempFolder(), 'nvml-player.so');
      compile(compiled, []);
    }
    copyFileSync(compiled, path); // of its own: the dynamic linker tells libraries apart by their file
  }
  let played = 0;
  const play = (next: NvmlRecording): void => {
    played += 1;
    writeFileSync(`${path}.new`, playable(next));
    utimesSync(`${path}.new`, played, played); // in seconds: by which the player knows that it is another
    renameSync(`${path}.new`, `${path}.calls`);
  };
  play(recording);
  return { path, play };
}

function compile(path: string, without: readonly NvmlFunction[]): void {
  const folder = tempFolder();
  writeFileSync(join(folder, 'calls.h'), playerFunctions(without));
  const source = join(import.meta.dirname, 'nvml-player.c');
  execFileSync('gcc', ['-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-I', folder, '-o', path, source, '-ldl']);
}
