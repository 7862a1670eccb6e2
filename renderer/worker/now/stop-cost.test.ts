import { describe, expect, it } from 'vitest';
import { stopCost, stopCostText } from './stop-cost.ts';

const MINUTE = 60_000;

describe('what stopping a job costs', () => {
  it('costs nothing before the job has begun', () => {
    expect(stopCost({ unfrozenMs: 0, checkpoint: null })).toEqual({ kind: 'none' });
  });

  it('loses all of a job without checkpoints', () => {
    const cost = stopCost({ unfrozenMs: 12 * MINUTE, checkpoint: null });
    expect(cost).toEqual({ kind: 'all', lostMs: 12 * MINUTE });
    expect(stopCostText(cost)).toContain('loses 12 min of this job');
  });

  it('loses all until the first checkpoint is there', () => {
    expect(stopCost({ unfrozenMs: MINUTE, checkpoint: { intervalMs: 2 * MINUTE, savedMs: null } })).toEqual({
      kind: 'unsaved',
      lostMs: MINUTE,
    });
  });

  it('loses only what came after the last checkpoint', () => {
    const cost = stopCost({ unfrozenMs: 12 * MINUTE, checkpoint: { intervalMs: 5 * MINUTE, savedMs: 10 * MINUTE } });
    expect(cost).toEqual({ kind: 'since-checkpoint', lostMs: 2 * MINUTE });
    expect(stopCostText(cost)).toBe('Stopping now loses at most 2 min: the job goes on elsewhere from its last checkpoint.');
    expect(stopCost({ unfrozenMs: 9 * MINUTE, checkpoint: { intervalMs: 5 * MINUTE, savedMs: 10 * MINUTE } })).toMatchObject({ lostMs: 0 });
  });
});
