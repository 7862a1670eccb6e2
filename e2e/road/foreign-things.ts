import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Docker from 'dockerode';
import { findSocketPath } from '../../src/agent/sandbox/engine.ts';
import { importBashImage } from '../../src/agent/sandbox/testing/bash-image.ts';
import { tempFolder } from '../../src/lib/testing/temp-folder.ts';
import { run } from './machine.ts';

/** What is not ours and looks as if it were: the engine's and the kernel's things of other people on the same machine. */
export interface ForeignThings extends AsyncDisposable {
  /** All that the engine and the kernel say of them, by name. */
  look(): Promise<Readonly<Record<string, string>>>;
}

const FILTERS = ['iptables', 'ip6tables'] as const;

/** Places them: some with our names and no label of ours, some with the labels of another worker, and loop devices and rules beside. */
export async function placeForeignThings(): Promise<ForeignThings> {
  const mark = `foreign-${randomUUID().slice(0, 8)}`;
  const name = `nightshift-${mark}`;
  const others = ['nightshift.managed=1', 'nightshift.worker=another-worker', `nightshift.lease=${mark}`, 'nightshift.part=job'];
  const labels = others.flatMap((label) => ['--label', label]);
  const folder = tempFolder();
  const disk = join(folder, 'sandbox', 'disks', `${name}-job.ext4`);
  const image = await importBashImage(new Docker({ socketPath: findSocketPath() }), [`LABEL foreign=${mark}`]);
  const rule = ['INPUT', '-i', 'ns-foreign', '-m', 'comment', '--comment', name, '-j', 'ACCEPT'];

  await using placed = new AsyncDisposableStack();
  const place = async (make: readonly string[], remove: readonly string[]): Promise<string> => {
    const [program = '', ...args] = make;
    const { stdout } = await run(program, args);
    placed.defer(async () => {
      const [undo = '', ...undoArgs] = remove;
      await run(undo, undoArgs);
    });
    return stdout.trim();
  };
  await place(['docker', 'tag', image, `${name}:latest`], ['docker', 'rmi', '--force', image]);
  await place(['docker', 'network', 'create', ...labels, '--internal', name], ['docker', 'network', 'rm', name]);
  await place(['docker', 'network', 'create', '--internal', `${name}-net`], ['docker', 'network', 'rm', `${name}-net`]);
  await place(['docker', 'volume', 'create', ...labels, `${name}-job`], ['docker', 'volume', 'rm', `${name}-job`]);
  await place(['docker', 'volume', 'create', `${name}-in`], ['docker', 'volume', 'rm', `${name}-in`]);
  const running = ['--network', name, '--volume', `${name}-job:/job`, image, 'sleep', 'infinity'];
  await place(['docker', 'run', '-d', '--name', name, ...running], ['docker', 'rm', '--force', name]);
  await place(['docker', 'run', '-d', '--name', `${name}.proxy`, ...labels, ...running], ['docker', 'rm', '--force', `${name}.proxy`]);
  await place(['docker', 'create', '--name', `${name}.filler`, ...labels, image, 'sleep'], ['docker', 'rm', '--force', `${name}.filler`]);
  mkdirSync(join(folder, 'sandbox', 'disks'), { recursive: true });
  writeFileSync(disk, mark);
  truncateSync(disk, 2 ** 20);
  const { stdout } = await run('losetup', ['--find', '--show', disk]);
  const device = stdout.trim();
  placed.defer(async () => {
    await run('losetup', ['--detach', device]);
  });
  for (const filter of FILTERS) await place([filter, '-w', '-A', ...rule], [filter, '-w', '-D', ...rule]);

  /** What a program says; of what is gone, that it is. */
  const said = (program: string, ...args: readonly string[]): Promise<string> => run(program, args).then(({ stdout }) => stdout, String);
  const kept = placed.move();
  return {
    async look() {
      const seen: Record<string, string> = {
        disk: readFileSync(disk, 'latin1'),
        loop: await said('losetup', '--list', '--noheadings', device),
      };
      for (const each of [name, `${name}.proxy`, `${name}.filler`])
        seen[`container ${each}`] = await said('docker', 'inspect', '--type', 'container', each);
      for (const each of [`${name}-job`, `${name}-in`]) seen[`volume ${each}`] = await said('docker', 'volume', 'inspect', each);
      for (const each of [name, `${name}-net`]) seen[`network ${each}`] = await said('docker', 'network', 'inspect', each);
      seen.image = await said('docker', 'inspect', '--type', 'image', `${name}:latest`);
      for (const filter of FILTERS) {
        const rules = (await said(filter, '-w', '-S')).split('\n');
        seen[filter] = rules.filter((line) => line.includes(name)).join('\n');
      }
      return seen;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
