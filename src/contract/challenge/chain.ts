import type { ChallengeBinding, ChallengeShape } from './messages.ts';
import { fromLittleEndian, toLittleEndian } from './product.ts';

/** SHA-256 (32 bytes) of the caller's platform; this layer imports none. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** Hashes of different purposes never meet: each begins with its own tag of this length, padded with zeros. */
const TAG_BYTES = 32;

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

function tagged(sha256: Sha256, tag: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const head = new Uint8Array(TAG_BYTES);
  head.set(ascii(`nightshift ${tag}`));
  return sha256(concatBytes([head, ...parts]));
}

/** The seed of everything in a challenge: nonce, device, worker key, session epoch and shape (32 bytes). */
export function challengeSeed(sha256: Sha256, shape: ChallengeShape, binding: ChallengeBinding): Uint8Array {
  const { version, blocks, blockCells, cellRounds, steps, hops, size, depth, openings } = shape;
  const { nonce, deviceId, workerKey, sessionEpoch } = binding;
  const all = [version, blocks, blockCells, cellRounds, steps, hops, size, depth, openings, nonce, deviceId, workerKey, sessionEpoch];
  return tagged(sha256, 'challenge seed', ascii(JSON.stringify(all)));
}

/** The four words that every cell of the memory comes from. */
export const memorySeed = (sha256: Sha256, seed: Uint8Array): Uint32Array =>
  fromLittleEndian(tagged(sha256, 'challenge memory', seed)).slice(0, 4);

/** The digest of a step: of the one before (the seed, for the first), its number and the folds of its product. */
export function stepDigest(sha256: Sha256, previous: Uint8Array, step: number, folds: Uint32Array): Uint8Array {
  return tagged(sha256, 'challenge step', previous, toLittleEndian(Uint32Array.of(step)), toLittleEndian(folds));
}

export const toHex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Bytes of an even number of hexadecimal digits that were checked before. */
export const fromHex = (hex: string): Uint8Array =>
  Uint8Array.from({ length: hex.length / 2 }, (_, at) => Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16));
