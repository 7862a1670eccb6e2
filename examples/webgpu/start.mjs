// Runs on the worker: starts the computation where it finds the software device. A process of its own, because the loader of shared
// libraries reads its folders once, at the start, and a worker empties LD_* for the first process of a job.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const vulkan = join(process.env.NIGHTSHIFT_INPUTS, 'vulkan');
const env = { ...process.env, LD_LIBRARY_PATH: vulkan, VK_DRIVER_FILES: join(vulkan, 'vk_swiftshader_icd.json') };
const { status, signal } = spawnSync(process.execPath, [join(import.meta.dirname, 'multiply.mjs')], { env, stdio: 'inherit' });
if (signal !== null) console.error(`the computation was ended by ${signal}`);
process.exit(status ?? 1);
