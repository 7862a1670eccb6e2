import { expect, it } from 'vitest';
import { challengeBinding, challengeShape, openings } from './messages.ts';

const shape = { version: 1, blocks: 1, blockCells: 64, cellRounds: 16, steps: 4, hops: 8, size: 64, depth: 64, openings: 4 };
const hash = 'a'.repeat(64);

it('takes the sizes for which every sum is exact, and no others', () => {
  expect(challengeShape.safeParse(shape).success).toBe(true);
  for (const wrong of [{ size: 8_256 }, { size: 100 }, { depth: 32_832 }, { steps: 4_097 }, { openings: 5 }, { version: 2 }, { hops: 0.5 }])
    expect(challengeShape.safeParse({ ...shape, ...wrong }).success, JSON.stringify(wrong)).toBe(false);
});

it('binds only to names whose bytes are the same everywhere', () => {
  const binding = { nonce: hash, deviceId: 'gpu-0', workerKey: 'key', sessionEpoch: 1 };
  expect(challengeBinding.safeParse(binding).success).toBe(true);
  for (const wrong of [
    { deviceId: 'gr\u00fcn' },
    { deviceId: '' },
    { workerKey: 'k'.repeat(257) },
    { nonce: hash.toUpperCase() },
    { sessionEpoch: 0 },
  ])
    expect(challengeBinding.safeParse({ ...binding, ...wrong }).success, JSON.stringify(wrong)).toBe(false);
});

it('bounds what a worker may send', () => {
  const opening = { step: 0, previous: hash, previousPath: [], path: [hash] };
  expect(openings.safeParse({ nonce: hash, openings: [opening] }).success).toBe(true);
  expect(openings.safeParse({ nonce: hash, openings: Array(65).fill(opening) }).success).toBe(false);
  expect(openings.safeParse({ nonce: hash, openings: [{ ...opening, path: Array(13).fill(hash) }] }).success).toBe(false);
  expect(openings.safeParse({ nonce: hash, openings: [{ ...opening, path: [`${hash}a`] }] }).success).toBe(false);
});
