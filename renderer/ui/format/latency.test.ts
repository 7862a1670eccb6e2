import { describe, expect, it } from 'vitest';
import { formatLatency } from './latency.ts';

describe('latencies', () => {
  it('keeps a tenth of a millisecond, and three figures of seconds', () => {
    expect(formatLatency(381)).toBe('0.4 ms');
    expect(formatLatency(38_412)).toBe('38.4 ms');
    expect(formatLatency(999_000)).toBe('999 ms');
    expect(formatLatency(1_236_000)).toBe('1.24 s');
    expect(formatLatency(0)).toBe('0 ms');
  });
});
