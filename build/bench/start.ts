import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import tar from 'tar-stream';
import { buildSmallImage } from '../../e2e/road/small-image.ts';
import { findSocketPath } from '../../src/agent/sandbox/engine.ts';
import { openSandbox } from '../../src/agent/sandbox/sandbox.ts';
import { createLogger } from '../../src/lib/log.ts';
import { tempFolder } from '../../src/lib/testing/temp-folder.ts';
import { benchmark } from './_benchmark.ts';
import { type Figure, median } from './_figures.ts';

/*
 * A job's container from nothing to started, through the sandbox as the agent does it (wipe, image check, disk image, volumes, hardening,
 * start), beside what takes the same flags and two plain named volumes: `docker run -d`, and the engine's own calls create and start
 * without a program to be loaded. With 1 MB of inputs the peers are `docker create`, `docker cp` into the volume, `docker start`, and
 * the same calls: their inputs are not read-only, which would take them a container more. Interleaved rounds in a rotating order.
 */
const ROUNDS = 21;
const OWNER = `bench-${randomBytes(4).toString('hex')}`;
const MAX_RATIO = 1.15;
const MEMORY_BYTES = 128 * 2 ** 20;
const SHM_BYTES = 256 * 2 ** 20;
/** A tenth of what the settings allow a job, so that it fits on any machine. */
const DISK_BYTES = 2 ** 30;
const COMMAND = ['node', '/app/job.mjs'] as const;
const TMPFS = 'rw,noexec,nosuid,nodev,size=268435456';
const SECCOMP = join(import.meta.dirname, '..', '..', 'resources', 'sandbox', 'seccomp.json');
const LABEL = 'nightshift.worker';

const run = promisify(execFile);
const docker = new Docker({ socketPath: findSocketPath() });

interface Round {
  readonly name: string;
  readonly uid: number;
  readonly inputsTar: string | null;
}
/** Brings a container from nothing to started; `clear` takes it away again, outside the measured time. */
interface Way {
  readonly start: (round: Round) => Promise<void>;
  readonly clear: (round: Round) => Promise<void>;
}

function ways(image: string, folder: string): Readonly<Record<'ours' | 'cli' | 'api', Way>> {
  const sandbox = openSandbox({ owner: OWNER, stateDir: join(folder, 'sandbox'), logger: createLogger('bench', 'warn') });
  const seccomp = JSON.stringify(JSON.parse(readFileSync(SECCOMP, 'utf8')));
  const never = new AbortController().signal;

  const clear = async ({ name }: Round): Promise<void> => {
    await docker.getContainer(name).remove({ force: true, v: true });
    for (const part of ['job', 'in']) await docker.getVolume(`${name}-${part}`).remove();
  };
  return {
    ours: {
      start: async ({ name, uid, inputsTar }) => {
        const limits = { memoryBytes: MEMORY_BYTES, diskBytes: DISK_BYTES, cpus: 1, gpu: null, network: { kind: 'none' } } as const;
        const spec = { leaseId: name, uid, image, command: COMMAND, env: {}, inputsTar, checkpoint: null, ...limits };
        await sandbox.prepare(spec, never, () => undefined);
        await sandbox.start(name);
      },
      clear: ({ name }) => sandbox.wipe(name),
    },
    cli: {
      start: async ({ name, uid, inputsTar }) => {
        const flags = [
          ...['--network', 'none', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--security-opt', `seccomp=${SECCOMP}`],
          ...['--read-only', '--ipc', 'private', '--cgroupns', 'private', '--init', '--log-driver', 'local', '--oom-score-adj', '500'],
          ...['--memory', `${MEMORY_BYTES}b`, '--memory-swap', `${MEMORY_BYTES}b`, '--shm-size', `${SHM_BYTES}b`, '--pids-limit', '2048'],
          ...['--cpus', '1', '--cpu-shares', '2', '--tmpfs', `/tmp:${TMPFS}`, '--user', `${uid}:${uid}`, '--label', `${LABEL}=${OWNER}`],
          ...['--volume', `${name}-job:/job`, '--volume', `${name}-in:/in${inputsTar === null ? ':ro' : ''}`, '--name', name],
        ];
        if (inputsTar === null) {
          await run('docker', ['run', '-d', ...flags, image, ...COMMAND]);
          return;
        }
        await run('docker', ['create', ...flags, image, ...COMMAND]);
        await run('sh', ['-c', 'docker cp - "$0:/in" < "$1"', name, inputsTar]);
        await run('docker', ['start', name]);
      },
      clear,
    },
    api: {
      start: async ({ name, uid, inputsTar }) => {
        const container = await docker.createContainer({
          name,
          Image: image,
          Cmd: [...COMMAND],
          User: `${uid}:${uid}`,
          Labels: { [LABEL]: OWNER },
          HostConfig: {
            NetworkMode: 'none',
            CapDrop: ['ALL'],
            SecurityOpt: ['no-new-privileges', `seccomp=${seccomp}`],
            ReadonlyRootfs: true,
            IpcMode: 'private',
            ...{ CgroupnsMode: 'private' }, // of API 1.41; dockerode's types lack it
            Init: true,
            LogConfig: { Type: 'local', Config: {} },
            OomScoreAdj: 500,
            Memory: MEMORY_BYTES,
            MemorySwap: MEMORY_BYTES,
            ShmSize: SHM_BYTES,
            PidsLimit: 2048,
            NanoCpus: 1e9,
            CpuShares: 2,
            Tmpfs: { '/tmp': TMPFS },
            Binds: [`${name}-job:/job`, `${name}-in:/in${inputsTar === null ? ':ro' : ''}`],
          },
        });
        if (inputsTar !== null) await container.putArchive(createReadStream(inputsTar), { path: '/in' });
        await container.start();
      },
      clear,
    },
  };
}

/** A megabyte that no compression makes smaller, in 16 files. */
async function packInputs(path: string): Promise<string> {
  const pack = tar.pack();
  for (let index = 0; index < 16; index++) pack.entry({ name: `part-${index}` }, randomBytes(2 ** 16));
  pack.finalize();
  await pipeline(Readable.from(pack), createWriteStream(path));
  return path;
}

async function measure(signal: AbortSignal): Promise<readonly Figure[]> {
  const folder = tempFolder();
  const each = Object.entries(ways(await buildSmallImage(), folder));
  const inputs = { 'without inputs': null, 'with 1 MB of inputs': await packInputs(join(folder, 'inputs.tar')) };
  const tookMs = new Map<string, number[]>();
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [situation, inputsTar] of Object.entries(inputs)) {
      const order = [...each.slice(round % each.length), ...each.slice(0, round % each.length)];
      for (const [index, [way, { start, clear }]] of order.entries()) {
        const given = { name: `${OWNER}-${way}-${round}`, uid: 300_000 + round * each.length + index, inputsTar };
        signal.throwIfAborted();
        const startedMs = performance.now();
        await start(given);
        const ms = performance.now() - startedMs;
        await clear(given);
        const key = `${way} ${situation}`;
        if (round > 0) tookMs.set(key, [...(tookMs.get(key) ?? []), ms]); // the first round warms up
      }
    }
  }
  const middle = (way: string, situation: string): number => median(tookMs.get(`${way} ${situation}`) ?? []);
  return Object.keys(inputs).flatMap((situation) => {
    const value = middle('ours', situation);
    const beside = (words: string, peer: number, target: number | null): Figure => ({
      name: `container start ${situation}, beside ${words}`,
      value,
      unit: 'ms',
      peer,
      ratio: value / peer,
      target: target === null ? null : `<= ${target}`,
      holds: target === null ? null : value / peer <= target,
    });
    return [
      beside('the docker program', middle('cli', situation), MAX_RATIO),
      beside("the engine's bare calls", middle('api', situation), null),
    ];
  });
}

await benchmark(['docker', 'losetup'], measure);
