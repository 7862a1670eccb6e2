import { collectOpenings, type Multiplier, openingOf, prove, sha256 } from '../../src/agent/benchmark/challenge/prove.ts';
import { multiplyMatrices, referenceMultiplier } from '../../src/agent/benchmark/challenge/reference.ts';
import { challengeSeed, fromHex, memorySeed, stepDigest, toHex } from '../../src/contract/challenge/chain.ts';
import { makeCell, walk, walkStart } from '../../src/contract/challenge/memory.ts';
import { merkleLevels, merkleRoot } from '../../src/contract/challenge/merkle.ts';
import type { Challenge } from '../../src/contract/challenge/messages.ts';
import { expandMatrix, foldRows, fromLittleEndian, LEFT, RIGHT, toLittleEndian } from '../../src/contract/challenge/product.ts';
import { shortMemoryMs, twoForOneMs } from '../../src/network/verification/challenge-terms.ts';
import { answer, CARD, CARD_TERMS, honestManner, honestTime, type Outcome, SAMPLED, SMALL, senderOf, type Trial } from './trial.ts';

/** A way of cheating, with the faults by which the network may find it. */
export interface Liar {
  readonly name: string;
  readonly foundBy: readonly Outcome[];
  readonly play: (trial: Trial) => Promise<Outcome>;
}

const below = (trial: Trial, limit: number): number => Math.floor(trial.random() * limit);

function only(challenges: readonly Challenge[]): Challenge {
  const [challenge] = challenges;
  if (challenge === undefined) throw new Error('no challenge was issued');
  return challenge;
}

/** Multiplies honestly, then alters the product of some steps (counted from 0) before anybody sees it. */
function altering(challenge: Challenge, steps: ReadonlySet<number>, alter: (product: Int32Array) => Int32Array): Multiplier {
  const honest = referenceMultiplier(challenge);
  const altered = new Map<string, Int32Array>();
  let step = 0;
  const product = async (previous: Uint32Array): Promise<Int32Array> => altered.get(previous.join()) ?? (await honest.product(previous));
  return {
    fill: honest.fill,
    async multiply(previous) {
      if (steps.has(step++)) altered.set(previous.join(), alter((await honest.product(previous)).slice()));
      return foldRows(challenge.shape.size, await product(previous));
    },
    product,
    [Symbol.asyncDispose]: () => honest[Symbol.asyncDispose](),
  };
}

const anyStep = (trial: Trial, { shape }: Challenge): ReadonlySet<number> => new Set([below(trial, shape.steps)]);

function withFlippedBit(trial: Trial, product: Int32Array): Int32Array {
  const at = below(trial, product.length);
  product[at] = (product[at] ?? 0) ^ (1 << below(trial, 32));
  return product;
}

/** Commits to folds of its own invention for some steps; when one is opened it multiplies after all. */
function inventing(trial: Trial, challenge: Challenge, steps: ReadonlySet<number>): Multiplier {
  const honest = referenceMultiplier(challenge);
  let step = 0;
  return {
    ...honest,
    multiply: (previous) =>
      steps.has(step++) ? Promise.resolve(fromLittleEndian(trial.randomBytes(challenge.shape.size * 16))) : honest.multiply(previous),
  };
}

/** Different steps, this many. */
function someSteps(trial: Trial, { shape }: Challenge, count: number): ReadonlySet<number> {
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(below(trial, shape.steps));
  return chosen;
}

/** Follows the chain but multiplies what a walk from elsewhere finds. */
function walkingFrom(challenge: Challenge, elsewhere: (previous: Uint32Array) => Uint32Array): Multiplier {
  const honest = referenceMultiplier(challenge);
  return {
    ...honest,
    multiply: (previous) => honest.multiply(elsewhere(previous)),
    product: (previous) => honest.product(elsewhere(previous)),
  };
}

/** Changes one row of each product until the next walk keeps to the blocks that it has: the first half of them. */
function steering(challenge: Challenge): Multiplier {
  const { shape, binding } = challenge;
  const honest = referenceMultiplier(challenge);
  const steered = new Map<string, Int32Array>();
  let step = 0;
  return {
    ...honest,
    async multiply(previous) {
      const product = (await honest.product(previous)).slice();
      const before = step === 0 ? challengeSeed(sha256, shape, binding) : toLittleEndian(previous);
      for (let tries = 0; tries < 200; tries++) {
        product[0] = tries;
        const next = stepDigest(sha256, before, step, foldRows(shape.size, product));
        if (walkStart(shape, fromLittleEndian(next)).window.every((block) => block < shape.blocks / 2)) break;
      }
      step += 1;
      steered.set(previous.join(), product);
      return foldRows(shape.size, product);
    },
    product: async (previous) => steered.get(previous.join()) ?? (await honest.product(previous)),
  };
}

/** Keeps the cells that fall below a share and makes the others again whenever a walk meets one, correctly; counts how many it had to make. */
function forgetful(challenge: Challenge, keptShare: number): { readonly multiplier: Multiplier; readonly missed: () => number } {
  const { shape, binding } = challenge;
  const honest = referenceMultiplier(challenge);
  const seed = memorySeed(sha256, challengeSeed(sha256, shape, binding));
  let missed = 0;
  const product = (previous: Uint32Array): Int32Array => {
    const key = walk(shape, walkStart(shape, previous), (block, offset, into) => {
      if (offset >= keptShare * shape.blockCells) missed += 1;
      makeCell(seed, shape.cellRounds, block, offset, into);
    });
    return multiplyMatrices(shape, expandMatrix(shape, key, LEFT), expandMatrix(shape, key, RIGHT));
  };
  return {
    multiplier: {
      ...honest,
      multiply: (previous) => Promise.resolve(foldRows(shape.size, product(previous))),
      product: (previous) => Promise.resolve(product(previous)),
    },
    missed: () => missed,
  };
}

const always =
  (multiplier: (trial: Trial, challenge: Challenge) => Multiplier, shape = SMALL): Liar['play'] =>
  (trial) => {
    const challenge = only(trial.issue(1, shape));
    return answer(trial, challenge, multiplier(trial, challenge));
  };

export const liars: readonly Liar[] = [
  {
    name: 'flips one bit of one product',
    foundBy: ['bad-product'],
    play: always((trial, challenge) => altering(challenge, anyStep(trial, challenge), (product) => withFlippedBit(trial, product))),
  },
  {
    name: 'adds or takes the prime of the check from one number',
    foundBy: ['bad-product'],
    play: always((trial, challenge) =>
      altering(challenge, anyStep(trial, challenge), (product) => {
        const at = below(trial, product.length);
        const value = product[at] ?? 0;
        product[at] = value > 0 ? value - (2 ** 31 - 1) : value + (2 ** 31 - 1);
        return product;
      }),
    ),
  },
  {
    name: 'makes one row of one product up',
    foundBy: ['bad-product'],
    play: always((trial, challenge) =>
      altering(challenge, anyStep(trial, challenge), (product) => {
        const { size } = challenge.shape;
        const row = new Int32Array(size).map(() => below(trial, 2 ** 20));
        product.set(row, below(trial, size) * size);
        return product;
      }),
    ),
  },
  {
    name: 'skips half of the steps, half are opened',
    foundBy: ['bad-opening'],
    play: always((trial, challenge) => inventing(trial, challenge, someSteps(trial, challenge, SAMPLED.steps / 2)), SAMPLED),
  },
  {
    name: 'walks from the same place in every step',
    foundBy: ['bad-product'],
    play: always((trial, challenge) => {
      const place = fromLittleEndian(trial.randomBytes(32));
      return walkingFrom(challenge, () => place);
    }),
  },
  {
    name: 'steers the walks to the half of the memory that it keeps',
    foundBy: ['bad-product'],
    play: always((_, challenge) => steering(challenge)),
  },
  {
    name: 'keeps half of the memory or less and makes the rest again on a quick processor',
    foundBy: ['too-late'],
    async play(trial) {
      const challenge = only(trial.issue(1, SMALL));
      const { multiplier, missed } = forgetful(challenge, 0.5 * trial.random());
      // The small walk stands for that of the card: its share of missed cells, in the card's time.
      const { steps, hops } = challenge.shape;
      const commitMs = () => shortMemoryMs(CARD_TERMS.shape, CARD.speed, 1 - missed() / (steps * hops)) * (1 + 0.2 * trial.random());
      return answer(trial, challenge, multiplier, {
        ...honestManner(trial),
        get commitMs() {
          return commitMs();
        },
      });
    },
  },
  {
    name: 'commits or opens too late',
    foundBy: ['too-late', 'not-opened'],
    play(trial) {
      const challenge = only(trial.issue(1, SMALL));
      const late = 1.001 + trial.random();
      const manner = honestManner(trial);
      const slow =
        below(trial, 2) === 0
          ? { ...manner, commitMs: CARD_TERMS.commitWithinMs * late }
          : { ...manner, openMs: CARD_TERMS.openWithinMs * late };
      return answer(trial, challenge, referenceMultiplier(challenge), slow);
    },
  },
  {
    name: 'skips half of the steps and is silent when one of them is to be opened',
    foundBy: ['not-opened'],
    async play(trial) {
      const challenge = only(trial.issue(1, SAMPLED));
      const skipped = someSteps(trial, challenge, SAMPLED.steps / 2);
      await using proof = await prove(inventing(trial, challenge, skipped), challenge, () => undefined, new AbortController().signal);
      const committed = trial.challenges.commit(senderOf(challenge), proof.commitment);
      if (committed.kind === 'refused') return committed.fault.code;
      if (!committed.request.steps.some((step) => skipped.has(step))) return 'passed';
      trial.pass(CARD_TERMS.openWithinMs + 1);
      const [verdict] = trial.challenges.settle();
      return verdict?.kind === 'failed' ? verdict.code : 'passed';
    },
  },
  {
    name: 'serves two challenges with one card at once',
    foundBy: ['too-late'],
    async play(trial) {
      const [first, second] = trial.issue(2, SMALL);
      if (first === undefined || second === undefined) throw new Error('two challenges were to be issued');
      const both = twoForOneMs(CARD_TERMS.shape, CARD.speed) * (1 + 0.1 * trial.random());
      const manner = { ...honestManner(trial), commitMs: both, openMs: 0 };
      const one = await answer(trial, first, referenceMultiplier(first), manner);
      const other = await answer(trial, second, referenceMultiplier(second), manner);
      return one === 'passed' ? other : one;
    },
  },
  {
    name: 'answers with what it had precomputed for a nonce it guessed',
    foundBy: ['bad-product', 'bad-link'],
    play(trial) {
      const guessed = { ...only(trial.issue(1, SMALL)) };
      const guess = { ...guessed, binding: { ...guessed.binding, nonce: toHex(trial.randomBytes(32)) } };
      return answer(trial, guessed, referenceMultiplier(guess), { ...honestManner(trial), commitMs: 1 }, guess);
    },
  },
  {
    name: 'replays a transcript of its own that has passed',
    foundBy: ['replayed-nonce', 'bad-product', 'bad-link'],
    async play(trial) {
      const old = only(trial.issue(1, SMALL));
      if ((await answer(trial, old, referenceMultiplier(old))) !== 'passed') throw new Error('the transcript to be replayed did not pass');
      const again = only(trial.issue(1, SMALL));
      const asked = below(trial, 2) === 0 ? old : again; // by its old nonce, or by the new one
      return answer(trial, asked, referenceMultiplier(old), honestManner(trial), old);
    },
  },
  {
    name: "answers with another device's or another session's work",
    foundBy: ['bad-product', 'bad-link', 'unknown-nonce'],
    play(trial) {
      const [mine, others] = trial.issue(2, SMALL);
      if (mine === undefined || others === undefined) throw new Error('two challenges were to be issued');
      switch (below(trial, 3)) {
        case 0:
          return answer(trial, mine, referenceMultiplier(others), honestManner(trial), others);
        case 1: {
          const earlier = { ...mine, binding: { ...mine.binding, sessionEpoch: mine.binding.sessionEpoch - 1 } };
          return answer(trial, mine, referenceMultiplier(earlier), honestManner(trial), earlier);
        }
        default: {
          const foreign = { ...mine, binding: { ...mine.binding, workerKey: 'another' } };
          return answer(trial, foreign, referenceMultiplier(foreign));
        }
      }
    },
  },
  {
    name: 'swaps two leaves of the tree',
    foundBy: ['bad-opening', 'bad-link'],
    async play(trial) {
      const challenge = only(trial.issue(1, SMALL));
      const { shape, binding } = challenge;
      const multiplier = referenceMultiplier(challenge);
      await multiplier.fill(() => undefined, new AbortController().signal);
      const seed = challengeSeed(sha256, shape, binding);
      const digests: Uint8Array[] = [];
      for (let step = 0; step < shape.steps; step++) {
        const previous = digests.at(-1) ?? seed;
        digests.push(stepDigest(sha256, previous, step, await multiplier.multiply(fromLittleEndian(previous))));
      }
      const [one, other] = [...someSteps(trial, challenge, 2)];
      const swapped = digests.map((digest, at) =>
        at === one ? (digests[other ?? 0] ?? seed) : at === other ? (digests[one ?? 0] ?? seed) : digest,
      );
      const levels = merkleLevels(sha256, swapped);
      trial.pass(honestTime(trial));
      const committed = trial.challenges.commit(senderOf(challenge), { nonce: binding.nonce, root: toHex(merkleRoot(levels)) });
      if (committed.kind === 'refused') return committed.fault.code;
      const asked = committed.request.steps;
      const openings = asked.map((step) => ({ ...openingOf(levels, swapped, seed, step), previous: toHex(digests[step - 1] ?? seed) }));
      const products: Uint8Array[] = [];
      for (const { previous } of openings) {
        const product = await multiplier.product(fromLittleEndian(fromHex(previous)));
        products.push(toLittleEndian(new Uint32Array(product.buffer)));
      }
      const opened = await trial.challenges.open(senderOf(challenge), { nonce: binding.nonce, openings }, Buffer.concat(products));
      if (opened.kind === 'refused') return opened.fault.code;
      return opened.verdict.kind === 'passed' ? 'passed' : opened.verdict.code;
    },
  },
  {
    name: 'opens other steps than it was asked for',
    foundBy: ['bad-opening'],
    play(trial) {
      const challenge = only(trial.issue(1, { ...SMALL, openings: 4 }));
      const steps = (asked: readonly number[]): readonly number[] => {
        const others = Array.from({ length: SMALL.steps }, (_, step) => step).filter((step) => !asked.includes(step));
        return asked.map((step, at) => (at === 0 ? (others[below(trial, others.length)] ?? step) : step));
      };
      return answer(trial, challenge, referenceMultiplier(challenge), { ...honestManner(trial), steps });
    },
  },
  {
    name: 'commits to nothing, and to its work when it knows what is checked',
    foundBy: ['bad-commitment', 'bad-link', 'bad-opening'],
    async play(trial) {
      const challenge = only(trial.issue(1, SMALL));
      const { nonce } = challenge.binding;
      const first = trial.challenges.commit(senderOf(challenge), { nonce, root: toHex(trial.randomBytes(32)) });
      if (first.kind === 'refused') return first.fault.code;
      await using proof = await prove(referenceMultiplier(challenge), challenge, () => undefined, new AbortController().signal);
      if (below(trial, 2) === 0) {
        const second = trial.challenges.commit(senderOf(challenge), proof.commitment);
        return second.kind === 'refused' ? second.fault.code : 'passed';
      }
      const { message, products } = await collectOpenings(proof, first.request);
      const opened = await trial.challenges.open(senderOf(challenge), message, products);
      if (opened.kind === 'refused') return opened.fault.code;
      return opened.verdict.kind === 'passed' ? 'passed' : opened.verdict.code;
    },
  },
  {
    name: 'opens steps after digests that it never committed to',
    foundBy: ['bad-link'],
    play(trial) {
      const challenge = only(trial.issue(1, SMALL));
      const manner = honestManner(trial);
      return answer(trial, challenge, referenceMultiplier(challenge), {
        ...manner,
        openings: (honest) => {
          const which = below(trial, honest.openings.length);
          return {
            ...honest,
            openings: honest.openings.map((opening, at) =>
              at === which ? { ...opening, previous: toHex(trial.randomBytes(32)) } : opening,
            ),
          };
        },
      });
    },
  },
];
