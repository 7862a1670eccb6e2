import { collectOpenings, type Multiplier, prove, sha256 } from '../../src/agent/benchmark/challenge/prove.ts';
import type { Challenge, ChallengeFault, ChallengeShape, Commitment, Openings } from '../../src/contract/challenge/messages.ts';
import { seeded } from '../../src/lib/testing/seeded.ts';
import { challengeTerms, type DeviceClaim, honestMs } from '../../src/network/verification/challenge-terms.ts';
import { type ChallengedDevice, type Challenges, openChallenges, type Sender } from '../../src/network/verification/challenges.ts';
import type { RandomBytes } from '../../src/network/verification/freivalds.ts';
import { judge } from '../../src/network/verification/judge.ts';

export type Outcome = 'passed' | ChallengeFault;

/** A challenge that this process answers in milliseconds. Every step is opened: a lie in any one of them is looked at. */
export const SMALL: ChallengeShape = {
  version: 1,
  blocks: 6,
  blockCells: 64,
  cellRounds: 32,
  steps: 8,
  hops: 32,
  size: 64,
  depth: 64,
  openings: 8,
};
/** Half of the steps are opened, by draw: who fakes half of them is missed once in 2.7 million runs (1 / C(24, 12)). */
export const SAMPLED: ChallengeShape = { ...SMALL, steps: 24, openings: 12, hops: 8 };

/** What the time in these trials stands for: a card with 24 GiB, of which 22 are free, by its datasheet's order of magnitude. */
export const CARD: DeviceClaim = {
  freeMemoryBytes: 22 * 2 ** 30,
  largestBlockBytes: 2 ** 30,
  speed: { roundsPerSecond: 1.6e12, hopNs: 800, multiplyAddsPerSecond: 5e13, stepOverheadMs: 1, uploadBytesPerSecond: 2.5e6 },
};
export const CARD_TERMS = challengeTerms(CARD);
export const CARD_MS = honestMs(CARD_TERMS.shape, CARD.speed);

/** One network with devices of one owner, whose time passes only when told. */
export interface Trial {
  readonly challenges: Challenges;
  /** 0 to 1. */
  readonly random: () => number;
  readonly randomBytes: RandomBytes;
  /** Challenges this many devices at once. */
  issue(count: number, shape: ChallengeShape): readonly Challenge[];
  pass(ms: number): void;
}

export function startTrial(seed: number): Trial {
  const random = seeded(seed);
  const randomBytes: RandomBytes = (sizeBytes) => Uint8Array.from({ length: sizeBytes }, () => Math.floor(random() * 256));
  let nowMs = random() * 1e9;
  const challenges = openChallenges({
    clock: { monotonicMs: () => nowMs },
    random: randomBytes,
    judge: (evidence) => Promise.resolve(judge(evidence, sha256, randomBytes)),
  });
  const device = (shape: ChallengeShape, number: number): ChallengedDevice => ({
    deviceId: `gpu-${number}`,
    workerKey: 'worker',
    sessionEpoch: 7,
    shape,
    commitWithinMs: CARD_TERMS.commitWithinMs,
    openWithinMs: CARD_TERMS.openWithinMs,
  });
  return {
    challenges,
    random,
    randomBytes,
    issue: (count, shape) => challenges.issue(Array.from({ length: count }, (_, number) => device(shape, number))),
    pass(ms) {
      nowMs += ms;
    },
  };
}

export const senderOf = ({ binding: { workerKey, sessionEpoch } }: Challenge): Sender => ({ workerKey, sessionEpoch });

/** An honest machine is now and then a little slower, or quicker, than it claims. */
export const honestTime = ({ random }: Trial): number => CARD_MS * (0.9 + 0.3 * random());

/** What a prover changes in what it sends, and how long it takes. */
export interface Manner {
  readonly commitMs: number;
  readonly openMs: number;
  readonly commitment: (honest: Commitment) => Commitment;
  readonly steps: (asked: readonly number[]) => readonly number[];
  readonly openings: (honest: Openings) => Openings;
}

export const honestManner = (trial: Trial): Manner => ({
  commitMs: honestTime(trial),
  openMs: CARD_TERMS.openWithinMs * (0.3 + 0.5 * trial.random()),
  commitment: (honest) => honest,
  steps: (asked) => asked,
  openings: (honest) => honest,
});

/** Answers a challenge with a multiplier that may lie, made for the same or another challenge, and says how the network takes it. */
export async function answer(
  trial: Trial,
  challenge: Challenge,
  multiplier: Multiplier,
  manner: Manner = honestManner(trial),
  provenFor: Challenge = challenge,
): Promise<Outcome> {
  await using proof = await prove(multiplier, provenFor, () => undefined, new AbortController().signal);
  trial.pass(manner.commitMs);
  const { nonce } = challenge.binding;
  const committed = trial.challenges.commit(senderOf(challenge), manner.commitment({ ...proof.commitment, nonce }));
  if (committed.kind === 'refused') return committed.fault.code;
  const { message, products } = await collectOpenings(proof, { nonce, steps: [...manner.steps(committed.request.steps)] });
  trial.pass(manner.openMs);
  const opened = await trial.challenges.open(senderOf(challenge), manner.openings(message), products);
  if (opened.kind === 'refused') return opened.fault.code;
  return opened.verdict.kind === 'passed' ? 'passed' : opened.verdict.code;
}
