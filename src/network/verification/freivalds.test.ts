import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { seeded } from '../../lib/testing/seeded.ts';
import { productHolds } from './freivalds.ts';

function multiply(size: number, depth: number, left: Int8Array, right: Int8Array): Int32Array {
  return Int32Array.from({ length: size * size }, (_, at) => {
    let sum = 0;
    for (let k = 0; k < depth; k++) sum += (left[Math.floor(at / size) * depth + k] ?? 0) * (right[k * size + (at % size)] ?? 0);
    return sum;
  });
}

it('holds for true products, and for none with any one bit flipped', () => {
  const random = seeded(11);
  const bytes = (count: number): Int8Array => Int8Array.from({ length: count }, () => Math.floor(random() * 256) - 128);
  for (let trial = 0; trial < 40; trial++) {
    const size = 1 + Math.floor(random() * 40);
    const depth = 1 + Math.floor(random() * 100);
    const [left, right] = [bytes(size * depth), bytes(depth * size)];
    const product = multiply(size, depth, left, right);
    const holds = (): boolean => productHolds({ size, depth }, left, right, product, randomBytes);
    expect(holds()).toBe(true);
    for (let bit = 0; bit < 32; bit++) {
      const at = Math.floor(random() * product.length);
      const before = product[at] ?? 0;
      product[at] = before ^ (1 << bit);
      expect(holds(), `trial ${trial}, bit ${bit}`).toBe(false);
      product[at] = before;
    }
  }
});

it('is exact where the sums are the largest that a shape allows', () => {
  const [size, depth] = [64, 32_768];
  const left = new Int8Array(size * depth).fill(-128);
  const right = new Int8Array(size * depth).fill(-128);
  const product = new Int32Array(size * size).fill(depth * 2 ** 14);
  const most = (sizeBytes: number): Uint8Array => new Uint8Array(sizeBytes).fill(0xfe);
  expect(productHolds({ size, depth }, left, right, product, most)).toBe(true);
  product[size * size - 1] = depth * 2 ** 14 - 1;
  expect(productHolds({ size, depth }, left, right, product, most)).toBe(false);
});

it('finds a number that is off by the prime itself', () => {
  const shape = { size: 64, depth: 64 };
  const zeros = new Int8Array(64 * 64);
  for (const value of [2 ** 31 - 1, -(2 ** 31 - 1), -(2 ** 31), -1, 1]) {
    const product = new Int32Array(64 * 64);
    product[77] = value;
    expect(productHolds(shape, zeros, zeros, product, randomBytes), String(value)).toBe(false);
  }
});
