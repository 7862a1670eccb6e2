import { toHex } from '../../contract/challenge/chain.ts';
import {
  type Challenge,
  type ChallengeBinding,
  type ChallengeShape,
  type ChallengeVerdict,
  challenge as challengeSchema,
  commitment,
  type OpeningRequest,
  openings as openingsSchema,
} from '../../contract/challenge/messages.ts';
import type { Clock } from '../../lib/clock.ts';
import type { RandomBytes } from './freivalds.ts';
import type { Evidence, Fault } from './judge.ts';
import { type ChallengeEvent, type ChallengeState, nextState } from './machine.ts';

/** A device to be challenged, with what it claims put into a shape and deadlines (`challenge-terms.ts`). */
export interface ChallengedDevice {
  readonly deviceId: string;
  readonly workerKey: string;
  readonly sessionEpoch: number;
  readonly shape: ChallengeShape;
  readonly commitWithinMs: number;
  readonly openWithinMs: number;
}

/** Who speaks, by its authenticated session; never by what the message says. */
export interface Sender {
  readonly workerKey: string;
  readonly sessionEpoch: number;
}

export type CommitAnswer =
  | { readonly kind: 'open'; readonly request: OpeningRequest }
  | { readonly kind: 'refused'; readonly fault: Fault };
export type OpenAnswer =
  | { readonly kind: 'decided'; readonly verdict: ChallengeVerdict }
  | { readonly kind: 'refused'; readonly fault: Fault };

export interface Challenges {
  /** Challenges all of an owner's devices at the same moment, each with a nonce of its own. Throws where a device is no valid one. */
  issue(devices: readonly ChallengedDevice[]): readonly Challenge[];
  /** Takes a commitment and only then draws the steps to open. Said again with the same root, it gives the same answer. */
  commit(from: Sender, message: unknown): CommitAnswer;
  /** Takes opened steps, once for each nonce, and judges them. */
  open(from: Sender, message: unknown, products: Uint8Array): Promise<OpenAnswer>;
  /** Fails what is overdue, and returns every verdict since the last call. To be called every few seconds. */
  settle(): readonly ChallengeVerdict[];
}

interface Parts {
  /** Its monotonic side counts. */
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Of cryptographic quality: nonces, and the steps to open. */
  readonly random: RandomBytes;
  /** `judge` of judge.ts, in a thread or here. */
  readonly judge: (evidence: Evidence) => Promise<Fault | null>;
}

const NONCE_BYTES = 32;
/** Decided nonces that are remembered, the newest: enough to tell a repeated one from one that never was; either is refused. */
const REMEMBERED = 10_000;

const UNKNOWN: Fault = { code: 'unknown-nonce', sentence: 'This worker was not asked this in this session.' };
const REPLAYED: Fault = { code: 'replayed-nonce', sentence: 'This challenge is already answered, and each is answered once.' };
const NO_OPENINGS: Fault = { code: 'wrong-shape', sentence: 'The opened steps are not in the form that was agreed.' };
const NO_COMMITMENT: Fault = { code: 'wrong-shape', sentence: 'The commitment is not in the form that was agreed.' };

/** The challenges that are under way. Kept in memory: after a restart of the network they are unknown, and no device is judged for it. */
export function openChallenges({ clock, random, judge }: Parts): Challenges {
  const states = new Map<string, ChallengeState>();
  const fresh: ChallengeVerdict[] = [];
  const decidedNonces: string[] = [];

  const apply = (nonce: string, state: ChallengeState, event: ChallengeEvent): ChallengeState => {
    const next = nextState(state, event);
    states.set(nonce, next);
    if (next.kind === 'decided' && state.kind !== 'decided') {
      fresh.push(next.verdict);
      decidedNonces.push(nonce);
      if (decidedNonces.length > REMEMBERED) states.delete(decidedNonces.shift() ?? '');
    }
    return next;
  };
  /** What the judge says. Where it breaks, the challenge is forgotten: that is no fault of the device. */
  const judged = async (evidence: Evidence): Promise<Fault | null> => {
    try {
      return await judge(evidence);
    } catch (error) {
      states.delete(evidence.challenge.binding.nonce);
      throw error;
    }
  };
  /** The state of a nonce for its own worker in its own session; for anybody else it does not exist. */
  const stateFor = (from: Sender, nonce: string): ChallengeState | null => {
    const state = states.get(nonce);
    return state !== undefined && isOf(from, bindingOf(state)) ? state : null;
  };

  return {
    issue(devices) {
      const issuedAtMs = clock.monotonicMs();
      const challenges = devices.map(({ shape, commitWithinMs, openWithinMs, ...device }) =>
        challengeSchema.parse({ shape, commitWithinMs, openWithinMs, binding: { ...device, nonce: toHex(random(NONCE_BYTES)) } }),
      );
      for (const challenge of challenges) states.set(challenge.binding.nonce, { kind: 'issued', challenge, issuedAtMs });
      return challenges;
    },
    commit(from, message) {
      const atMs = clock.monotonicMs();
      const parsed = commitment.safeParse(message);
      if (!parsed.success) return { kind: 'refused', fault: NO_COMMITMENT };
      const { nonce, root } = parsed.data;
      const state = stateFor(from, nonce);
      if (state === null) return { kind: 'refused', fault: UNKNOWN };
      if (state.kind === 'decided' || state.kind === 'opened') return { kind: 'refused', fault: REPLAYED };
      const draw = (): readonly number[] => drawSteps(state.challenge.shape, random);
      const next = apply(nonce, state, { kind: 'commitment', root, atMs, draw });
      if (next.kind === 'committed') return { kind: 'open', request: { nonce, steps: [...next.asked] } };
      return { kind: 'refused', fault: faultOf(next) };
    },
    async open(from, message, products) {
      const atMs = clock.monotonicMs();
      const parsed = openingsSchema.safeParse(message);
      if (!parsed.success) return { kind: 'refused', fault: NO_OPENINGS };
      const { nonce, openings } = parsed.data;
      const state = stateFor(from, nonce);
      if (state === null) return { kind: 'refused', fault: UNKNOWN };
      if (state.kind === 'decided' || state.kind === 'opened') return { kind: 'refused', fault: REPLAYED };
      const opened = apply(nonce, state, { kind: 'openings', atMs });
      if (opened.kind === 'decided') return opened;
      if (state.kind !== 'committed') return { kind: 'refused', fault: UNKNOWN };
      const { challenge, root, asked } = state;
      const fault = await judged({ challenge, root, asked, openings, products });
      const decided = apply(nonce, opened, { kind: 'judged', fault });
      return decided.kind === 'decided' ? decided : { kind: 'refused', fault: REPLAYED };
    },
    settle() {
      const atMs = clock.monotonicMs();
      for (const [nonce, state] of states) if (state.kind !== 'decided') apply(nonce, state, { kind: 'time', atMs });
      return fresh.splice(0);
    },
  };
}

const faultOf = (state: ChallengeState): Fault =>
  state.kind === 'decided' && state.verdict.kind === 'failed' ? { code: state.verdict.code, sentence: state.verdict.sentence } : REPLAYED;

const isOf = (from: Sender, binding: ChallengeBinding): boolean =>
  from.workerKey === binding.workerKey && from.sessionEpoch === binding.sessionEpoch;

const bindingOf = (state: ChallengeState): ChallengeBinding => (state.kind === 'decided' ? state.verdict.binding : state.challenge.binding);

/** Different steps, each set equally likely, in rising order (a partial Fisher-Yates shuffle). */
function drawSteps({ steps, openings }: ChallengeShape, random: RandomBytes): readonly number[] {
  const all = Array.from({ length: steps }, (_, step) => step);
  for (let at = 0; at < openings; at++) {
    const other = at + uniformBelow(steps - at, random);
    [all[at], all[other]] = [all[other] ?? 0, all[at] ?? 0];
  }
  return all.slice(0, openings).sort((a, b) => a - b);
}

/** A uniform integer from 0 to the limit (at most 4096) less one; 32 bits over so small a limit are biased by less than one in a million. */
function uniformBelow(limit: number, random: RandomBytes): number {
  const bytes = random(4);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0) % limit;
}
