import type { Challenge, ChallengeVerdict } from '../../contract/challenge/messages.ts';
import type { Fault } from './judge.ts';

/** Where a challenge stands. Times are the network's monotonic clock. */
export type ChallengeState =
  | { readonly kind: 'issued'; readonly challenge: Challenge; readonly issuedAtMs: number }
  | {
      readonly kind: 'committed';
      readonly challenge: Challenge;
      readonly committedAfterMs: number;
      readonly root: string;
      readonly asked: readonly number[];
      readonly askedAtMs: number;
    }
  | { readonly kind: 'opened'; readonly challenge: Challenge; readonly committedAfterMs: number }
  | { readonly kind: 'decided'; readonly verdict: ChallengeVerdict };

/** What happens to a challenge. `draw` chooses the steps to open and is called only where a commitment is taken, never before. */
export type ChallengeEvent =
  | { readonly kind: 'commitment'; readonly root: string; readonly atMs: number; readonly draw: () => readonly number[] }
  | { readonly kind: 'openings'; readonly atMs: number }
  | { readonly kind: 'judged'; readonly fault: Fault | null }
  | { readonly kind: 'time'; readonly atMs: number };

/** The next state; the same object where the event changes nothing. Total: no event is wrong in any state. */
export function nextState(state: ChallengeState, event: ChallengeEvent): ChallengeState {
  switch (state.kind) {
    case 'decided':
      return state;
    case 'issued':
      return afterIssue(state, event);
    case 'committed':
      return afterCommitment(state, event);
    case 'opened':
      return afterOpening(state, event);
  }
}

function afterIssue(state: ChallengeState & { kind: 'issued' }, event: ChallengeEvent): ChallengeState {
  const { challenge, issuedAtMs } = state;
  switch (event.kind) {
    case 'commitment':
      return isPast(issuedAtMs, challenge.commitWithinMs, event.atMs)
        ? failed(challenge, tooLate(event.atMs - issuedAtMs, challenge.commitWithinMs))
        : {
            kind: 'committed',
            challenge,
            committedAfterMs: event.atMs - issuedAtMs,
            root: event.root,
            asked: event.draw(),
            askedAtMs: event.atMs,
          };
    case 'openings':
      return failed(challenge, { code: 'bad-commitment', sentence: 'The device opened steps before it had committed to them.' });
    case 'time':
      return isPast(issuedAtMs, challenge.commitWithinMs, event.atMs) ? failed(challenge, tooLate(null, challenge.commitWithinMs)) : state;
    case 'judged':
      return state;
  }
}

function afterCommitment(state: ChallengeState & { kind: 'committed' }, event: ChallengeEvent): ChallengeState {
  const { challenge, askedAtMs, committedAfterMs } = state;
  switch (event.kind) {
    case 'commitment':
      return event.root === state.root // said again, because the answer was lost
        ? state
        : failed(challenge, { code: 'bad-commitment', sentence: 'The device committed to another answer after it knew what is checked.' });
    case 'openings':
      return isPast(askedAtMs, challenge.openWithinMs, event.atMs)
        ? failed(challenge, notOpened(event.atMs - askedAtMs, challenge.openWithinMs))
        : { kind: 'opened', challenge, committedAfterMs };
    case 'time':
      return isPast(askedAtMs, challenge.openWithinMs, event.atMs) ? failed(challenge, notOpened(null, challenge.openWithinMs)) : state;
    case 'judged':
      return state;
  }
}

function afterOpening(state: ChallengeState & { kind: 'opened' }, event: ChallengeEvent): ChallengeState {
  if (event.kind !== 'judged') return state; // in the network's hands: nothing that a worker says now changes it
  const { challenge, committedAfterMs } = state;
  return event.fault === null
    ? { kind: 'decided', verdict: { kind: 'passed', binding: challenge.binding, committedAfterMs } }
    : failed(challenge, event.fault);
}

const isPast = (fromMs: number, withinMs: number, atMs: number): boolean => atMs - fromMs > withinMs;

/** Null: it did not come at all. */
const came = (afterMs: number | null): string => (afterMs === null ? 'did not come' : `came after ${Math.round(afterMs)} ms`);

const tooLate = (afterMs: number | null, withinMs: number): Fault => ({
  code: 'too-late',
  sentence: `The commitment ${came(afterMs)}; a device of this speed has ${withinMs} ms.`,
});

const notOpened = (afterMs: number | null, withinMs: number): Fault => ({
  code: 'not-opened',
  sentence: `The device had committed, but the steps to be opened ${came(afterMs)}; it had ${withinMs} ms.`,
});

function failed({ binding }: Challenge, { code, sentence }: Fault): ChallengeState {
  return { kind: 'decided', verdict: { kind: 'failed', binding, code, sentence } };
}
