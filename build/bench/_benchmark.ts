import { accessSync, constants as file } from 'node:fs';
import { constants as system } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Figure, printFigures } from './_figures.ts';

/** A program that a benchmark runs, and what brings it. */
const SOURCES = {
  docker: "Docker Engine (`npm start` installs it, or Debian's docker.io)",
  losetup: "Debian's mount",
  unshare: "Debian's util-linux",
  Xvfb: "Debian's xvfb",
  openbox: "Debian's openbox",
  boinc: "Debian's boinc-client",
  boinccmd: "Debian's boinc-client",
} as const;
export type Program = keyof typeof SOURCES;

function isThere(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), file.X_OK);
      return true;
    } catch {
      return false; // not in this folder
    }
  });
}

/** What stands against the benchmark on this machine, each with what to do about it; empty: nothing. */
function missing(programs: readonly Program[]): readonly string[] {
  const lacking = programs
    .filter((program) => !isThere(program))
    .map((program) => `${program} is not installed: it comes with ${SOURCES[program]}.`);
  const isRoot = process.getuid?.() === 0;
  return process.platform === 'linux' && isRoot ? lacking : ['This benchmark runs on Linux, as root.', ...lacking];
}

/**
 * Measures and prints the figures where this machine has the programs. SIGINT and SIGTERM fire the signal: `measure` ends by throwing, and
 * whatever it holds by `await using` is stopped.
 */
export async function benchmark(programs: readonly Program[], measure: (signal: AbortSignal) => Promise<readonly Figure[]>): Promise<void> {
  const lacking = missing(programs);
  if (lacking.length > 0) {
    for (const line of lacking) console.error(line);
    process.exitCode = 1;
    return;
  }
  const stop = new AbortController();
  let stoppedBy: 'SIGINT' | 'SIGTERM' | null = null;
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => {
      stoppedBy ??= name; // the terminal and npm may both say it
      stop.abort();
    });
  try {
    printFigures(await measure(stop.signal));
  } catch (error) {
    if (stoppedBy === null) throw error;
    console.error('Stopped before the end; nothing is left running.');
    process.exitCode = 128 + system.signals[stoppedBy];
  }
}
