import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildSmallImage } from '../../e2e/road/small-image.ts';
import { openSandbox } from '../../src/agent/sandbox/sandbox.ts';
import { createLogger } from '../../src/lib/log.ts';
import { tempFolder } from '../../src/lib/testing/temp-folder.ts';
import { median, printFigures } from './_figures.ts';

/*
 * A job's container from nothing to started, through the sandbox (disk image, volumes, hardening, start), beside `docker run -d` with the
 * same flags and two plain named volumes, in interleaved rounds. Target: at most 1.15 times as long.
 */
const ROUNDS = 21;
const OWNER = 'bench';
const run = promisify(execFile);
const image = await buildSmallImage();
const folder = tempFolder();
const sandbox = openSandbox({ owner: OWNER, stateDir: join(folder, 'sandbox'), logger: createLogger('bench', 'warn') });
const never = new AbortController().signal;
const seccomp = join(import.meta.dirname, '..', '..', 'resources', 'sandbox', 'seccomp.json');

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

async function throughSandbox(round: number): Promise<number> {
  const leaseId = `bench${round}`;
  const tookMs = await timed(async () => {
    await sandbox.prepare(
      {
        leaseId,
        uid: 300_000 + round,
        image,
        command: ['node', '/app/job.mjs'],
        env: {},
        inputsTar: null,
        checkpoint: null,
        memoryBytes: 128 * 2 ** 20,
        diskBytes: 16 * 2 ** 20,
        cpus: 1,
      },
      never,
      () => undefined,
    );
    await sandbox.start(leaseId);
  });
  await sandbox.wipe(leaseId);
  return tookMs;
}

async function throughDocker(round: number): Promise<number> {
  const name = `nightshift-bench-peer-${round}`;
  const uid = `${400_000 + round}:${400_000 + round}`;
  const flags = [
    ...['--network', 'none', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--security-opt', `seccomp=${seccomp}`],
    ...['--read-only', '--ipc', 'private', '--memory', '128m', '--memory-swap', '128m', '--cpus', '1', '--pids-limit', '2048', '--init'],
    ...['--tmpfs', '/tmp:rw,noexec,nosuid,nodev,size=268435456', '--log-driver', 'local', '--user', uid],
    ...['--volume', `${name}-job:/job`, '--volume', `${name}-in:/in:ro`, '--label', `nightshift.worker=${OWNER}`],
  ];
  const tookMs = await timed(() => run('docker', ['run', '-d', '--name', name, ...flags, image, 'node', '/app/job.mjs']));
  await run('docker', ['rm', '-f', name]);
  await run('docker', ['volume', 'rm', `${name}-job`, `${name}-in`]);
  return tookMs;
}

const ours: number[] = [];
const peers: number[] = [];
await throughSandbox(0);
await throughDocker(0);
for (let round = 1; round <= ROUNDS; round++) {
  ours.push(await throughSandbox(round));
  peers.push(await throughDocker(round));
}
const ratio = median(ours) / median(peers);
printFigures([
  { name: 'container start', value: median(ours), unit: 'ms', peer: median(peers), ratio, target: '<= 1.15', holds: ratio <= 1.15 },
]);
