import { describe, expect, it } from 'vitest';
import { CELL_BYTES } from '../../contract/challenge/memory.ts';
import { challengeShape } from '../../contract/challenge/messages.ts';
import { challengeTerms, type DeviceClaim, honestMs, shortMemoryMs } from './challenge-terms.ts';

const GiB = 2 ** 30;
const speed = { roundsPerSecond: 1.6e12, hopNs: 800, multiplyAddsPerSecond: 5e13, stepOverheadMs: 1, uploadBytesPerSecond: 2.5e6 };
const card: DeviceClaim = { freeMemoryBytes: 22 * GiB, largestBlockBytes: GiB, speed };
const slowCard = { ...speed, roundsPerSecond: 1e11, multiplyAddsPerSecond: 1e12, hopNs: 1_200 };
const processor = { ...speed, roundsPerSecond: 1e9, multiplyAddsPerSecond: 1e10, hopNs: 100 };
const claims: readonly DeviceClaim[] = [
  card,
  { freeMemoryBytes: 139 * GiB, largestBlockBytes: 2 * GiB, speed: { ...speed, roundsPerSecond: 5e12 } },
  { freeMemoryBytes: 3.3 * GiB, largestBlockBytes: 128 * 2 ** 20, speed: slowCard },
  { freeMemoryBytes: 4 * GiB, largestBlockBytes: 128 * 2 ** 20, speed: processor },
];

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
      const takesMs = honestMs(shape, claim.speed);
      expect(1.33 * takesMs).toBeLessThan(commitWithinMs);
      expect(2 * takesMs).toBeGreaterThan(commitWithinMs);
    },
  );

  it('are missed by a card that keeps three quarters of the memory, as docs/challenge.md reckons', () => {
    const { shape, commitWithinMs } = challengeTerms(card);
    const ROUND_NS = 20;
    expect(shortMemoryMs(shape, speed, 1, ROUND_NS)).toBe(honestMs(shape, speed));
    expect(shortMemoryMs(shape, speed, 0.75, ROUND_NS)).toBeGreaterThan(commitWithinMs);
    expect(shortMemoryMs(shape, speed, 0, ROUND_NS)).toBeGreaterThan(2 * commitWithinMs);
  });
});
