import { expect, test } from 'vitest';
import { judgeVram, type VramReading } from './vram-baseline.ts';

const MIB = 2 ** 20;
const reading = (usedMib: number, othersMib = 0): VramReading => ({ usedBytes: usedMib * MIB, othersBytes: othersMib * MIB });
const idle = reading(4);

test('a GPU that is back where it was is settled at once', () => {
  expect(judgeVram(idle, reading(4), 0)).toEqual({ kind: 'settled' });
  expect(judgeVram(idle, reading(4 + 64), 0)).toEqual({ kind: 'settled' });
  expect(judgeVram(reading(900, 880), reading(12), 0)).toEqual({ kind: 'settled' });
});

test('a GPU that is not back yet is waited for until its deadline, then quarantined with what is left in it', () => {
  expect(judgeVram(idle, reading(23_000), 9_999)).toEqual({ kind: 'settling' });
  expect(judgeVram(idle, reading(23_000), 10_000)).toMatchObject({ kind: 'quarantined', reason: expect.stringContaining('22996 MiB') });
  expect(judgeVram(idle, reading(4 + 65), 10_000)).toMatchObject({ kind: 'quarantined' });
});

test('a game that its owner starts meanwhile is not taken for what a job left, and hides nothing either', () => {
  expect(judgeVram(reading(700, 690), reading(8_700, 8_690), 0)).toEqual({ kind: 'settled' });
  expect(judgeVram(reading(700, 690), reading(8_700, 8_300), 10_000)).toMatchObject({ reason: expect.stringContaining('390 MiB') });
});

test('memory that programs share, counted with each of them, is not taken for less than none', () => {
  expect(judgeVram(reading(500, 900), reading(560, 0), 10_000)).toMatchObject({ kind: 'quarantined' });
  expect(judgeVram(reading(500, 900), reading(500, 900), 10_000)).toEqual({ kind: 'settled' });
});

test('an unknown figure is never taken for free memory', () => {
  expect(judgeVram(idle, null, 0)).toEqual({ kind: 'settling' });
  expect(judgeVram(idle, null, 10_000)).toMatchObject({ kind: 'quarantined', reason: expect.stringContaining('no longer tells') });
  expect(judgeVram(null, idle, 0)).toMatchObject({ kind: 'quarantined', reason: expect.stringContaining('did not tell') });
});
