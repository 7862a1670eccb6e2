import { expect, test } from 'vitest';
import { judge, type Look } from './proof.ts';

const looks = (own: number | null, other: number | null): readonly Look[] =>
  Array.from({ length: 10 }, () => ({ own, others: [0, other] }));

test('the only card of a machine needs no proof', () => {
  expect(judge([], true, false)).toEqual({ kind: 'proof', proof: 'only-device' });
});

test('a card that was alone to be seen is isolated, also where nothing tells how busy it is', () => {
  expect(judge(looks(1, 0), false, true)).toEqual({ kind: 'proof', proof: 'isolated' });
  expect(judge(looks(null, null), false, true)).toEqual({ kind: 'proof', proof: 'isolated' });
});

test('without isolation, that it was busy and no other was is proof', () => {
  expect(judge(looks(0.97, 0.02), false, false)).toEqual({ kind: 'proof', proof: 'utilisation' });
});

test('two busy cards prove nothing, and neither do unknown figures or too few', () => {
  expect(judge(looks(0.97, 0.9), false, false)).toEqual({ kind: 'proof', proof: 'unproven' });
  expect(judge(looks(null, 0.9), false, false)).toEqual({ kind: 'proof', proof: 'unproven' });
  expect(judge(looks(0.97, 0).slice(0, 2), false, false)).toEqual({ kind: 'proof', proof: 'unproven' });
});

test('another card at work instead is a conflict, even where it should not have been seen', () => {
  expect(judge(looks(0.01, 0.95), false, false)).toEqual({ kind: 'conflict' });
  expect(judge(looks(0.01, 0.95), false, true)).toEqual({ kind: 'conflict' });
});
