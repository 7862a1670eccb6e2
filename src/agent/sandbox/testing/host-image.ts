import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type Docker from 'dockerode';
import tar from 'tar-stream';

/**
 * An image of files of this machine, by their path in the image, with the shared libraries that they need; made without a registry.
 * Returns its id.
 */
export async function importHostImage(docker: Docker, files: Readonly<Record<string, string>>): Promise<string> {
  const pack = tar.pack();
  const libraries = new Set(Object.values(files).flatMap(librariesOf));
  for (const folder of ['tmp/', 'usr/', 'usr/bin/']) pack.entry({ name: folder, type: 'directory', mode: 0o755 });
  for (const [path, source] of Object.entries(files)) pack.entry({ name: path.slice(1), mode: 0o755 }, readFileSync(realpathSync(source)));
  for (const library of libraries) pack.entry({ name: library.slice(1), mode: 0o755 }, readFileSync(library));
  pack.finalize();
  const answer = await docker.importImage(Readable.from(pack), {
    changes: ['LABEL nightshift.managed=1 nightshift.image=test', 'ENV PATH=/usr/bin'],
  });
  const id = /sha256:[0-9a-f]{64}/.exec(await text(answer))?.[0];
  if (id === undefined) throw new Error('the engine made no image');
  return id;
}

function librariesOf(program: string): readonly string[] {
  const said = execFileSync('ldd', [program], { encoding: 'utf8' });
  return [...said.matchAll(/(\/\S+) \(0x/g)].map(([, library = '']) => library);
}
