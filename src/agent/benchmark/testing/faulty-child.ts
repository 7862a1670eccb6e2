import { readFileSync, writeSync } from 'node:fs';
import koffi from 'koffi';
import { serve } from '../child/serve.ts';
import { type GpuDevice, openDevice } from '../gpu/device.ts';
import type { Fault } from './faults.ts';

/*
 * The child that measures, with a fault: arguments are which one, and before which submit to the device it happens (0: the first).
 * All else is the child as it is in the product.
 */

const fault = process.argv[2] as Fault; // of faults.ts, from the test
const at = Number(process.argv[3]);
const REPORTS = 3;
const SLOW_MS = 700;

/** No compiler can know that it never ends: what it waits for would have to be written by somebody else. */
const ENDLESS = `@group(0) @binding(0) var<storage, read_write> word: array<atomic<u32>>;
@compute @workgroup_size(1) fn main() { while (atomicLoad(&word[0]) != 78u) { atomicAdd(&word[1], 3u); } }`;

const RLIMIT_AS = 9; // asm-generic/resource.h
const SPARE_BYTES = 256 * 2 ** 20;
const ASKED_BYTES = 1024 * 2 ** 20;

/** From now on this process gets next to no more memory, and then asks the driver for much. */
function exhaustMemory(device: GPUDevice): void {
  const sizeKib = Number(/^VmSize:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
  const most = BigInt(sizeKib * 1024 + SPARE_BYTES);
  koffi.load(null).func('int setrlimit(int resource, void *limit)')(RLIMIT_AS, new BigUint64Array([most, most]));
  device.createBuffer({ size: Math.min(ASKED_BYTES, device.limits.maxBufferSize), usage: GPUBufferUsage.STORAGE });
}

function happen({ device }: GpuDevice): void {
  switch (fault) {
    case 'hang': {
      const module = device.createShaderModule({ code: ENDLESS });
      const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module } });
      const buffer = device.createBuffer({ size: 8, usage: GPUBufferUsage.STORAGE });
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(
        0,
        device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource: { buffer } }] }),
      );
      pass.dispatchWorkgroups(1);
      pass.end();
      device.queue.submit([encoder.finish()]);
      return;
    }
    case 'stuck':
      for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); // a call into the driver that does not return
    case 'segfault':
      process.kill(process.pid, 'SIGSEGV');
      return;
    case 'abort':
      process.abort();
      break;
    case 'memory':
      exhaustMemory(device);
      return;
    case 'lost':
      device.destroy();
      return;
    case 'exit':
      process.exit(0);
      break;
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
      return;
    case 'garbage':
      writeSync(REPORTS, Buffer.from([0xff, 0x00, 0x7b, 0x0a, 0x7b, 0x22, 0x0a]));
      return;
    case 'flood':
      for (let written = 0; written < 2 ** 20; ) written += writeSync(REPORTS, Buffer.alloc(4096, 'x'));
      return;
    case 'wrong-bits':
      spoilResults();
      return;
    case 'slow':
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SLOW_MS);
  }
}

/** From now on, one word of all larger data that come back from the device is another. */
function spoilResults(): void {
  const read = GPUBuffer.prototype.getMappedRange;
  GPUBuffer.prototype.getMappedRange = function spoiled(...args) {
    const data = read.apply(this, args);
    if (data.byteLength > 2 ** 16) new Uint32Array(data)[data.byteLength >> 3] = 0x4b189680; // 1e7 as a float
    return data;
  };
}

await serve(async (options) => {
  const gpu = await openDevice(options);
  const submit = GPUQueue.prototype.submit;
  let submits = 0;
  GPUQueue.prototype.submit = function counted(...args) {
    if (submits++ === at) happen(gpu);
    return submit.apply(this, args);
  };
  return gpu;
});
