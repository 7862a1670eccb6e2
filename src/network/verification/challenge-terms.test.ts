import { describe, expect, it } from 'vitest';
import { CELL_BYTES } from '../../contract/challenge/memory.ts';
import { challengeShape } from '../../contract/challenge/messages.ts';
import { challengeTerms, type DeviceClaim, honestMs, shortMemoryMs, twoForOneMs } from './challenge-terms.ts';

const GiB = 2 ** 30;
const speed = { roundsPerSecond: 1.6e12, hopNs: 800, multiplyAddsPerSecond: 5e13, stepOverheadMs: 1, uploadBytesPerSecond: 2.5e6 };
const card: DeviceClaim = { freeMemoryBytes: 22 * GiB, largestBlockBytes: GiB, speed };
const slowCard = { ...speed, roundsPerSecond: 1e11, multiplyAddsPerSecond: 1e12, hopNs: 1_200 };
const processor = { ...speed, roundsPerSecond: 1e9, multiplyAddsPerSecond: 1e10, hopNs: 100 };
const gpus: readonly DeviceClaim[] = [
  card,
  { freeMemoryBytes: 139 * GiB, largestBlockBytes: 2 * GiB, speed: { ...speed, roundsPerSecond: 5e12 } },
  { freeMemoryBytes: 3.3 * GiB, largestBlockBytes: 128 * 2 ** 20, speed: slowCard },
];
const claims: readonly DeviceClaim[] = [...gpus, { freeMemoryBytes: 4 * GiB, largestBlockBytes: 128 * 2 ** 20, speed: processor }];

describe('the terms of a challenge', () => {
  it.each(claims)('fill at least 90 % of $freeMemoryBytes bytes, and fit', (claim) => {
    const { shape } = challengeTerms(claim);
    expect(challengeShape.safeParse(shape).success).toBe(true);
    const filled = shape.blocks * shape.blockCells * CELL_BYTES;
    expect(filled).toBeGreaterThanOrEqual(0.9 * claim.freeMemoryBytes);
    expect(filled).toBeLessThanOrEqual(0.97 * claim.freeMemoryBytes);
    expect(shape.blockCells * CELL_BYTES).toBeLessThanOrEqual(claim.largestBlockBytes);
  });

  it.each(claims)(
    'leave an honest device of $freeMemoryBytes bytes a third more time than it needs, and one card for two too little',
    (claim) => {
      const { shape, commitWithinMs } = challengeTerms(claim);
      expect(1.33 * honestMs(shape, claim.speed)).toBeLessThan(commitWithinMs);
      expect(twoForOneMs(shape, claim.speed)).toBeGreaterThan(commitWithinMs);
    },
  );

  it.each(gpus)('are missed by whoever keeps half of $freeMemoryBytes bytes and makes the rest on the quickest processor', (claim) => {
    const { shape, commitWithinMs } = challengeTerms(claim);
    expect(shortMemoryMs(shape, claim.speed, 1)).toBeLessThanOrEqual(honestMs(shape, claim.speed));
    expect(shortMemoryMs(shape, claim.speed, 0.5)).toBeGreaterThan(commitWithinMs);
    expect(shortMemoryMs(shape, claim.speed, 0)).toBeGreaterThan(1.5 * commitWithinMs);
  });

  it('are, for the card of docs/challenge.md, what is stated there', () => {
    const { shape, commitWithinMs } = challengeTerms(card);
    const seconds = (ms: number): number => Number((ms / 1_000).toFixed(1));
    expect(seconds(commitWithinMs)).toBe(9.5);
    expect([1, 0.9, 0.75, 0.6, 0.5, 0].map((kept) => seconds(shortMemoryMs(shape, speed, kept)))).toEqual([
      5.6, 6.7, 8.5, 10.4, 11.7, 19.7,
    ]);
    expect(seconds(honestMs(shape, speed))).toBe(6);
    expect(seconds(twoForOneMs(shape, speed))).toBe(10.1);
  });
});
