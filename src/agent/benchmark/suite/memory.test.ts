import { freemem } from 'node:os';
import { expect, test } from 'vitest';
import { mostBytes } from './memory.ts';

test('a card is filled up to what its desktop needs', () => {
  expect(mostBytes({ isSoftware: false, memoryBytes: 8 * 2 ** 30, note: () => undefined })).toBeCloseTo(7.6 * 2 ** 30, -3);
});

test.each([true, false])('what has no memory of its own never takes all of the machine, and says so (software: %s)', (isSoftware) => {
  const notes: string[] = [];
  expect(mostBytes({ isSoftware, memoryBytes: null, note: (sentence) => notes.push(sentence) })).toBeLessThan(freemem() / 2);
  expect(notes).toEqual([expect.stringContaining('only a part of what is free')]);
});
