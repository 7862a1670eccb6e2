import { challengeSeed, fromHex, memorySeed, type Sha256, stepDigest, toHex } from '../../contract/challenge/chain.ts';
import { makeCell, walk, walkStart } from '../../contract/challenge/memory.ts';
import { rootFromPath } from '../../contract/challenge/merkle.ts';
import { type Challenge, type ChallengeFault, type Opening, productBytes } from '../../contract/challenge/messages.ts';
import { expandMatrix, foldRows, fromLittleEndian, LEFT, RIGHT } from '../../contract/challenge/product.ts';
import { productHolds, type RandomBytes } from './freivalds.ts';

export interface Fault {
  readonly code: ChallengeFault;
  /** For the owner of the device. */
  readonly sentence: string;
}

/** What an answer is judged by. Plain data, so that it can be sent to a thread. */
export interface Evidence {
  readonly challenge: Challenge;
  /** The committed root, hexadecimal. */
  readonly root: string;
  /** Which steps were asked for, in their order. */
  readonly asked: readonly number[];
  readonly openings: readonly Opening[];
  /** One product after another, `productBytes` each. */
  readonly products: Uint8Array;
}

/**
 * Judges opened steps; null: all of them hold. Each step is made again from the seed alone: its walk, its matrices; the product is checked, not
 * computed. Cheap checks come first, for all steps, so that rubbish costs little. Never throws over what a worker sent. Takes seconds of
 * processor time at full size: run it in a thread of its own.
 */
export function judge(evidence: Evidence, sha256: Sha256, random: RandomBytes): Fault | null {
  const { challenge, asked, openings, products } = evidence;
  const bytes = productBytes(challenge.shape);
  if (openings.length !== asked.length || openings.some(({ step }, at) => step !== asked[at]))
    return { code: 'bad-opening', sentence: 'The answer opens other steps than the network asked for.' };
  if (products.length !== bytes * asked.length)
    return { code: 'wrong-shape', sentence: `The answer has ${products.length} bytes of products instead of ${bytes * asked.length}.` };
  const seed = challengeSeed(sha256, challenge.shape, challenge.binding);
  const steps = openings.map((opening, at) => ({ opening, product: productAt(products, at, bytes) }));
  for (const { opening, product } of steps) {
    const fault = faultInTree(evidence, sha256, seed, opening, product);
    if (fault !== null) return fault;
  }
  const memory = memorySeed(sha256, seed);
  const holds = steps.every(({ opening, product }) => stepHolds(challenge, memory, opening, product, random));
  return holds ? null : { code: 'bad-product', sentence: 'A product is not that of the blocks that its step had to multiply.' };
}

function productAt(products: Uint8Array, at: number, bytes: number): Int32Array {
  const words = fromLittleEndian(products.subarray(at * bytes, (at + 1) * bytes));
  return new Int32Array(words.buffer, words.byteOffset, words.length);
}

/** Whether the step follows from the one before, and both are what was committed. */
function faultInTree(
  { challenge: { shape }, root }: Evidence,
  sha256: Sha256,
  seed: Uint8Array,
  { step, previous, previousPath, path }: Opening,
  product: Int32Array,
): Fault | null {
  const before = fromHex(previous);
  const leadsToRoot = (place: number, digest: Uint8Array, hashes: readonly string[]): boolean => {
    const reached = rootFromPath(sha256, shape.steps, place, digest, hashes.map(fromHex));
    return reached !== null && toHex(reached) === root;
  };
  const follows = step === 0 ? previous === toHex(seed) && previousPath.length === 0 : leadsToRoot(step - 1, before, previousPath);
  if (!follows) return { code: 'bad-link', sentence: `Step ${step} does not follow from the step before it.` };
  const digest = stepDigest(sha256, before, step, foldRows(shape.size, product));
  return leadsToRoot(step, digest, path)
    ? null
    : { code: 'bad-opening', sentence: `The product of step ${step} is not the one that was committed.` };
}

function stepHolds({ shape }: Challenge, memory: Uint32Array, { previous }: Opening, product: Int32Array, random: RandomBytes): boolean {
  const start = walkStart(shape, fromLittleEndian(fromHex(previous)));
  const key = walk(shape, start, (block, offset, into) => makeCell(memory, shape.cellRounds, block, offset, into));
  return productHolds(shape, expandMatrix(shape, key, LEFT), expandMatrix(shape, key, RIGHT), product, random);
}
