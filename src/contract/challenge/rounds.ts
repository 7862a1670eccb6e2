/**
 * Rounds of integer arithmetic on four 32-bit words, bit for bit the same on every processor and device: the quarter-round of ChaCha
 * (RFC 8439, section 2.1), with the number of the round times 2^32 / phi added to the first word, so that no two rounds are alike.
 */
export const ROUND_CONSTANT = 0x9e3779b9;

/** Applies `count` rounds, numbered from 1, to a state of four words, in place. Each round needs the one before. */
export function applyRounds(state: Uint32Array, count: number): void {
  let a = state[0] ?? 0;
  let b = state[1] ?? 0;
  let c = state[2] ?? 0;
  let d = state[3] ?? 0;
  for (let round = 1; round <= count; round++) {
    a = (a + Math.imul(round, ROUND_CONSTANT)) | 0;
    a = (a + b) | 0;
    d ^= a;
    d = (d << 16) | (d >>> 16);
    c = (c + d) | 0;
    b ^= c;
    b = (b << 12) | (b >>> 20);
    a = (a + b) | 0;
    d ^= a;
    d = (d << 8) | (d >>> 24);
    c = (c + d) | 0;
    b ^= c;
    b = (b << 7) | (b >>> 25);
  }
  state[0] = a;
  state[1] = b;
  state[2] = c;
  state[3] = d;
}

/**
 * For each pair of words from `from` to before `to`: takes it into the first two words of the state, then one round, numbered 1. The same as
 * `applyRounds` by one, with the round written out again: millions of calls would take three times as long as the rounds.
 */
export function absorbPairs(state: Uint32Array, words: Uint32Array | Int32Array, from: number, to: number): void {
  let a = state[0] ?? 0;
  let b = state[1] ?? 0;
  let c = state[2] ?? 0;
  let d = state[3] ?? 0;
  for (let at = from; at < to; at += 2) {
    a ^= words[at] ?? 0;
    b ^= words[at + 1] ?? 0;
    a = (a + ROUND_CONSTANT) | 0;
    a = (a + b) | 0;
    d ^= a;
    d = (d << 16) | (d >>> 16);
    c = (c + d) | 0;
    b ^= c;
    b = (b << 12) | (b >>> 20);
    a = (a + b) | 0;
    d ^= a;
    d = (d << 8) | (d >>> 24);
    c = (c + d) | 0;
    b ^= c;
    b = (b << 7) | (b >>> 25);
  }
  state[0] = a;
  state[1] = b;
  state[2] = c;
  state[3] = d;
}
