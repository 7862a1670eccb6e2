import { describe, expect, it } from 'vitest';
import { toHex } from '../../../contract/challenge/chain.ts';
import { merkleLevels, merklePath, merkleRoot, rootFromPath } from '../../../contract/challenge/merkle.ts';
import type { Challenge } from '../../../contract/challenge/messages.ts';
import { collectOpenings, prove, sha256 } from './prove.ts';
import { referenceMultiplier } from './reference.ts';

const challenge: Challenge = {
  shape: { version: 1, blocks: 3, blockCells: 100, cellRounds: 50, steps: 5, hops: 20, size: 64, depth: 128, openings: 2 },
  binding: { nonce: 'c0ffee'.padEnd(64, '0'), deviceId: 'gpu-0', workerKey: 'worker', sessionEpoch: 3 },
  commitWithinMs: 1_000,
  openWithinMs: 1_000,
};
const never = new AbortController().signal;
const rootOf = async (of: Challenge): Promise<string> => {
  await using proof = await prove(referenceMultiplier(of), of, () => undefined, never);
  return proof.commitment.root;
};

describe('proving', () => {
  it('commits to one known root: another is another version of the protocol', async () => {
    expect(await rootOf(challenge)).toBe('d9857d2fe3198b9bd0e7fa8c5fde03619322269197ad4fde3cae28c8d519f4d1');
  });

  it('depends on everything that it is bound to', async () => {
    const { binding, shape } = challenge;
    const others: readonly Challenge[] = [
      { ...challenge, binding: { ...binding, nonce: '1'.repeat(64) } },
      { ...challenge, binding: { ...binding, deviceId: 'gpu-1' } },
      { ...challenge, binding: { ...binding, workerKey: 'another' } },
      { ...challenge, binding: { ...binding, sessionEpoch: 4 } },
      { ...challenge, shape: { ...shape, openings: 3 } },
    ];
    const roots = await Promise.all([challenge, ...others].map(rootOf));
    expect(new Set(roots).size).toBe(roots.length);
  });

  it('tells its progress, up to all of it', async () => {
    const shares: number[] = [];
    await using _proof = await prove(referenceMultiplier(challenge), challenge, (share) => shares.push(share), never);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });

  it('ends when it is told to, and gives its memory back', async () => {
    const stop = new AbortController();
    let ended = false;
    const honest = referenceMultiplier(challenge);
    const watched = {
      ...honest,
      multiply(previous: Uint32Array): Promise<Uint32Array> {
        stop.abort(new Error('stopped'));
        return honest.multiply(previous);
      },
      [Symbol.asyncDispose]: () => {
        ended = true;
        return honest[Symbol.asyncDispose]();
      },
    };
    await expect(prove(watched, challenge, () => undefined, stop.signal)).rejects.toThrow('stopped');
    expect(ended).toBe(true);
  });

  it('opens what it is asked for, in that order', async () => {
    await using proof = await prove(referenceMultiplier(challenge), challenge, () => undefined, never);
    const { message, products } = await collectOpenings(proof, { nonce: challenge.binding.nonce, steps: [4, 0] });
    expect(message.openings.map(({ step }) => step)).toEqual([4, 0]);
    expect(message.openings[1]?.previousPath).toEqual([]);
    expect(products.length).toBe(2 * 64 * 64 * 4);
  });
});

describe('the tree over the digests', () => {
  it('shows every leaf of every size at its place and at no other', () => {
    for (const count of [1, 2, 3, 5, 8, 13]) {
      const leaves = Array.from({ length: count }, (_, at) => sha256(Uint8Array.of(at)));
      const levels = merkleLevels(sha256, leaves);
      const root = toHex(merkleRoot(levels));
      for (const [at, leaf] of leaves.entries()) {
        const path = merklePath(levels, at);
        const reached = (place: number, by = path): string | null => {
          const hash = rootFromPath(sha256, count, place, leaf, by);
          return hash === null ? null : toHex(hash);
        };
        expect(reached(at)).toBe(root);
        for (let other = 0; other < count; other++) if (other !== at) expect(reached(other)).not.toBe(root);
        expect(reached(at, [...path, leaf])).toBeNull();
        if (path.length > 0) expect(reached(at, path.slice(1))).toBeNull();
      }
    }
  });
});
