import * as z from 'zod';

export const presenceDecision = z.enum(['run', 'freeze', 'evict']);
export type PresenceDecision = z.infer<typeof presenceDecision>;

/** Each reason why work may not run now, by name; the UI has the words for each. */
export const reasonCode = z.enum([
  'paused-by-owner',
  'input-unknown',
  'engine-missing',
  'engine-starting',
  'not-enrolled',
  'network-unreachable',
  'stopping',
  'no-device',
]);
export type ReasonCode = z.infer<typeof reasonCode>;

/** `untilMs`: when this reason ends by itself, null when it does not. `fix`: one sentence, null when there is nothing to do. */
export const reason = z.object({ code: reasonCode, detail: z.string(), fix: z.string().nullable(), untilMs: z.int().nullable() });
export type Reason = z.infer<typeof reason>;

/** The owner's own word: automatic, paused (until a time, or until resumed when null), or "run now" for one job. */
export const ownerMode = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('automatic') }),
  z.object({ kind: z.literal('paused'), untilMs: z.int().nullable() }),
  z.object({ kind: z.literal('run-now'), sinceMs: z.int() }),
]);
export type OwnerMode = z.infer<typeof ownerMode>;

export const presence = z.object({
  decision: presenceDecision,
  reasons: z.array(reason).describe('all of them, not the first; empty when the decision is run'),
  mode: ownerMode,
  nextEligibleAtMs: z.int().nullable(),
});
export type Presence = z.infer<typeof presence>;
