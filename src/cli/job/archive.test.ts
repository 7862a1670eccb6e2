import { createReadStream, existsSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import tar from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import { checkedBody, packFolder, unpackInto } from './archive.ts';

const folder = (): string => tempFolder();

describe('archives', () => {
  it('give the same digest for the same content, whatever the times', async () => {
    const a = folder();
    mkdirSync(join(a, 'sub'));
    writeFileSync(join(a, 'sub', 'x'), 'one');
    writeFileSync(join(a, 'y'), 'two');
    const first = await packFolder(a, join(folder(), 'first.tar'));
    utimesSync(join(a, 'y'), 1, 1);
    const second = await packFolder(a, join(folder(), 'second.tar'));
    expect(second.digest).toBe(first.digest);
    const out = folder();
    await unpackInto(createReadStream(first.path), out, ['.']);
    expect(readFileSync(join(out, 'sub', 'x'), 'utf8')).toBe('one');
  });

  it('follow no link out of the inputs folder', async () => {
    const a = folder();
    symlinkSync('/etc/hostname', join(a, 'link'));
    await expect(packFolder(a, join(folder(), 'a.tar'))).rejects.toThrow(/neither a file nor a folder/);
  });

  const hostile: readonly (readonly [string, Partial<tar.Header> & { name: string }])[] = [
    ['a path outside', { name: '../evil' }],
    ['an absolute path', { name: '/tmp/evil' }],
    ['a link', { name: 'link', type: 'symlink', linkname: '/etc/passwd' }],
  ];
  it.each(hostile)('write nothing for %s in what came back', async (_what, header) => {
    const pack = tar.pack();
    pack.entry(header, header.type === 'symlink' ? '' : 'x');
    pack.finalize();
    const out = join(folder(), 'out');
    await expect(unpackInto(Readable.from(pack), out, ['.'])).rejects.toThrow(/Do not trust this worker/);
    expect(existsSync(out)).toBe(false);
  });

  it('write only what the job was to leave', async () => {
    const pack = tar.pack();
    pack.entry({ name: 'model/weights' }, 'x');
    pack.entry({ name: '.bashrc' }, 'x');
    pack.finalize();
    const out = folder();
    await expect(unpackInto(Readable.from(pack), out, ['./model/', 'log'])).rejects.toThrow(/no output of the job names: \.bashrc/);
    expect(existsSync(join(out, 'model', 'weights'))).toBe(true);
    expect(existsSync(join(out, '.bashrc'))).toBe(false);
  });

  it('say which folder cannot be packed, in one error and no other', async () => {
    const strays: unknown[] = [];
    const onStray = (error: unknown): void => void strays.push(error);
    process.on('unhandledRejection', onStray);
    const a = folder();
    writeFileSync(join(a, 'x'), 'one');
    await expect(packFolder(a, join(folder(), 'nowhere', 'a.tar'))).rejects.toThrow(/ENOENT/);
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.off('unhandledRejection', onStray);
    expect(strays).toEqual([]);
  });

  it('take no more bytes than were announced', async () => {
    const body = new Blob(['x'.repeat(1_000)]).stream();
    await expect(checkedBody(body, `sha256:${'0'.repeat(64)}`, 10).toArray()).rejects.toThrow(/damaged/);
  });

  it('refuse bytes that are not what their name says', async () => {
    const body = new Blob(['tampered']).stream();
    await expect(
      (async () => {
        for await (const _chunk of checkedBody(body, `sha256:${'0'.repeat(64)}`, 100));
      })(),
    ).rejects.toThrow(/damaged/);
  });
});
