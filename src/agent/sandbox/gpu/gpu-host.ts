import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { GpuHost } from './gpu-support.ts';

const TOOLKIT_PROGRAMS = ['nvidia-container-cli', 'nvidia-ctk'];
const ANSWER_MS = 5_000;

/** Asks this host for NVIDIA GPUs and the toolkit that gives them to containers. `root` is / but in tests. */
export async function askGpuHost(root: string, programs: readonly string[] = TOOLKIT_PROGRAMS): Promise<GpuHost | null> {
  const isWsl = existsSync(join(root, 'dev/dxg'));
  if (process.platform !== 'linux' || (!isWsl && !existsSync(join(root, 'dev/nvidiactl')))) return null;
  const answers = await Promise.all(programs.map(versionOf));
  return { isWsl, toolkitAnswers: answers.filter((answer) => answer !== null) };
}

/** Null where the program is not installed; what it says where it fails, which names no version and is refused as such. */
async function versionOf(program: string): Promise<string | null> {
  try {
    return (await promisify(execFile)(program, ['--version'], { timeout: ANSWER_MS })).stdout;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? null : '';
  }
}
