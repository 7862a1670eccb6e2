import { describe, expect, it } from 'vitest';
import { groupTimes, stripRows } from './strip-rows.ts';

const HOUR = 3_600_000;
const midnight = new Date(2026, 10, 22).getTime();
const at = (hours: number): number => midnight + hours * HOUR;

describe('the strips of time', () => {
  it('shows today as one row to the next midnight, the time to come left empty', () => {
    const [row, ...others] = stripRows({ fromMs: midnight, toMs: at(13), spans: [{ fromMs: midnight, toMs: at(13), codes: [] }] });
    expect(others).toEqual([]);
    expect(row).toEqual({
      fromMs: midnight,
      toMs: new Date(2026, 10, 23).getTime(),
      segments: [{ group: 'earning', fromMs: midnight, toMs: at(13) }],
    });
  });

  it('cuts a span at midnight', () => {
    const rows = stripRows({ fromMs: at(20), toMs: at(30), spans: [{ fromMs: at(20), toMs: at(30), codes: ['no-job'] }] });
    expect(rows.map((row) => row.segments)).toEqual([
      [{ group: 'job', fromMs: at(20), toMs: at(24) }],
      [{ group: 'job', fromMs: at(24), toMs: at(30) }],
    ]);
  });

  it('joins neighbours of one group and takes the most telling reason of each', () => {
    const [row] = stripRows({
      fromMs: midnight,
      toMs: at(4),
      spans: [
        { fromMs: midnight, toMs: at(1), codes: ['owner-active'] },
        { fromMs: at(1), toMs: at(2), codes: ['fullscreen', 'hot'] },
        { fromMs: at(2), toMs: at(3), codes: ['hot', 'fullscreen'] },
        { fromMs: at(3), toMs: at(4), codes: [] },
      ],
    });
    expect(row?.segments.map(({ group }) => group)).toEqual(['owner', 'machine', 'earning']);
    expect(groupTimes(row?.segments ?? [])).toEqual([
      { group: 'earning', ms: HOUR },
      { group: 'owner', ms: 2 * HOUR },
      { group: 'machine', ms: HOUR },
    ]);
  });
});
