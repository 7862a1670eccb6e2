import { spawnSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const SIZE = 256;
const folder = mkdtempSync(join(tmpdir(), 'nightshift-webgpu-'));
const [work, outputs] = [join(folder, 'work'), join(folder, 'out')];
for (const path of [work, outputs]) mkdirSync(path);
const identity = Int32Array.from({ length: SIZE * SIZE }, (_, index) => (index % (SIZE + 1) === 0 ? 1 : 0));
const right = randomFillSync(new Int32Array(SIZE * SIZE));
writeFileSync(join(work, 'matrices.bin'), Buffer.concat([new Uint8Array(identity.buffer), new Uint8Array(right.buffer)]));

afterAll(() => rmSync(folder, { recursive: true }));

function verify(product: Int32Array): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  writeFileSync(join(outputs, 'product.bin'), product);
  const env = { NIGHTSHIFT_WORK: work, NIGHTSHIFT_OUTPUTS: outputs };
  return spawnSync(process.execPath, [join(import.meta.dirname, 'verify.mjs')], { env, encoding: 'utf8' });
}

/** The check that the job makes of itself, of the identity times `right`. */
function jobAccepts(product: Int32Array): boolean {
  writeFileSync(join(outputs, 'product.bin'), product);
  const script = `import { readFileSync } from 'node:fs';
    import { isProduct } from ${JSON.stringify(new URL('matrices.mjs', import.meta.url).href)};
    const [matrices, product] = process.argv.slice(1).map((path) => new Int32Array(new Uint8Array(readFileSync(path)).buffer));
    process.exit(isProduct(matrices.subarray(0, ${SIZE ** 2}), matrices.subarray(${SIZE ** 2}), product, 20) ? 0 : 9);`;
  const args = ['--input-type=module', '-e', script, join(work, 'matrices.bin'), join(outputs, 'product.bin')];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0 && status !== 9) throw new Error(stderr);
  return status === 0;
}

const changed = (index: number, bit: number): Int32Array => right.map((value, at) => (at === index ? value ^ bit : value));

test('the right product is accepted, by the job and at home', () => {
  expect(verify(right)).toMatchObject({ status: 0, stdout: 'all 65536 elements of the product are right\n' });
  expect(jobAccepts(right)).toBe(true);
});

test.each([0, 4711, SIZE * SIZE - 1])('one bit that is wrong in element %i is found, by the job and at home', (index) => {
  const reason = `wrong at row ${Math.floor(index / SIZE)}, column ${index % SIZE}`;
  expect(verify(changed(index, 1 << (index % 31)))).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining(reason) });
  expect(jobAccepts(changed(index, 1 << (index % 31)))).toBe(false);
});

test('a product of another size is refused', () => {
  expect(verify(right.subarray(1))).toMatchObject({ status: 1, stderr: expect.stringContaining('bytes, not 262144') });
});
