import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempFolder } from '../../../lib/testing/temp-folder.ts';
import { deviceNodes } from './device-nodes.ts';

test('a card of NVIDIA is reached by its number and by those of the graphics layer', () => {
  const root = tempFolder();
  const address = '0000:41:00.0';
  for (const name of ['card1', 'renderD129', 'version'])
    mkdirSync(join(root, 'sys/bus/pci/devices', address, 'drm', name), { recursive: true });
  const information = join(root, 'proc/driver/nvidia/gpus', address);
  mkdirSync(information, { recursive: true });
  writeFileSync(join(information, 'information'), 'Model: \t\t NVIDIA GeForce RTX 3090\nDevice Minor: \t 1\n');
  expect(deviceNodes('0000:41:00.0', root)).toEqual(['dev/dri/card1', 'dev/dri/renderD129', 'dev/nvidia1'].map((path) => join(root, path)));
});

test('a card that has no driver has no files', () => {
  expect(deviceNodes('0000:41:00.0', tempFolder())).toEqual([]);
});
