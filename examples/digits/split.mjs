/** @typedef {{ pixels: number[], digit: number }} Row 64 pixels of 0..16, and what they show. */

/** Reads the data: per line 64 pixels and the digit, separated by commas. @param {string} csv @returns {Row[]} */
export function parseRows(csv) {
  return csv
    .trim()
    .split('\n')
    .map((line) => line.split(',').map(Number))
    .map((values) => ({ pixels: values.slice(0, 64), digit: values[64] }));
}

/**
 * Splits rows in two, with the same share of every digit in both. The same seed gives the same split.
 * @param {Row[]} rows @param {number} withheldShare 0..1 @param {number} seed a whole number
 * @returns {{ training: Row[], withheld: Row[] }}
 */
export function stratifiedSplit(rows, withheldShare, seed) {
  const random = seededRandom(seed);
  const training = [];
  const withheld = [];
  for (let digit = 0; digit < 10; digit++) {
    const ofDigit = shuffled(
      rows.filter((row) => row.digit === digit),
      random,
    );
    const cut = Math.round(ofDigit.length * withheldShare);
    withheld.push(...ofDigit.slice(0, cut));
    training.push(...ofDigit.slice(cut));
  }
  return { training: shuffled(training, random), withheld: shuffled(withheld, random) };
}

/** Fisher-Yates. */
function shuffled(items, random) {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}

/** mulberry32 by Tommy Ettinger (public domain): small, and good enough for a shuffle. */
function seededRandom(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
