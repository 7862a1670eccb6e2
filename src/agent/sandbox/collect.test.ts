import { existsSync } from 'node:fs';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { join } from 'node:path';
import tar from 'tar-stream';
import { expect, test } from 'vitest';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import { collectFolder, createBudget, distinctOutputs } from './collect.ts';
import type { Engine } from './engine.ts';

test('each output is brought back once, though asked for twice or within another', () => {
  expect(distinctOutputs(['model.json', './model.json', 'logs/', 'logs/a.txt', 'logs2'])).toEqual(['model.json', 'logs', 'logs2']);
  expect(distinctOutputs(['.', 'a/b'])).toEqual(['']);
});

test('an output outside the outputs folder is refused', () => {
  for (const path of ['../secret', 'a/../../b', '/etc/passwd']) expect(() => distinctOutputs([path])).toThrow(/outside the outputs folder/);
});

test('the archive itself stays within its limit, long names and all', async () => {
  const collect = (names: readonly string[], maxBytes: number): Promise<unknown> => {
    const pack = tar.pack();
    for (const name of names) pack.entry({ name, type: 'directory' });
    pack.finalize();
    const destinationTar = join(tempFolder(), 'out.tar');
    const signal = new AbortController().signal;
    const collected = collectFolder(engineWith(pack), {
      container: 'c',
      folder: '/job/out' as const,
      paths: ['.'],
      destinationTar,
      maxBytes,
      signal,
    });
    return collected.finally(() => expect(existsSync(`${destinationTar}.part`)).toBe(false));
  };
  const names = Array.from({ length: 100 }, (_, index) => `out/${String(index).repeat(200)}`);
  await expect(collect(names, 100 * 1024)).rejects.toThrow(/measure more than/);
  expect(await collect(names, 2 ** 20)).toMatchObject({ sizeBytes: expect.any(Number) });
});

test('more entries than a disk should hold are refused, however small', () => {
  const spend = createBudget(2 ** 30);
  for (let entry = 0; entry < 200_000; entry++) spend(512);
  expect(() => spend(512)).toThrow(/more than 200000 files/);
});

test('a file that cannot be made is the error, and ends the packing', async () => {
  const pack = tar.pack();
  pack.entry({ name: 'out/d', type: 'directory' });
  pack.finalize();
  const signal = new AbortController().signal;
  const options = {
    container: 'c',
    folder: '/job/out' as const,
    paths: ['.'],
    destinationTar: join(tempFolder(), 'none/out.tar'),
    maxBytes: 2 ** 20,
    signal,
  };
  await expect(collectFolder(engineWith(pack), options)).rejects.toMatchObject({ code: 'ENOENT' });
  const engine = { find: () => Promise.reject(new Error('gone')) } as unknown as Engine; // before the file is open
  await expect(collectFolder(engine, { ...options, destinationTar: join(tempFolder(), 'out.tar') })).rejects.toThrow('gone');
});

/** An engine whose container has a folder /job/out with these entries. */
function engineWith(entries: tar.Pack): Engine {
  const folder = Buffer.from(JSON.stringify({ mode: 2 ** 31, mtime: '2026-01-01T00:00:00Z' })).toString('base64');
  return {
    find: async () => Object.assign(new IncomingMessage(new Socket()), { headers: { 'x-docker-container-path-stat': folder } }),
    askLong: async () => entries,
  } as unknown as Engine; // the two calls that collecting makes
}
