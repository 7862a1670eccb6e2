import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import tar from 'tar-stream';
import { afterAll, expect, test } from 'vitest';
import { connectEngine, findSocketPath } from '../engine.ts';
import { dropOtherLocalImages, findLocalImage, importLocalImage } from './local-image.ts';

const engine = connectEngine(findSocketPath());
const name = `test-${randomBytes(4).toString('hex')}`;
const made = new Set<string>();

afterAll(async () => {
  for (const id of made) await engine.find((docker) => docker.getImage(id).remove({ force: true }));
});

const contentOf = (word: string): string =>
  `sha256:${createHash('sha256')
    .update(name + word)
    .digest('hex')}`;

async function make(word: string): Promise<string> {
  const files = [{ path: 'word', executable: false, content: { kind: 'text', text: word } }] as const;
  const recipe = { kind: 'egress', name, content: contentOf(word), files, mountPoints: [], changes: [] } as const;
  const { imageId } = await importLocalImage(engine, recipe, new AbortController().signal, () => undefined);
  made.add(imageId);
  return imageId;
}

/** An image that bears our labels and no tag of ours, as one that was pulled by digest. */
async function makeStrangers(content: string): Promise<string> {
  const pack = tar.pack();
  pack.entry({ name: 'evil' }, name);
  pack.finalize();
  const changes = [`LABEL nightshift.managed=1 nightshift.image=egress nightshift.content=${content}`];
  const said = await text(await engine.ask((docker) => docker.importImage(Readable.from(pack), { changes })));
  const id = /sha256:[0-9a-f]{64}/.exec(said)?.[0] ?? '';
  made.add(id);
  return id;
}

test('an image made here is found by what it is made of, and removed when it is old; one that only says so is neither found nor removed', async () => {
  const strangers = await makeStrangers(contentOf('new'));
  expect(await findLocalImage(engine, 'egress', contentOf('new'))).toBeNull();
  const older = await make('old');
  const newer = await make('new');
  expect((await findLocalImage(engine, 'egress', contentOf('new')))?.imageId).toBe(newer);
  expect(await findLocalImage(engine, 'built', contentOf('new'))).toBeNull();

  const exists = async (id: string): Promise<boolean> => (await engine.find((docker) => docker.getImage(id).inspect())) !== null;
  await dropOtherLocalImages(engine, 'egress', contentOf('new'));
  expect([await exists(older), await exists(newer), await exists(strangers)]).toEqual([true, true, true]);
  await dropOtherLocalImages(engine, 'egress', contentOf('new'), Date.now() + 2 * 60 * 60_000);
  expect([await exists(older), await exists(newer), await exists(strangers)]).toEqual([false, true, true]);
});
