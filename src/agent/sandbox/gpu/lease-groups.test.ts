import { expect, test } from 'vitest';
import { leaseGroups } from './lease-groups.ts';

const uuids = ['GPU-a', 'GPU-b'];

test('each GPU is leased alone where a container sees only its own', () => {
  expect(leaseGroups(uuids, { kind: 'offered', leasedBy: 'device' })).toEqual([
    { uuids: ['GPU-a'], grant: { kind: 'device', uuid: 'GPU-a' } },
    { uuids: ['GPU-b'], grant: { kind: 'device', uuid: 'GPU-b' } },
  ]);
});

test('all GPUs are leased together where a container sees them all', () => {
  expect(leaseGroups(uuids, { kind: 'offered', leasedBy: 'machine' })).toEqual([{ uuids, grant: { kind: 'machine' } }]);
  expect(leaseGroups([], { kind: 'offered', leasedBy: 'machine' })).toEqual([]);
});

test('nothing is leased where GPU jobs are not offered', () => {
  expect(leaseGroups(uuids, { kind: 'none' })).toEqual([]);
  expect(leaseGroups(uuids, { kind: 'refused', reason: 'too old' })).toEqual([]);
});
