import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLogger } from '../../lib/log.ts';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import { findSocketPath } from './engine.ts';
import { openSandbox } from './sandbox.ts';
import { importHostImage } from './testing/host-image.ts';

const hasCompiler = process.platform === 'linux' && spawnSync('gcc', ['--version']).status === 0;
const docker = new Docker({ socketPath: findSocketPath() });
const leaseId = `lease_${randomBytes(6).toString('hex')}`;
const never = new AbortController().signal;

describe.skipIf(!hasCompiler)('a job that does what frameworks do (needs gcc)', () => {
  const sandbox = openSandbox({
    owner: `test-${randomBytes(6).toString('hex')}`,
    stateDir: tempFolder(),
    logger: createLogger('test', 'silent'),
  });
  let image: string | null = null;
  let lines: readonly string[] = [];

  beforeAll(async () => {
    image = await importHostImage(docker, { '/usr/bin/workloads': compiled(), ...compilerFiles() });
    await sandbox.prepare(
      {
        leaseId,
        uid: 210_001,
        image,
        command: ['workloads'],
        env: {},
        inputsTar: null,
        checkpoint: null,
        memoryBytes: 256 * 2 ** 20,
        diskBytes: 32 * 2 ** 20,
        cpus: 2,
        gpu: null,
        network: { kind: 'none' },
      },
      never,
      () => undefined,
    );
    await sandbox.start(leaseId);
    await sandbox.waitForExit(leaseId, never);
    const chunks: Buffer[] = [];
    for await (const chunk of sandbox.log(leaseId, never)) chunks.push(chunk);
    lines = Buffer.concat(chunks).toString().split('\n');
  });
  afterAll(async () => {
    await sandbox.wipe(leaseId);
    if (image !== null) await docker.getImage(image).remove({ force: true });
  });

  test.each([
    ['compiles C in its scratch folder and loads the result, like torch.compile and Triton', 'compiler'],
    ['runs a program that it has written there', 'executable scratch'],
    ['makes code in memory, like oneDNN and LLVM', 'code in memory'],
    ['chooses the memory node of its buffers, like libnuma, NCCL and vLLM', 'NUMA policy'],
    ['and can move no pages by process', 'NUMA stays closed'],
    ['shares 96 MiB of its 256 through /dev/shm, like DataLoader', 'shared memory'],
    ['has named and System V semaphores, like multiprocessing and MPI', 'semaphores'],
    ['starts 512 threads with stacks of 64 MiB, like OpenMP on a large machine', 'many threads'],
    ['reserves a tebibyte, asks for huge pages and locks memory, like CUDA and llama.cpp', 'address space'],
    ['passes a descriptor to another process, like NCCL', 'passed descriptor'],
    ['meets its other processes on loopback and at Unix sockets, like torch.distributed', 'local sockets'],
    ['sees the processors and stays on one, like llama.cpp', 'processors'],
    ['starts processes and waits for them by descriptor', 'children'],
  ])('%s', (_what, name) => {
    expect(lines, lines.join('\n')).toContain(`ok ${name}`);
  });
});

function compiled(): string {
  const program = join(tempFolder(), 'workloads');
  const source = join(import.meta.dirname, 'testing/workloads.c');
  execFileSync('gcc', ['-O1', '-Wall', '-Werror', '-pthread', '-o', program, source, '-ldl', '-lrt']);
  return program;
}

/** The parts of gcc that make a library of C without headers. */
function compilerFiles(): Readonly<Record<string, string>> {
  const where = (name: string): string => {
    const said = execFileSync('gcc', [`-print-prog-name=${name}`], { encoding: 'utf8' }).trim();
    return said.startsWith('/') ? said : `/usr/bin/${said}`;
  };
  const parts = [where('cc1'), where('collect2'), where('as'), where('ld')];
  return { '/usr/bin/gcc': '/usr/bin/gcc', ...Object.fromEntries(parts.map((path) => [path, path])) };
}
