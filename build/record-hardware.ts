import { writeFileSync } from 'node:fs';
import { nvmlLibraryOf } from '../src/agent/hardware/hardware.ts';
import { recordMachine } from '../src/agent/hardware/testing/record-machine.ts';

// node build/record-hardware.ts <file>: what the inventory reads of this machine, for src/agent/hardware/testing/recordings.
const [file] = process.argv.slice(2);
if (file === undefined || process.platform !== 'linux') {
  console.error('On Linux: node build/record-hardware.ts <file>.json');
  process.exitCode = 2;
} else {
  const recording = await recordMachine('/', nvmlLibraryOf(process.platform));
  writeFileSync(file, `${JSON.stringify(recording, null, 2)}\n`);
  console.log(`${file}: ${Object.keys(recording.files).length} files, ${recording.nvml?.gpus.length ?? 'no'} GPUs of NVIDIA's library`);
}
