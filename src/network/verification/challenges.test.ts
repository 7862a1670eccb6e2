import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { toHex } from '../../contract/challenge/chain.ts';
import type { Challenge, ChallengeShape } from '../../contract/challenge/messages.ts';
import { seeded } from '../../lib/testing/seeded.ts';
import { type Challenges, openChallenges } from './challenges.ts';
import type { Evidence, Fault } from './judge.ts';

// What the judge finds in real and in false answers is tried in e2e/challenge, where there is a prover.

const shape: ChallengeShape = {
  version: 1,
  blocks: 1,
  blockCells: 64,
  cellRounds: 16,
  steps: 40,
  hops: 8,
  size: 64,
  depth: 64,
  openings: 4,
};
const device = { deviceId: 'gpu-0', workerKey: 'worker', sessionEpoch: 3, shape, commitWithinMs: 1_000, openWithinMs: 2_000 };
const from = { workerKey: 'worker', sessionEpoch: 3 };
const root = 'd'.repeat(64);
const hash = 'e'.repeat(64);
const openingsOf = (nonce: string) => ({ nonce, openings: [{ step: 0, previous: hash, previousPath: [], path: [] }] });
const products = new Uint8Array(0);

let nowMs: number;
let judged: Evidence[];
let findings: (evidence: Evidence) => Promise<Fault | null>;
let challenges: Challenges;

beforeEach(() => {
  nowMs = 5_000;
  judged = [];
  findings = () => Promise.resolve(null);
  challenges = openChallenges({
    clock: { monotonicMs: () => nowMs },
    random: randomBytes,
    judge: (evidence) => {
      judged.push(evidence);
      return findings(evidence);
    },
  });
});

function issueOne(): Challenge {
  const [challenge] = challenges.issue([device]);
  if (challenge === undefined) throw new Error('one was to be issued');
  return challenge;
}
const issue = (): string => issueOne().binding.nonce;

describe('a challenge', () => {
  it('goes to all devices of an owner at once, each with its own nonce', () => {
    const issued = challenges.issue([device, { ...device, deviceId: 'gpu-1' }, { ...device, workerKey: 'other' }]);
    expect(new Set(issued.map(({ binding }) => binding.nonce)).size).toBe(3);
    nowMs += 1_001;
    expect(challenges.settle().map((verdict) => verdict.kind === 'failed' && verdict.code)).toEqual(['too-late', 'too-late', 'too-late']);
    expect(challenges.settle()).toEqual([]);
  });

  it('asks for different steps only after the commitment, and says the same again', async () => {
    const nonce = issue();
    const answer = challenges.commit(from, { nonce, root });
    if (answer.kind !== 'open') throw new Error(answer.fault.code);
    expect(new Set(answer.request.steps).size).toBe(4);
    expect(answer.request.steps.every((step) => step >= 0 && step < 40)).toBe(true);
    expect(challenges.commit(from, { nonce, root })).toEqual(answer);
    nowMs += 700;
    const opened = await challenges.open(from, openingsOf(nonce), products);
    expect(opened).toMatchObject({ kind: 'decided', verdict: { kind: 'passed', committedAfterMs: 0 } });
    expect(judged[0]).toMatchObject({ root, asked: answer.request.steps });
    expect(challenges.settle()).toHaveLength(1);
  });

  it('draws every step about as often', () => {
    const counts = new Array<number>(40).fill(0);
    for (let run = 0; run < 1_000; run++) {
      const answer = challenges.commit(from, { nonce: issue(), root });
      if (answer.kind === 'open') for (const step of answer.request.steps) counts[step] = (counts[step] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(50);
    expect(Math.max(...counts)).toBeLessThan(160);
  });

  it('is failed by a commitment or openings after the deadline', async () => {
    const [late, lateToOpen] = [issue(), issue()];
    challenges.commit(from, { nonce: lateToOpen, root });
    nowMs += 1_001;
    expect(challenges.commit(from, { nonce: late, root })).toMatchObject({ kind: 'refused', fault: { code: 'too-late' } });
    nowMs += 1_000;
    expect(await challenges.open(from, openingsOf(lateToOpen), products)).toMatchObject({ verdict: { code: 'not-opened' } });
    expect(judged).toEqual([]);
  });

  it('is judged once: answers in the meantime and afterwards are replays', async () => {
    const nonce = issue();
    challenges.commit(from, { nonce, root });
    const first = challenges.open(from, openingsOf(nonce), products);
    expect(await challenges.open(from, openingsOf(nonce), products)).toMatchObject({ fault: { code: 'replayed-nonce' } });
    expect(challenges.commit(from, { nonce, root })).toMatchObject({ fault: { code: 'replayed-nonce' } });
    expect(await first).toMatchObject({ kind: 'decided' });
    expect(await challenges.open(from, openingsOf(nonce), products)).toMatchObject({ fault: { code: 'replayed-nonce' } });
    expect(judged).toHaveLength(1);
  });

  it('does not exist for another worker or another session, who cannot harm it either', async () => {
    const nonce = issue();
    for (const other of [
      { ...from, workerKey: 'other' },
      { ...from, sessionEpoch: 4 },
    ]) {
      expect(challenges.commit(other, { nonce, root })).toMatchObject({ fault: { code: 'unknown-nonce' } });
      expect(await challenges.open(other, openingsOf(nonce), products)).toMatchObject({ fault: { code: 'unknown-nonce' } });
    }
    expect(challenges.commit(from, { nonce, root })).toMatchObject({ kind: 'open' });
  });

  it('is forgotten, and held against nobody, when the judge itself breaks', async () => {
    const nonce = issue();
    challenges.commit(from, { nonce, root });
    findings = () => Promise.reject(new Error('the thread is gone'));
    await expect(challenges.open(from, openingsOf(nonce), products)).rejects.toThrow('the thread is gone');
    nowMs += 10_000;
    expect(challenges.settle()).toEqual([]);
    expect(challenges.commit(from, { nonce, root })).toMatchObject({ fault: { code: 'unknown-nonce' } });
  });
});

it('refuses whatever a hostile worker sends, and never throws', async () => {
  const random = seeded(3);
  const nonce = issue();
  const pieces: readonly (() => unknown)[] = [
    () => nonce,
    () => root,
    () => toHex(randomBytes(32)),
    () => null,
    () => random() * 1e12,
    () => -1,
    () => 'x'.repeat(Math.floor(random() * 1_000)),
    () => ({ nonce: value(), root: value(), openings: value(), __proto__: value() }),
    () =>
      Array.from({ length: Math.floor(random() * 4) }, () => ({
        step: value(),
        previous: value(),
        previousPath: [value()],
        path: [value()],
      })),
  ];
  let depth = 0;
  function value(): unknown {
    if (depth > 2) return null;
    depth += 1;
    const made = pieces[Math.floor(random() * pieces.length)]?.();
    depth -= 1;
    return made;
  }
  for (let trial = 0; trial < 1_000; trial++) {
    const message = value();
    challenges.commit(from, message);
    await challenges.open(from, message, products);
  }
  await challenges.open(from, { nonce, openings: Array(100_000).fill({ step: 0 }) }, products);
  expect(judged).toEqual([]);
});
