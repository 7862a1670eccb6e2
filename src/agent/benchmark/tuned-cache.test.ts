import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createLogger } from '../../lib/log.ts';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import { openTunedCache } from './tuned-cache.ts';

const logger = createLogger('test', 'silent');

it('remembers the winners over restarts, and the latest of each', () => {
  const path = join(tempFolder(), 'tuned.json');
  const cache = openTunedCache(path, logger);
  expect(cache.get('dev_a 550')).toBeUndefined();
  cache.set('dev_a 550', { 'gemm-f32': 'tiled 64x64' });
  cache.set('dev_a 550', { 'gemm-f32': 'tiled 128x64' });
  expect(openTunedCache(path, logger).get('dev_a 550')).toEqual({ 'gemm-f32': 'tiled 128x64' });
});

it('forgets the oldest beyond 64', () => {
  const path = join(tempFolder(), 'tuned.json');
  const cache = openTunedCache(path, logger);
  for (let i = 0; i < 70; i++) cache.set(`dev_${i}`, {});
  const again = openTunedCache(path, logger);
  expect([again.get('dev_5'), again.get('dev_6')]).toEqual([undefined, {}]);
});

it.each(['{"half', '{"a":1}', '[["dev_a",{"gemm-f32":7}]]'])('begins anew from what it cannot read: %s', (text) => {
  const path = join(tempFolder(), 'tuned.json');
  writeFileSync(path, text);
  const cache = openTunedCache(path, logger);
  expect(cache.get('dev_a')).toBeUndefined();
  cache.set('dev_a', { 'gemm-f32': 'wide' });
  expect(openTunedCache(path, logger).get('dev_a')).toEqual({ 'gemm-f32': 'wide' });
});

it('goes on where nothing can be written', () => {
  const cache = openTunedCache(join('/dev/null', 'tuned.json'), logger);
  cache.set('dev_a', { 'gemm-f32': 'wide' });
  expect(cache.get('dev_a')).toEqual({ 'gemm-f32': 'wide' });
});
