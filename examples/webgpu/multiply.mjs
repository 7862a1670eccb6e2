// Multiplies the two matrices with a compute shader, reads the product back, checks it and leaves it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create, globals } from 'webgpu';
import { isProduct, SIZE } from './matrices.mjs';

Object.assign(globalThis, globals);
const { NIGHTSHIFT_INPUTS: inputs, NIGHTSHIFT_OUTPUTS: outputs } = process.env;
const BYTES = SIZE * SIZE * Int32Array.BYTES_PER_ELEMENT;
const TILE = 16;

// Each workgroup makes one tile of the product from tiles that it first brings into its own memory. Integers wrap at 32 bits, everywhere alike.
const shader = `
const SIZE = ${SIZE}u;
const TILE = ${TILE}u;
@group(0) @binding(0) var<storage, read> left: array<i32>;
@group(0) @binding(1) var<storage, read> right: array<i32>;
@group(0) @binding(2) var<storage, read_write> product: array<i32>;
var<workgroup> left_tile: array<array<i32, TILE>, TILE>;
var<workgroup> right_tile: array<array<i32, TILE>, TILE>;

@compute @workgroup_size(TILE, TILE)
fn multiply(@builtin(global_invocation_id) at: vec3u, @builtin(local_invocation_id) here: vec3u) {
  var sum = 0i;
  for (var tile = 0u; tile < SIZE; tile += TILE) {
    left_tile[here.y][here.x] = left[at.y * SIZE + tile + here.x];
    right_tile[here.y][here.x] = right[(tile + here.y) * SIZE + at.x];
    workgroupBarrier();
    for (var k = 0u; k < TILE; k++) {
      sum += left_tile[here.y][k] * right_tile[k][here.x];
    }
    workgroupBarrier();
  }
  product[at.y * SIZE + at.x] = sum;
}`;

const gpu = create([]);
const adapter = await gpu.requestAdapter();
if (adapter === null) throw new Error('WebGPU finds no device here');
const { vendor, architecture, device: name, description, isFallbackAdapter: isSoftware } = adapter.info;
console.log(`device: ${description || name} (${vendor}, ${architecture}); ${isSoftware ? 'a software device, no GPU' : 'a GPU'}`);

const device = await adapter.requestDevice();
const storage = (usage) => device.createBuffer({ size: BYTES, usage: GPUBufferUsage.STORAGE | usage });
const left = storage(GPUBufferUsage.COPY_DST);
const right = storage(GPUBufferUsage.COPY_DST);
const product = storage(GPUBufferUsage.COPY_SRC);
const readBack = device.createBuffer({ size: BYTES, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
const module = device.createShaderModule({ code: shader });
const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module, entryPoint: 'multiply' } });
const entries = [left, right, product].map((buffer, binding) => ({ binding, resource: { buffer } }));

const startedMs = performance.now();
const matrices = new Int32Array(new Uint8Array(readFileSync(join(inputs, 'matrices.bin'))).buffer);
const [leftValues, rightValues] = [matrices.subarray(0, SIZE * SIZE), matrices.subarray(SIZE * SIZE)];
device.queue.writeBuffer(left, 0, leftValues);
device.queue.writeBuffer(right, 0, rightValues);
const encoder = device.createCommandEncoder();
const pass = encoder.beginComputePass();
pass.setPipeline(pipeline);
pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
pass.dispatchWorkgroups(SIZE / TILE, SIZE / TILE);
pass.end();
encoder.copyBufferToBuffer(product, 0, readBack, 0, BYTES);
device.queue.submit([encoder.finish()]);
await readBack.mapAsync(GPUMapMode.READ);
const values = new Int32Array(readBack.getMappedRange().slice(0));
console.log(`multiplied in ${Math.round(performance.now() - startedMs)} ms`);

if (!isProduct(leftValues, rightValues, values, 40)) throw new Error('the product is wrong');
console.log('the product is right');
writeFileSync(join(outputs, 'product.bin'), values);
writeFileSync(join(outputs, 'adapter.json'), JSON.stringify({ vendor, architecture, name, description, isSoftware }));
process.exit(0); // Dawn may wait for ever for a device that hangs
