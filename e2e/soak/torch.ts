import { execFile } from 'node:child_process';
import {
  createWriteStream,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import tar from 'tar-stream';
import { findSocketPath } from '../../src/agent/sandbox/engine.ts';
import { openSandbox } from '../../src/agent/sandbox/sandbox.ts';
import { readContainerResult } from '../../src/cli/benchmark/container-result.ts';
import { installDir } from '../../src/cli/home.ts';
import { createLogger } from '../../src/lib/log.ts';

// npm run soak -- torch: Debian's PyTorch trains on the processor, then runs examples/benchmark-torch, each in a container that the sandbox made as
// it makes a job's. Needs Debian, root, the engine, 260 MB from Debian's mirror and 4 GB of disk, and leaves nothing. Exit code 1 when one of them
// did not end with 0, or the benchmark's result does not keep its contract or has a wrong figure.
const run = promisify(execFile);
const docker = new Docker({ socketPath: findSocketPath() });
const folder = mkdtempSync(join(tmpdir(), 'nightshift-torch-'));
const signal = new AbortController().signal;
let startedMs = performance.now();
const done = (what: string): void => {
  console.log(`${what}: ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
  startedMs = performance.now();
};

/** Downloads python3-torch with all that it depends on, as if nothing were installed here. Returns the packages' paths. */
async function downloadPackages(): Promise<readonly string[]> {
  const archives = join(folder, 'archives');
  mkdirSync(join(archives, 'partial'), { recursive: true });
  const status = join(folder, 'status');
  writeFileSync(status, '');
  const options = [
    `Dir::State::status=${status}`,
    `Dir::Cache::archives=${archives}`,
    'APT::Install-Recommends=false',
    'APT::Sandbox::User=root',
  ];
  const args = [...options.flatMap((option) => ['-o', option]), '--download-only', '--yes', 'install', 'python3-torch'];
  await run('apt-get', args, { maxBuffer: 2 ** 24 });
  return readdirSync(archives)
    .filter((name) => name.endsWith('.deb'))
    .map((name) => join(archives, name));
}

/** Unpacks without installing: no script of a package runs, so what one of them would link is linked here. */
async function unpack(packages: readonly string[]): Promise<string> {
  const root = join(folder, 'root');
  mkdirSync(root);
  for (const path of packages) await run('dpkg-deb', ['-x', path, root]);
  for (const name of ['blas', 'lapack']) {
    for (const library of globSync(`usr/lib/*/${name}/lib${name}.so.3`, { cwd: root })) {
      symlinkSync(`${name}/lib${name}.so.3`, join(root, dirname(dirname(library)), `lib${name}.so.3`));
    }
  }
  return root;
}

async function importImage(root: string): Promise<string> {
  const archive = join(folder, 'image.tar');
  await run('tar', ['-c', '-C', root, '-f', archive, '.']);
  const changes = ['--change', 'LABEL nightshift.managed=1 nightshift.image=test', '--change', 'ENV PATH=/usr/bin'];
  const { stdout } = await run('docker', ['import', ...changes, archive]);
  return stdout.trim();
}

async function packProgram(program: string): Promise<string> {
  const path = join(folder, 'inputs.tar');
  const pack = tar.pack();
  pack.entry({ name: 'program.py' }, readFileSync(program));
  pack.finalize();
  await pipeline(pack, createWriteStream(path));
  return path;
}

const sandbox = openSandbox({ owner: 'soak-torch', stateDir: join(folder, 'state'), logger: createLogger('soak', 'warn') });

/** Runs a program as a job's and brings back what it left at `outputs`, as a tar; null where it did not end with 0. */
async function runJob(image: string, leaseId: string, program: string, outputs: readonly string[]): Promise<string | null> {
  const spec = {
    leaseId,
    uid: 220_001,
    image,
    command: ['python3', '/in/program.py'],
    env: {},
    inputsTar: await packProgram(program),
    checkpoint: null,
    memoryBytes: 2 ** 30,
    diskBytes: 64 * 2 ** 20,
    cpus: 2,
    gpu: null,
    network: { kind: 'none' },
  } as const;
  try {
    await sandbox.prepare(spec, signal, () => undefined);
    await sandbox.start(leaseId);
    const end = await sandbox.waitForExit(leaseId, signal);
    for await (const chunk of sandbox.log(leaseId, signal)) process.stdout.write(chunk);
    console.log(JSON.stringify(end));
    if (end.kind !== 'exited' || end.exitCode !== 0) return null;
    const collected = join(folder, `${leaseId}.tar`);
    await sandbox.collect(leaseId, outputs, collected, 2 ** 20, signal);
    return collected;
  } finally {
    await sandbox.wipe(leaseId);
  }
}

/** Whether the benchmark left a result that keeps its contract, and every figure of it was found right. */
async function checkBenchmark(collected: string): Promise<boolean> {
  await run('tar', ['-x', '-C', folder, '-f', collected]);
  const { framework, device, figures, errors } = readContainerResult(folder);
  console.log(JSON.stringify({ framework, device, errors }));
  return figures.length >= 3 && figures.every(({ verified }) => verified);
}

let image: string | null = null;
try {
  const packages = await downloadPackages();
  done(`downloaded ${packages.length} packages`);
  const root = await unpack(packages);
  done('unpacked');
  image = await importImage(root);
  const { Size } = await docker.getImage(image).inspect();
  done(`imported ${Math.round(Size / 1e6)} MB`);
  const trained = await runJob(image, 'lease_torch', join(import.meta.dirname, 'torch-train.py'), []);
  done('trained');
  const measured = await runJob(image, 'lease_torch_benchmark', join(installDir, 'examples', 'benchmark-torch', 'benchmark.py'), [
    'benchmark.json',
  ]);
  done('measured');
  process.exitCode = trained !== null && measured !== null && (await checkBenchmark(measured)) ? 0 : 1;
} finally {
  if (image !== null) await docker.getImage(image).remove({ force: true });
  rmSync(folder, { recursive: true });
}
