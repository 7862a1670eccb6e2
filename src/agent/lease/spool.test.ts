import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import { openSpool } from './spool.ts';

const refOf = (content: string) => ({
  digest: `sha256:${createHash('sha256').update(content).digest('hex')}`,
  sizeBytes: content.length,
});

it('takes inputs and the checkpoint of an earlier attempt in side by side', async () => {
  const spool = openSpool(tempFolder(), 'lease_1');
  await Promise.all([
    spool.receive('inputs', Readable.from([Buffer.from('in'), Buffer.from('puts')]), refOf('inputs')),
    spool.receive('checkpoint', Readable.from([Buffer.from('saved')]), refOf('saved')),
  ]);
  expect(readFileSync(spool.pathOf('inputs'), 'utf8')).toBe('inputs');
  expect(readFileSync(spool.pathOf('checkpoint'), 'utf8')).toBe('saved');
  expect(spool.pathOf('checkpoint')).not.toBe(spool.checkpointPath); // this run's own is another
});

it.each([
  ['other bytes', 'sav3d'],
  ['too many bytes', 'saved and more'],
])('throws away what is not as the terms say: %s', async (_what, sent) => {
  const folder = tempFolder();
  const spool = openSpool(folder, 'lease_1');
  const receiving = spool.receive('checkpoint', Readable.from([Buffer.from(sent)]), refOf('saved'));
  await expect(receiving).rejects.toMatchObject({ problem: { code: 'inputs-missing' } });
  expect(spool.has('checkpoint')).toBe(false);
  expect(readdirSync(join(folder, 'leases', 'lease_1'))).toEqual([]);
});

it('ends an older transfer of the same when another begins, and none of the other', async () => {
  const spool = openSpool(tempFolder(), 'lease_1');
  const inputs = new Readable({ read: () => undefined });
  const receivingInputs = spool.receive('inputs', inputs, refOf('inputs'));
  const dead = spool.receive('checkpoint', new Readable({ read: () => undefined }), refOf('saved'));
  await Promise.all([
    expect(dead).rejects.toThrow(/not arrive whole/),
    spool.receive('checkpoint', Readable.from([Buffer.from('saved')]), refOf('saved')),
  ]);
  inputs.push('inputs');
  inputs.push(null);
  await receivingInputs;
  expect(await text(spool.readLog(0))).toBe('');
  expect(spool.has('inputs') && spool.has('checkpoint')).toBe(true);
});
