import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import Docker from 'dockerode';
import tar from 'tar-stream';
import { afterAll, expect, test } from 'vitest';
import { findSocketPath } from '../../agent/sandbox/engine.ts';
import { buildImage } from './build-image.ts';

const docker = new Docker({ socketPath: findSocketPath() });
const contextDir = mkdtempSync(join(tmpdir(), 'nightshift-context-'));
const made = new Set<string>();

afterAll(async () => {
  for (const id of made) await docker.getImage(id).remove({ force: true });
  rmSync(contextDir, { recursive: true });
});

async function build(): Promise<string> {
  const { imageId, sizeBytes } = await buildImage({ contextDir, onProgress: () => undefined, signal: new AbortController().signal });
  made.add(imageId);
  expect(sizeBytes).toBeGreaterThan(50 * 2 ** 20);
  return imageId;
}

test('a folder becomes an image that runs on our Node without what is to be left out, and is built once', async () => {
  mkdirSync(join(contextDir, 'withheld/deep'), { recursive: true });
  writeFileSync(join(contextDir, 'withheld/deep/rows.json'), '[]');
  writeFileSync(join(contextDir, '.nightshiftignore'), '# secrets\nwithheld/\n*.test.ts\n');
  writeFileSync(join(contextDir, 'a.test.ts'), '');
  writeFileSync(
    join(contextDir, 'main.mjs'),
    'import { readdirSync } from "node:fs";\nconsole.log(process.version, readdirSync("/app").join());\n',
  );

  const first = await build();
  expect(await build()).toBe(first);

  // A stranger's image that claims the same content.
  const { Labels } = (await docker.getImage(first).inspect()).Config;
  await docker.getImage(first).remove({ force: true });
  made.delete(first);
  const pack = tar.pack();
  pack.entry({ name: 'evil' }, 'x');
  pack.finalize();
  const content = `LABEL nightshift.content=${Labels?.['nightshift.content']}`;
  const said = await text(await docker.importImage(Readable.from(pack), { changes: [content] }));
  const evil = /sha256:[0-9a-f]{64}/.exec(said)?.[0] ?? '';
  made.add(evil);
  const imageId = await build();
  expect(imageId).not.toBe(evil);

  const labels = { 'nightshift.managed': '1' };
  const container = await docker.createContainer({
    Image: imageId,
    Cmd: ['node', '/app/main.mjs'],
    Tty: true,
    Labels: labels,
    HostConfig: { NetworkMode: 'none' },
  });
  try {
    await container.start();
    expect((await text(await container.logs({ follow: true, stdout: true }))).trim()).toBe(`${process.version} main.mjs`);
  } finally {
    await container.remove({ force: true });
  }

  writeFileSync(join(contextDir, 'main.mjs'), '// another');
  expect(await build()).not.toBe(imageId);
});
