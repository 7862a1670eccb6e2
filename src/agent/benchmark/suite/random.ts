/** Whole numbers from 0 to 2^32 - 1 (Marsaglia, Xorshift RNGs, 2003): quick, and random enough to leave no pattern in a product. */
export function xorshift(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}
