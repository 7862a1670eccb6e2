import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..', 'resources', 'sandbox', 'probes');

/** The program of "Check my sandbox" as it is committed: the machines it runs on have no compiler. */
export const PROBES_PROGRAM = join(folder, 'probes-x86-64');

/** Without a C library, and nothing in it that differs from one build to the next. */
const FLAGS = [
  ...['-std=gnu17', '-Os', '-Wall', '-Wextra', '-Werror', '-s'],
  ...['-static', '-nostdlib', '-nostartfiles', '-ffreestanding', '-fno-pie', '-no-pie'],
  // Each of these would call into the C library, or loop within our own memset.
  ...['-fno-stack-protector', '-fno-tree-loop-distribute-patterns', '-fcf-protection=none', '-fno-asynchronous-unwind-tables'],
  ...['-Wl,--build-id=none', '-Wl,-z,noseparate-code', '-Wl,-z,noexecstack'],
];

const sources = (): readonly string[] =>
  readdirSync(folder)
    .filter((name) => /\.[ch]$/.test(name))
    .toSorted();

/** SHA-256 of the sources, which the program holds, so that one of older sources is found out. */
export function probeSourcesDigest(): string {
  const hash = createHash('sha256');
  for (const name of sources()) {
    const text = readFileSync(join(folder, name));
    hash.update(`${name} ${text.length}\n`).update(text);
  }
  return `sha256:${hash.digest('hex')}`;
}

/** Compiles the probes by gcc, for x86-64. Throws what the compiler says. */
export function buildProbes(program: string): void {
  const files = sources().filter((name) => name.endsWith('.c'));
  execFileSync('gcc', [...FLAGS, `-DSOURCES_DIGEST="${probeSourcesDigest()}"`, '-o', program, ...files], { cwd: folder, stdio: 'pipe' });
}

// node build/probes.ts, after a change of the sources; needs gcc and the kernel's headers (Debian: gcc, linux-libc-dev).
if (import.meta.main) buildProbes(PROBES_PROGRAM);
