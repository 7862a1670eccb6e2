import { expect, test } from 'vitest';
import { checkProduct, expectProduct, type GemmType, randomMatrix } from './matrices.ts';
import { xorshift } from './random.ts';

const N = 128;

/** The product as a device computes it: sums in singles, in order, or whole numbers. */
function multiply(type: GemmType, a: ArrayLike<number>, b: ArrayLike<number>, round: (sum: number) => number): Float32Array | Int32Array {
  const product = type === 'i8' ? new Int32Array(N * N) : new Float32Array(N * N);
  for (let row = 0; row < N; row++)
    for (let column = 0; column < N; column++) {
      let sum = 0;
      for (let k = 0; k < N; k++) sum = round(sum + (a[row * N + k] ?? 0) * (b[k * N + column] ?? 0));
      product[row * N + column] = sum;
    }
  return product;
}

function setUp(type: GemmType, seed: number, round: (sum: number) => number = Math.fround) {
  const random = xorshift(seed);
  const [a, b] = [randomMatrix(type, N, random), randomMatrix(type, N, random)];
  return { expectation: expectProduct(type, N, a, b, random), product: multiply(type, a.values, b.values, round), random };
}

test.each(['f32', 'f16', 'i8'] as const)('a product of %s that was computed honestly passes', (type) => {
  for (let seed = 1; seed <= 5; seed++) {
    const { expectation, product } = setUp(type, seed);
    expect(checkProduct(expectation, product)).toBeNull();
  }
});

test.each([
  ['f32', 0.01],
  ['f16', 0.01],
  ['i8', 1],
] as const)('one element of %s that is off by %s, anywhere, is found', (type, error) => {
  const { expectation, product, random } = setUp(type, 7);
  for (let time = 0; time < 300; time++) {
    const at = random() % product.length;
    const right = product[at] ?? 0;
    product[at] = right + error * (random() & 1 ? 1 : -1);
    expect(checkProduct(expectation, product)).toBe(1);
    product[at] = right;
  }
  expect(checkProduct(expectation, product)).toBeNull();
});

test('sums in halves do not pass for sums in singles', () => {
  const half = (sum: number): number => {
    const step = 2 ** (Math.floor(Math.log2(Math.abs(sum) || 1)) - 10); // eleven bits
    return Math.round(sum / step) * step;
  };
  const { expectation, product } = setUp('f16', 3, half);
  expect(checkProduct(expectation, product)).toBeGreaterThan(N / 2);
});

test('a product that was never written, or is no number, is wrong', () => {
  const { expectation, product } = setUp('f32', 5);
  expect(checkProduct(expectation, new Float32Array(N * N))).toBe(N);
  product[77] = Number.NaN;
  expect(checkProduct(expectation, product)).toBe(1);
});

test('halves use all their bits, and their values are those of the bits', () => {
  const { packed, values } = randomMatrix('f16', 64, xorshift(9));
  const halves = new Uint16Array(packed.buffer, packed.byteOffset, values.length);
  const used = halves.reduce((bits, half) => bits | half, 0);
  expect(used & 0x83ff).toBe(0x83ff);
  halves.forEach((half, at) => {
    const exponent = ((half >> 10) & 0x1f) - 15;
    expect(values[at]).toBe((half >> 15 ? -1 : 1) * (1 + (half & 0x3ff) / 1024) * 2 ** exponent);
  });
});
