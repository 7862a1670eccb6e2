// Runs on your machine before the job is sent: makes two matrices of random integers, and adds a software device to the inputs.
import { randomFillSync } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SIZE } from './matrices.mjs';

const { NIGHTSHIFT_WORK: work, NIGHTSHIFT_INPUTS: inputs } = process.env;
if (!work || !inputs) {
  console.error('prepare: NIGHTSHIFT_WORK and NIGHTSHIFT_INPUTS must name folders; `nightshift job run` sets them.');
  process.exit(2);
}

// Chromium brings a Vulkan driver that computes on the processor (SwiftShader), and the loader that finds it.
const VULKAN = ['libvulkan.so.1', 'libvk_swiftshader.so', 'vk_swiftshader_icd.json'];
const browser = ['/usr/lib/chromium', '/opt/google/chrome'].find((folder) => VULKAN.every((name) => existsSync(join(folder, name))));
if (browser === undefined) {
  console.error('prepare: the software device comes with Chromium or Chrome, and neither is here. Debian: sudo apt-get install chromium');
  process.exit(1);
}

const matrices = randomFillSync(new Int32Array(2 * SIZE * SIZE));
for (const folder of [work, inputs]) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'matrices.bin'), matrices);
}
mkdirSync(join(inputs, 'vulkan'), { recursive: true });
for (const name of VULKAN) copyFileSync(join(browser, name), join(inputs, 'vulkan', name));
console.log(`two matrices of ${SIZE} x ${SIZE} integers, and the software device of ${browser}`);
