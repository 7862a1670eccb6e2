import { expect, test } from 'vitest';
import { IN_CONTAINER, isAfterwards, PROBES } from './probes.ts';

test('there are at least 60 probes, each under a name and with a title of its own', () => {
  expect(PROBES.length).toBeGreaterThanOrEqual(60);
  expect(new Set(PROBES.map(({ id }) => id)).size).toBe(PROBES.length);
  expect(new Set(PROBES.map(({ title }) => title)).size).toBe(PROBES.length);
  expect(PROBES.filter(({ group }) => group === 'network').length).toBeGreaterThan(10);
});

test('at most five are benign, each with its reason', () => {
  const benign = PROBES.filter((probe) => probe.benign !== null);
  expect(benign.map(({ id }) => id)).toEqual(['cpu-model', 'host-load', 'host-memory', 'mount-list']);
  for (const { benign: reason } of benign) expect(reason).toMatch(/\w.*\.$/);
});

test('what the job before left is looked for in its disk, its memory and its folders', () => {
  expect(IN_CONTAINER.filter(isAfterwards)).toHaveLength(4);
});
