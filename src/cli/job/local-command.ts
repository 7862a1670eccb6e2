import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, dirname } from 'node:path';
import { ProblemError } from '../../contract/model/problem.ts';

/** The folders that `prepare` and `verify` are told of. */
export interface LocalFolders {
  readonly inputs: string;
  readonly outputs: string;
  readonly work: string;
}

/** Runs a renter's own command here, in the job file's folder, with this program's Node first on the PATH. Returns its exit code. */
export async function runLocally(words: readonly string[], folder: string, folders: LocalFolders, signal: AbortSignal): Promise<number> {
  const [program = '', ...args] = words;
  const child = spawn(program, args, {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
    signal,
    env: {
      ...process.env,
      PATH: [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter),
      NIGHTSHIFT_INPUTS: folders.inputs,
      NIGHTSHIFT_OUTPUTS: folders.outputs,
      NIGHTSHIFT_WORK: folders.work,
    },
  });
  try {
    const [code] = await once(child, 'exit');
    return typeof code === 'number' ? code : 1;
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ProblemError(
      'malformed-job-file',
      `The command \`${words.join(' ')}\` could not be started.`,
      'Correct it in the job file.',
      { cause: error },
    );
  }
}
