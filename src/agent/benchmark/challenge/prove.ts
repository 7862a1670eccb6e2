import { hash } from 'node:crypto';
import { challengeSeed, fromHex, type Sha256, stepDigest, toHex } from '../../../contract/challenge/chain.ts';
import { merkleLevels, merklePath, merkleRoot } from '../../../contract/challenge/merkle.ts';
import type { Challenge, Commitment, Opening, OpeningRequest, Openings } from '../../../contract/challenge/messages.ts';
import { fromLittleEndian, toLittleEndian } from '../../../contract/challenge/product.ts';

export const sha256: Sha256 = (bytes) => hash('sha256', bytes, 'buffer');

/** What fills memory and multiplies for a challenge: a device, or this process. All of them give the same integers. */
export interface Multiplier extends AsyncDisposable {
  /** Fills the memory; `progress` with the share done, 0 to 1. */
  fill(progress: (share: number) => void, signal: AbortSignal): Promise<void>;
  /** Walks from the previous digest's words, multiplies, and returns the folds of the product's rows. */
  multiply(previous: Uint32Array): Promise<Uint32Array>;
  /** The same product once more, itself. */
  product(previous: Uint32Array): Promise<Int32Array>;
}

/** A challenge that is answered and can still be opened. Ending it gives the memory back. */
export interface Proof extends AsyncDisposable {
  readonly commitment: Commitment;
  /** Computes the products asked for again and yields each with its opening, in the order asked. */
  open(request: OpeningRequest): AsyncIterable<{ readonly opening: Opening; readonly product: Int32Array }>;
}

/** The share of the progress that is filling; the steps are the rest. */
const FILL_SHARE = 0.5;

/**
 * Answers a challenge: fills the memory, then takes the steps in their order. `progress` runs from 0 to 1. Throws when the signal fires, or
 * what the multiplier throws; the multiplier is then ended.
 */
export async function prove(
  multiplier: Multiplier,
  { shape, binding }: Challenge,
  progress: (share: number) => void,
  signal: AbortSignal,
): Promise<Proof> {
  await using unfinished = new AsyncDisposableStack();
  unfinished.use(multiplier);
  const seed = challengeSeed(sha256, shape, binding);
  await multiplier.fill((share) => progress(share * FILL_SHARE), signal);
  const digests: Uint8Array[] = [];
  for (let step = 0; step < shape.steps; step++) {
    signal.throwIfAborted();
    const previous = digests.at(-1) ?? seed;
    digests.push(stepDigest(sha256, previous, step, await multiplier.multiply(fromLittleEndian(previous))));
    progress(FILL_SHARE + ((1 - FILL_SHARE) * (step + 1)) / shape.steps);
  }
  const levels = merkleLevels(sha256, digests);
  const kept = unfinished.move();
  return {
    commitment: { nonce: binding.nonce, root: toHex(merkleRoot(levels)) },
    async *open({ steps }) {
      for (const step of steps) {
        const opening = openingOf(levels, digests, seed, step);
        yield { opening, product: await multiplier.product(fromLittleEndian(fromHex(opening.previous))) };
      }
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** What shows that a step is in the committed tree, and after which digest. */
export function openingOf(
  levels: readonly (readonly Uint8Array[])[],
  digests: readonly Uint8Array[],
  seed: Uint8Array,
  step: number,
): Opening {
  const pathOf = (leaf: number): string[] => merklePath(levels, leaf).map(toHex);
  return {
    step,
    previous: toHex(digests[step - 1] ?? seed),
    previousPath: step === 0 ? [] : pathOf(step - 1),
    path: pathOf(step),
  };
}

/** All that a request asks for, as it is sent: the message and the products' bytes after one another. Holds them all in memory. */
export async function collectOpenings(
  proof: Proof,
  request: OpeningRequest,
): Promise<{ readonly message: Openings; readonly products: Uint8Array }> {
  const message: Opening[] = [];
  const products: Uint8Array[] = [];
  for await (const { opening, product } of proof.open(request)) {
    message.push(opening);
    products.push(toLittleEndian(new Uint32Array(product.buffer, product.byteOffset, product.length)));
  }
  return { message: { nonce: request.nonce, openings: message }, products: Buffer.concat(products) };
}
