import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Offer } from '../../contract/model/offer.ts';
import { TEST_SPEC } from '../testing/network.ts';
import { WORKER_OFFER } from '../testing/offer.ts';
import { deviceKey, fits, match } from './match.ts';
import { credits, waitingReason } from './waiting.ts';

const at = (deviceId: string, change: Partial<Offer> = {}) => ({ workerId: 'w', offer: { ...WORKER_OFFER, deviceId, ...change } });
const job = (jobId: string, change = {}) => ({ jobId, spec: { ...TEST_SPEC, ...change }, declinedBy: new Set<string>() });

describe('match', () => {
  test('places a job that connects only where an owner allows it, and says what it waits for', () => {
    const connecting = job('j', { network: { kind: 'egress', allow: ['example.org:443'], maxUploadBytes: 1, maxDownloadBytes: 1 } });
    const candidates = [at('closed')];
    expect(match([connecting], candidates, new Set())).toEqual([]);
    expect(waitingReason(connecting.spec, new Set(), { onlineWorkers: 1, candidates })).toMatch(/lets jobs connect/);
    expect(match([connecting], [...candidates, at('open', { egress: true })], new Set())[0]?.candidate.offer.deviceId).toBe('open');
  });

  test('places a job that needs a large GPU only on one', () => {
    const gpu = { deviceClass: 'gpu', vramBytes: 8 * 2 ** 30 } as const;
    const large = job('j', { deviceClass: 'gpu', vramBytes: 24 * 2 ** 30 });
    expect(match([large], [at('small', gpu), at('processor')], new Set())).toEqual([]);
    expect(waitingReason(large.spec, new Set(), { onlineWorkers: 1, candidates: [at('small', gpu)] })).toMatch(/GPU with the 24576 MiB/);
    const candidates = [at('small', gpu), at('large', { ...gpu, vramBytes: 24 * 2 ** 30 })];
    expect(match([large], candidates, new Set())[0]?.candidate.offer.deviceId).toBe('large');
    expect(match([job('any', { deviceClass: 'gpu' })], [at('small', gpu)], new Set())).toHaveLength(1);
  });

  test('gives the oldest job the cheapest offer that fits', () => {
    const matches = match(
      [job('old', { memoryBytes: 2 ** 30 }), job('young')],
      [at('dear', { microPerHour: 500_000 }), at('cheap', { microPerHour: 1 }), at('tiny', { microPerHour: 0, memoryBytes: 2 ** 27 })],
      new Set(),
    );
    expect(matches.map(({ job: { jobId }, candidate }) => [jobId, candidate.offer.deviceId])).toEqual([
      ['old', 'cheap'],
      ['young', 'tiny'],
    ]);
  });

  test('never takes a device twice, a taken one, or one that does not fit', () => {
    const offer = fc.record({ microPerHour: fc.nat(2_000_000), cpus: fc.integer({ min: 1, max: 4 }) });
    const spec = fc.record({ maxMicroPerHour: fc.nat(2_000_000), cpus: fc.integer({ min: 1, max: 4 }) });
    fc.assert(
      fc.property(fc.array(offer), fc.array(spec), (offers, specs) => {
        const candidates = offers.map((change, index) => at(`d${index}`, change));
        const taken = new Set([deviceKey('w', 'd0')]);
        const jobs = specs.map((change, index) => job(`j${index}`, change));
        const matches = match(jobs, candidates, taken);
        const devices = matches.map(({ candidate }) => candidate.offer.deviceId);
        expect(new Set(devices).size).toBe(devices.length);
        expect(devices).not.toContain('d0');
        for (const found of matches) expect(fits(found.job.spec, found.candidate.offer)).toBe(true);
        const left = candidates.filter((candidate) => !devices.includes(candidate.offer.deviceId) && candidate.offer.deviceId !== 'd0');
        const waiting = jobs.filter(({ jobId }) => !matches.some((found) => found.job.jobId === jobId));
        for (const { spec: unmet } of waiting) for (const { offer: unused } of left) expect(fits(unmet, unused)).toBe(false);
      }),
      { seed: 1 },
    );
  });
});

test('never gives a job back to a worker whose owner has stopped it, and says why it waits', () => {
  const stopped = { ...job('j'), declinedBy: new Set(['w']) };
  expect(match([stopped], [at('d')], new Set())).toEqual([]);
  expect(match([stopped], [{ ...at('e'), workerId: 'other' }], new Set())).toHaveLength(1);
  expect(waitingReason(stopped.spec, stopped.declinedBy, { onlineWorkers: 1, candidates: [at('d')] })).toMatch(/stopped this job/);
});

describe('the reason why a job waits', () => {
  const reason = (onlineWorkers: number, offers: readonly Offer[], change = {}) =>
    waitingReason({ ...TEST_SPEC, ...change }, new Set(), { onlineWorkers, candidates: offers.map((offer) => ({ workerId: 'w', offer })) });

  test('names what is missing', () => {
    expect(reason(0, [])).toBe('No worker is online');
    expect(reason(1, [])).toBe('No device of class cpu is offered now: 1 worker is online, its owner may be using it');
    expect(reason(2, [])).toBe('No device of class cpu is offered now: 2 workers are online, their owners may be using it');
    expect(reason(1, [WORKER_OFFER], { maxMicroPerHour: 20_000 })).toBe('Every offer asks more than your limit of 0.02 credits an hour');
    expect(reason(1, [WORKER_OFFER], { cpus: 64 })).toBe('No offer has the 64 processors that the job asks for');
  });

  test('writes credits without rounding', () => {
    expect([0, 1, 20_000, 1_000_000, 12_345_678, -500_000].map(credits)).toEqual(['0', '0.000001', '0.02', '1', '12.345678', '-0.5']);
  });
});
