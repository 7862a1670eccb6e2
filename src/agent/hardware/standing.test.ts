import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HardwareDevice } from '../../contract/model/device.ts';
import type { KnownDevice } from '../store/known-device-rows.ts';
import { deviceId } from './device-ids.ts';
import { judge } from './standing.ts';
import { type DeviceFacts, type FoundDevice, NOTHING } from './vendors/vendor.ts';

const NOW_MS = 1_800_000_000_000;
const KEY = 'a worker';
const DAY_MS = 86_400_000;

function facts(change: Partial<DeviceFacts> = {}): DeviceFacts {
  const busId = change.busId ?? '0000:01:00.0';
  return {
    kind: 'gpu',
    name: 'Card',
    place: `PCI ${busId}`,
    vendor: null,
    form: 'discrete',
    source: 'test',
    cores: null,
    memoryBytes: null,
    uuid: null,
    busId,
    pciId: '10de:2204',
    driver: null,
    powerLimitW: null,
    powerLimitDefaultW: null,
    link: null,
    unshareable: null,
    ...change,
  };
}
const found = (change: Partial<DeviceFacts> = {}, more: Partial<FoundDevice> = {}): FoundDevice => ({
  facts: facts(change),
  depth: 'asked',
  loss: null,
  look: () => NOTHING,
  close: () => undefined,
  ...more,
});
const known = (change: Partial<DeviceFacts> = {}, seenAtMs = NOW_MS - DAY_MS): KnownDevice => ({
  device: { ...facts(change), id: deviceId(KEY, facts(change)), health: { kind: 'good', alarms: [] } },
  seenAtMs,
});
const devicesOf = (founds: readonly FoundDevice[], knowns: readonly KnownDevice[]): readonly HardwareDevice[] =>
  judge(KEY, founds, knowns, [], NOW_MS).present.map(({ device }) => device);

test('a card that was first seen without its driver is one device with what it is later, and not missed as another', () => {
  const without = known();
  const { present, dropped } = judge(KEY, [found({ uuid: 'GPU-a' })], [without], [], NOW_MS);
  expect(present).toHaveLength(1);
  expect(dropped).toEqual([without.device.id]);
});

test('a card whose driver broke is still the one that it was', () => {
  const before = known({ uuid: 'GPU-a', memoryBytes: { value: 8, source: 'NVML' } });
  const why = { detail: 'The driver is broken.', fix: null };
  expect(devicesOf([found({ unshareable: why }, { depth: 'silent' })], [before])).toMatchObject([
    { id: before.device.id, uuid: 'GPU-a', memoryBytes: { value: 8 }, unshareable: why, health: { kind: 'good' } },
  ]);
});

test('another model in the same slot is another device, and the one before it is missed', () => {
  const before = known({ uuid: 'GPU-a' });
  const [first, second] = devicesOf([found({ pciId: '10de:2684' })], [before]);
  expect(new Set([first?.id, second?.id]).size).toBe(2);
  expect([first, second].find((device) => device?.id === before.device.id)?.health).toMatchObject({
    kind: 'lost',
    sinceMs: NOW_MS - DAY_MS,
  });
});

test('a loss began when it was seen first: at this look where the card was there at the last, and when it was seen last after a start', () => {
  const seen = known({ uuid: 'GPU-a' });
  const lossOf = (before: readonly HardwareDevice[]) => judge(KEY, [], [seen], before, NOW_MS).present[0]?.device.health;
  expect(lossOf([])).toMatchObject({ kind: 'lost', sinceMs: NOW_MS - DAY_MS });
  expect(lossOf([seen.device])).toMatchObject({ kind: 'lost', sinceMs: NOW_MS });
  const health = { kind: 'lost', sinceMs: 5, detail: 'It needs a reset.', fix: 'Reset it.' } as const;
  expect(lossOf([{ ...seen.device, health }])).toMatchObject({ sinceMs: 5, detail: expect.stringContaining('no longer finds') });
  const listed = found({}, { depth: 'silent', loss: { detail: 'It does not answer.', fix: 'Restart.' } });
  expect(judge(KEY, [listed], [seen], [{ ...seen.device, health }], NOW_MS).present[0]?.device.health).toEqual(health);
});

test("a card's id is the maker's UUID's, wherever it is, and another worker's is another", () => {
  const here = deviceId(KEY, facts({ uuid: 'GPU-a' }));
  expect(deviceId(KEY, facts({ uuid: 'GPU-a', busId: '0000:09:00.0' }))).toBe(here);
  expect(deviceId('another worker', facts({ uuid: 'GPU-a' }))).not.toBe(here);
  expect(here).toMatch(/^dev_[0-9a-f]{24}$/);
});

test('whatever is found and known: no id twice, everything that is there is shown, and nothing known is lost without a word', () => {
  const change = fc.record({
    busId: fc.constantFrom('0000:01:00.0', '0000:02:00.0', '0000:03:00.0'),
    pciId: fc.constantFrom('10de:2204', '10de:2684'),
    uuid: fc.constantFrom(null, 'GPU-a', 'GPU-b', 'GPU-c'),
  });
  const placed = fc.uniqueArray(change, { selector: ({ busId }) => busId });
  const ofKnown = fc.uniqueArray(fc.tuple(change, fc.integer({ min: 0, max: 40 })), {
    selector: ([each]) => deviceId(KEY, facts(each)),
  });
  fc.assert(
    fc.property(placed, ofKnown, (changes, pairs) => {
      const founds = changes.map((each) => found(each));
      const knowns = pairs.map(([each, days]) => known(each, NOW_MS - days * DAY_MS));
      const { present, dropped } = judge(KEY, founds, knowns, [], NOW_MS);
      const ids = present.map(({ device }) => device.id);
      expect(new Set(ids).size).toBe(ids.length);
      const uuids = changes.flatMap(({ uuid }) => (uuid === null ? [] : [uuid]));
      const repeated = uuids.length - new Set(uuids).size;
      expect(present.filter((each) => each.found !== null)).toHaveLength(founds.length - repeated);
      for (const { device } of knowns) expect(ids.includes(device.id) !== dropped.includes(device.id)).toBe(true);
      for (const { device, found: there } of present) expect(device.health.kind).toBe(there === null ? 'lost' : 'good');
    }),
    { numRuns: 500 },
  );
});
