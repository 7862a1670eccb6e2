import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BenchmarkFailure, BenchmarkResult } from '../../contract/model/benchmark.ts';
import type { HardwareDevice } from '../../contract/model/device.ts';
import { type DueInput, dueAtMs, standingOf, unmeasurable } from './standing.ts';
import { TEST_GPU, testFailure, testResult } from './testing/results.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const standing = (device: Partial<HardwareDevice>, result: BenchmarkResult | null = testResult(), nowMs = DAY_MS) =>
  standingOf({ device: { ...TEST_GPU, ...device }, hasAdapter: true, result, everyDays: 30, nowMs });
const LOST = { kind: 'lost', sinceMs: 0, detail: 'It fell off the bus.', fix: 'Reboot.' } as const;

describe('the standing of a result', () => {
  it('is current for the device as it was measured', () => {
    expect(standing({})).toBe('current');
    expect(standing({}, null)).toBe('none');
  });

  it.each([
    ['another model in its place', { name: 'NVIDIA GeForce RTX 3060 Ti' }],
    ['another chip under the same name', { pciId: '10de:2487' }],
    ['another driver', { driver: { name: 'nvidia', version: '560.35' } }],
    ['a power limit 2 % lower', { powerLimitW: { value: 166.6, source: 'test' } }],
  ] satisfies [string, Partial<HardwareDevice>][])('is changed by %s', (_, device) => {
    expect(standing(device)).toBe('changed');
  });

  it.each([
    ['a power limit within 1 %', { powerLimitW: { value: 171.5, source: 'test' } }],
    ['what is not known now', { powerLimitW: null, driver: null, pciId: null }],
    ['its place in the machine', { place: 'PCI 0000:41:00.0', busId: '0000:41:00.0' }],
  ] satisfies [string, Partial<HardwareDevice>][])('is not changed by %s', (_, device) => {
    expect(standing(device)).toBe('current');
  });

  it('is old after as many days as the owner has said, and by another suite', () => {
    expect(standing({}, testResult(), 30 * DAY_MS - 1)).toBe('current');
    expect(standing({}, testResult(), 30 * DAY_MS)).toBe('old');
    expect(standing({}, testResult({ suiteVersion: 99 }))).toBe('old');
  });

  it('is impossible for a processor, and where no driver computes; unknown is tried', () => {
    expect(standing({ kind: 'cpu' })).toBe('impossible');
    const of = (hasAdapter: boolean | null) => standingOf({ device: TEST_GPU, hasAdapter, result: null, everyDays: 30, nowMs: 0 });
    expect([of(false), of(null)]).toEqual(['impossible', 'none']);
    expect(unmeasurable(TEST_GPU, false)?.detail).toContain('NVIDIA GeForce RTX 3060');
  });

  it('stays what it was while the device is lost, which cannot be measured now', () => {
    expect(standing({ health: LOST })).toBe('current');
    expect(unmeasurable({ ...TEST_GPU, health: LOST }, true)).toMatchObject({ code: 'device-lost', next: 'Reboot.' });
  });
});

describe('when a device is measured by itself', () => {
  const due = (over: Partial<DueInput> = {}): number | null =>
    dueAtMs({
      device: TEST_GPU,
      standing: 'current',
      result: testResult({ atMs: 1_000 }),
      failures: [],
      everyDays: 30,
      automatic: true,
      sinceMs: 77,
      ...over,
    });
  const failures = (count: number, over: Partial<BenchmarkFailure> = {}): BenchmarkFailure[] =>
    Array.from({ length: count }, (_, index) => testFailure({ atMs: 500 * DAY_MS - index, ...over }));

  it('is at once without a result or after a change, and else after the days and up to a tenth more', () => {
    expect(due({ standing: 'none', result: null })).toBe(77);
    expect(due({ standing: 'changed' })).toBe(1_000);
    fc.assert(
      fc.property(fc.stringMatching(/^run_[0-9a-f]{24}$/), fc.integer({ min: 1, max: 365 }), (runId, everyDays) => {
        const result = testResult({ runId, atMs: 1_000 });
        const atMs = due({ result, everyDays });
        expect(atMs).toBeGreaterThanOrEqual(1_000 + everyDays * DAY_MS);
        expect(atMs).toBeLessThanOrEqual(1_000 + everyDays * DAY_MS * 1.1);
        expect(due({ result, everyDays, standing: 'old' }), 'the same when it has become old').toBe(atMs);
      }),
    );
  });

  it('waits 1, 6 and then always 24 hours after failures', () => {
    const waits = [1, 2, 3, 4, 9].map((count) => (due({ standing: 'none', result: null, failures: failures(count) }) ?? 0) - 500 * DAY_MS);
    expect(waits.map((ms) => ms / HOUR_MS)).toEqual([1, 6, 24, 24, 24]);
  });

  it('is never after wrong results: the owner is told, and asks', () => {
    expect(due({ standing: 'none', failures: failures(1, { code: 'wrong-results' }) })).toBeNull();
    const cancelledSince = [testFailure({ code: 'cancelled' }), ...failures(1, { code: 'wrong-results' })];
    expect(due({ standing: 'none', failures: cancelledSince })).toBeNull();
  });

  it.each([
    ['the owner does not want it', { automatic: false }],
    ['it is a software adapter', { device: { ...TEST_GPU, kind: 'software' } }],
    ['it is lost', { device: { ...TEST_GPU, health: LOST } }],
    ['it cannot be measured', { standing: 'impossible' }],
  ] satisfies [string, Partial<DueInput>][])('is never where %s', (_, over) => {
    expect(due({ ...over, result: null })).toBeNull();
  });
});
