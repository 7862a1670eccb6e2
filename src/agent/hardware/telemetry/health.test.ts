import { describe, expect, it } from 'vitest';
import type { Alarm } from '../../../contract/model/device.ts';
import { healthOf, isInForce, isSameHealth, quarantineFor } from './health.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const alarm = (sinceMs: number, code: Alarm['code'] = 'wrong-results'): Alarm => ({ code, sinceMs, detail: 'It miscounted.', fix: null });

describe('a quarantine', () => {
  it('lasts an hour, then a day, then until the owner has looked at the device', () => {
    const first = quarantineFor(null, alarm(0));
    expect(first).toEqual({ cause: alarm(0), untilMs: HOUR_MS });
    const second = quarantineFor(first, alarm(2 * HOUR_MS));
    expect(second.untilMs).toBe(2 * HOUR_MS + DAY_MS);
    const third = quarantineFor(second, alarm(10 * DAY_MS));
    expect(third.untilMs).toBeNull();
    expect(isInForce(third, Number.MAX_SAFE_INTEGER)).toBe(true);
    expect(quarantineFor(third, alarm(100 * DAY_MS))).toBe(third);
  });

  it('begins anew for a device that worked for a month', () => {
    const second = quarantineFor(quarantineFor(null, alarm(0)), alarm(2 * HOUR_MS));
    expect(quarantineFor(second, alarm(40 * DAY_MS)).untilMs).toBe(40 * DAY_MS + HOUR_MS);
  });

  it('is not made longer by the same cause while it stands, and is by another', () => {
    const first = quarantineFor(null, alarm(0));
    expect(quarantineFor(first, alarm(5))).toBe(first);
    expect(quarantineFor(first, alarm(5, 'memory-kept'))).toEqual({ cause: alarm(5, 'memory-kept'), untilMs: 5 + DAY_MS });
  });

  it('ends at its time', () => {
    const first = quarantineFor(null, alarm(0));
    expect([isInForce(first, HOUR_MS - 1), isInForce(first, HOUR_MS)]).toEqual([true, false]);
  });
});

describe('the health of a device', () => {
  const good = { kind: 'good', alarms: [] } as const;
  const lost = { kind: 'lost', sinceMs: 5, detail: 'It is gone.', fix: 'Restart.' } as const;
  const quarantine = { cause: alarm(1), untilMs: 9 };

  it('is lost before all, then quarantined, then its alarms', () => {
    const hot = alarm(3, 'hot');
    expect(healthOf({ ...good, alarms: [] }, null, [hot])).toEqual({ kind: 'good', alarms: [hot] });
    expect(healthOf({ ...good, alarms: [] }, quarantine, [hot])).toEqual({
      kind: 'quarantined',
      cause: alarm(1),
      alarms: [hot],
      untilMs: 9,
    });
    expect(healthOf(lost, quarantine, [hot])).toBe(lost);
  });

  it('is the same to tell while kind, cause and alarms are', () => {
    const hot = alarm(3, 'hot');
    const all = [
      healthOf({ ...good, alarms: [] }, null, []),
      healthOf({ ...good, alarms: [] }, null, [hot]),
      healthOf({ ...good, alarms: [] }, quarantine, [hot]),
      healthOf({ ...good, alarms: [] }, { ...quarantine, untilMs: 10 }, [hot]),
      lost,
      { ...lost, sinceMs: 6 },
    ];
    for (const [i, a] of all.entries())
      for (const [j, b] of all.entries()) expect(isSameHealth({ ...a }, b), `${i} and ${j}`).toBe(i === j);
  });
});
