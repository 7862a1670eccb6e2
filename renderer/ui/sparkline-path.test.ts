import { describe, expect, it } from 'vitest';
import { type SparkFrame, sparkPaths } from './sparkline-path.ts';

const frame: SparkFrame = { fromMs: 0, toMs: 100, low: 0, high: 28, gapMs: 30 };
const points = (...values: readonly (readonly [number, number | null])[]) => values.map(([atMs, value]) => ({ atMs, value }));

describe('a sparkline', () => {
  it('joins neighbours and fills what lies below them', () => {
    expect(sparkPaths(points([0, 0], [20, 14], [40, 28]), frame)).toEqual({
      line: 'M0.0 28.0L20.0 14.0L40.0 0.0',
      area: 'M0.0 28L0.0 28.0L20.0 14.0L40.0 0.0L40.0 28Z',
    });
  });

  it('leaves a gap where a figure is unknown, and where nobody looked', () => {
    const { line } = sparkPaths(points([0, 7], [10, 7], [20, null], [30, 7], [40, 7], [90, 7], [100, 7]), frame);
    expect(line).toBe('M0.0 21.0L10.0 21.0M30.0 21.0L40.0 21.0M90.0 21.0L100.0 21.0');
  });

  it('shows a point that stands alone', () => {
    expect(sparkPaths(points([50, 14]), frame)).toEqual({ line: 'M50.0 14.0h0', area: '' });
  });

  it('keeps what is out of range at the edge, and what is out of time away', () => {
    expect(sparkPaths(points([-1, 14], [10, -5], [20, 99], [101, 14]), frame).line).toBe('M10.0 28.0L20.0 0.0');
  });

  it('draws nothing of nothing', () => {
    expect(sparkPaths(points([10, null], [20, null]), frame)).toEqual({ line: '', area: '' });
  });
});
