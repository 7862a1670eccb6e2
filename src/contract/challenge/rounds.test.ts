import { expect, it } from 'vitest';
import { applyRounds, ROUND_CONSTANT } from './rounds.ts';

it('is the quarter-round of ChaCha after the constant of the round (RFC 8439, 2.1.1)', () => {
  const state = Uint32Array.of(0x11111111 - ROUND_CONSTANT, 0x01020304, 0x9b8d6f43, 0x01234567);
  applyRounds(state, 1);
  expect([...state]).toEqual([0xea2a92f4, 0xcb1cf8ce, 0x4581472e, 0x5881c4bb]);
});

it('numbers its rounds: two at once are not one twice', () => {
  const [once, twice] = [Uint32Array.of(1, 2, 3, 4), Uint32Array.of(1, 2, 3, 4)];
  applyRounds(once, 2);
  applyRounds(twice, 1);
  applyRounds(twice, 1);
  expect([...once]).not.toEqual([...twice]);
});
