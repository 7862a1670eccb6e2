import { describe, expect, it } from 'vitest';
import { promiseKept } from './promises.ts';

const measured = (p95Us: number) => ({ count: 20, p50Us: 1, p95Us, maxUs: p95Us });

describe('the promise', () => {
  it('holds at its limit, is broken above it, and is open without a measurement', () => {
    expect(promiseKept('freeze', measured(100_000))).toBe('holds');
    expect(promiseKept('freeze', measured(100_001))).toBe('broken');
    expect(promiseKept('evict', measured(100_001))).toBe('holds');
    expect(promiseKept('evict', measured(2_000_001))).toBe('broken');
    expect(promiseKept('evict', null)).toBe('unmeasured');
  });
});
