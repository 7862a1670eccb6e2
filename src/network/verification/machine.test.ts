import { expect, it } from 'vitest';
import type { Challenge } from '../../contract/challenge/messages.ts';
import { seeded } from '../../lib/testing/seeded.ts';
import { type ChallengeEvent, type ChallengeState, nextState } from './machine.ts';

const challenge: Challenge = {
  shape: { version: 1, blocks: 1, blockCells: 64, cellRounds: 16, steps: 4, hops: 8, size: 64, depth: 64, openings: 2 },
  binding: { nonce: 'a'.repeat(64), deviceId: 'gpu-0', workerKey: 'worker', sessionEpoch: 1 },
  commitWithinMs: 100,
  openWithinMs: 200,
};

it('passes only by a commitment in time, openings in time and a judge who finds nothing, in this order, whatever comes between', () => {
  const random = seeded(17);
  let passed = 0;
  for (let trial = 0; trial < 5_000; trial++) {
    let state: ChallengeState = { kind: 'issued', challenge, issuedAtMs: 0 };
    let atMs = 0;
    const seen: string[] = [];
    for (let count = 0; count < 6; count++) {
      atMs += random() * 90;
      const before: ChallengeState = state;
      const events: readonly ChallengeEvent[] = [
        { kind: 'commitment', root: random() < 0.7 ? 'r' : 's', atMs, draw: () => [0, 1] },
        { kind: 'openings', atMs },
        { kind: 'judged', fault: random() < 0.7 ? null : { code: 'bad-product', sentence: '' } },
        { kind: 'time', atMs },
      ];
      const event = events[Math.floor(random() * events.length)];
      if (event === undefined) continue;
      state = nextState(before, event);
      if (before.kind === 'decided') expect(state).toBe(before);
      if (state.kind !== before.kind) seen.push(`${before.kind} > ${state.kind}`);
    }
    if (state.kind !== 'decided' || state.verdict.kind !== 'passed') continue;
    passed += 1;
    expect(seen).toEqual(['issued > committed', 'committed > opened', 'opened > decided']);
    expect(state.verdict.committedAfterMs).toBeLessThanOrEqual(100);
  }
  expect(passed).toBeGreaterThan(50);
});

it('ends by time alone, from every state that waits for the worker', () => {
  const issued: ChallengeState = { kind: 'issued', challenge, issuedAtMs: 10 };
  const committed = nextState(issued, { kind: 'commitment', root: 'r', atMs: 60, draw: () => [0] });
  const code = (state: ChallengeState): string | null =>
    state.kind === 'decided' && state.verdict.kind === 'failed' ? state.verdict.code : null;
  expect(nextState(issued, { kind: 'time', atMs: 110 })).toBe(issued);
  expect(code(nextState(issued, { kind: 'time', atMs: 111 }))).toBe('too-late');
  expect(nextState(committed, { kind: 'time', atMs: 260 })).toBe(committed);
  expect(code(nextState(committed, { kind: 'time', atMs: 261 })), 'silent once it knows what is checked').toBe('not-opened');
  expect(code(nextState(committed, { kind: 'openings', atMs: 261 }))).toBe('not-opened');
});
