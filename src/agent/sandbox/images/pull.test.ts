import { expect, test } from 'vitest';
import { createPullProgress } from './pull.ts';

test('pull progress grows over download and unpacking of all layers', () => {
  const progress = createPullProgress();
  expect(progress({ status: 'Pulling from library/x', id: 'latest' })).toBeNull();
  expect(progress({ status: 'Downloading', id: 'a', progressDetail: { current: 50, total: 100 } })).toBe(0.25);
  expect(progress({ status: 'Downloading', id: 'b', progressDetail: { current: 0, total: 100 } })).toBe(0.125);
  expect(progress({ status: 'Extracting', id: 'a', progressDetail: { current: 100, total: 100 } })).toBe(0.5);
  expect(progress({ status: 'Pull complete', id: 'b', progressDetail: {} })).toBe(1);
});
