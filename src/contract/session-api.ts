import { eventIterator, oc } from '@orpc/contract';
import * as z from 'zod';
import { device } from './model/device.ts';
import { leaseResult, signedInvoice, signedLeaseTerms } from './model/lease.ts';
import { microCredits } from './model/money.ts';
import { offer } from './model/offer.ts';
import { signedReceipt } from './model/receipt.ts';

/**
 * Network -> worker, over HTTP/2 inside the worker's outbound WebSocket with the roles reversed: the worker serves, the
 * gateway calls. RPC below `/rpc`; the raw streams of a lease below `/leases/{id}/` (see `leaseStreams`).
 */
export const SESSION_RPC_PREFIX = '/rpc';

/**
 * Raw HTTP/2 streams of a lease, beside the RPC: PUT inputs, GET log from an offset (follows until the run ends), GET artifacts. Of the
 * checkpoint: PUT what an earlier attempt saved, before the start; GET what this one has saved, after its end.
 */
export const leaseStreams = {
  inputs: (leaseId: string) => `/leases/${leaseId}/inputs`,
  log: (leaseId: string, offset: number) => `/leases/${leaseId}/log?offset=${offset}`,
  artifacts: (leaseId: string) => `/leases/${leaseId}/artifacts`,
  checkpoint: (leaseId: string) => `/leases/${leaseId}/checkpoint`,
} as const;

/** Signature contexts, so that one signature never serves for another purpose. */
export const signatureContext = {
  hello: 'session-hello',
  accepted: 'session-accepted',
  enrol: 'enrol',
  leaseTerms: 'lease-terms',
  receipt: 'receipt',
  receiptAccepted: 'receipt-accepted',
  invoice: 'invoice',
  sandboxReport: 'sandbox-report',
} as const;

/** The worker proves its identity over the gateway's nonce (signature context `hello`, over this object). */
export const helloProof = z.object({
  networkId: z.string(),
  networkNonce: z.string(),
  workerNonce: z.string(),
  workerId: z.string(),
  bootId: z.string().describe('of this run of the agent'),
  version: z.string(),
});
export type HelloProof = z.infer<typeof helloProof>;

/** The gateway's answer (signature context `accepted`): the worker checks it against the key it learnt when it enrolled. */
export const sessionAccepted = z.object({ workerId: z.string(), workerNonce: z.string(), sessionEpoch: z.int().positive() });
export type SessionAccepted = z.infer<typeof sessionAccepted>;

/** The worker's durable records. Numbered from 1 without gaps; each leaves the outbox only when acknowledged. */
export const outboxRecord = z.discriminatedUnion('kind', [
  z.object({ seq: z.int().positive(), kind: z.literal('lease-running'), leaseId: z.string(), leaseEpoch: z.int(), startedAtMs: z.int() }),
  z.object({ seq: z.int().positive(), kind: z.literal('usage'), signed: signedReceipt }),
  z.object({ seq: z.int().positive(), kind: z.literal('result'), result: leaseResult }),
]);
export type OutboxRecord = z.infer<typeof outboxRecord>;

/** The network's answer to a batch of records. `cosignatures`: for each accepted receipt; a refused one (stale epoch, sealed lease) has none and is still done with. */
export const outboxAck = z.object({
  upToSeq: z.int().nonnegative(),
  cosignatures: z.array(z.object({ leaseId: z.string(), leaseEpoch: z.int(), interval: z.int(), networkSignature: z.string() })),
});
export type OutboxAck = z.infer<typeof outboxAck>;

/** What the worker holds of a lease, for reconciliation. */
export const workerLeaseState = z.enum(['granted', 'starting', 'running', 'frozen', 'ended', 'sealed']);
export const workerLease = z.object({
  leaseId: z.string(),
  leaseEpoch: z.int(),
  state: workerLeaseState,
  needsInputs: z.boolean(),
  needsCheckpoint: z.boolean().describe('its terms name a checkpoint that is not here yet'),
});
export type WorkerLease = z.infer<typeof workerLease>;

/** A refused grant: `code` for the market, `detail` for people. */
export const grantAnswer = z.discriminatedUnion('accepted', [
  z.object({ accepted: z.literal(true), lease: workerLease }),
  z.object({ accepted: z.literal(false), code: z.enum(['stale-epoch', 'device-busy', 'not-offered', 'bad-terms']), detail: z.string() }),
]);
export type GrantAnswer = z.infer<typeof grantAnswer>;

/** What a worker tells when asked what it has, offers and holds; yielded whole at first and whenever it changes: GPUs come and go. */
export const workerReport = z.object({ devices: z.array(device).max(128), offers: z.array(offer), leases: z.array(workerLease) });
export type WorkerReport = z.infer<typeof workerReport>;

/** Sums over the sealed leases of one worker. */
export const ledgerTotals = z.object({
  sealedLeases: z.int().nonnegative(),
  chargeMicro: microCredits,
  feeMicro: microCredits,
  netMicro: microCredits,
});
export type LedgerTotals = z.infer<typeof ledgerTotals>;

const leaseRef = z.object({ leaseId: z.string(), leaseEpoch: z.int() });
const done = z.object({ ok: z.literal(true) });

export const sessionContract = {
  hello: oc
    .input(z.object({ networkId: z.string(), networkNonce: z.string() }))
    .output(z.object({ proof: helloProof, workerSignature: z.string() })),
  accepted: oc.input(z.object({ accepted: sessionAccepted, networkSignature: z.string() })).output(done),
  report: oc.output(eventIterator(workerReport)),
  outbox: {
    /**
     * Yields every record that was not acknowledged to the worker, in order, then each new one as it is written. `afterSeq` is the highest
     * the network has acknowledged: a worker that has lost its numbers goes on above it. A record at or below it is acknowledged again.
     */
    stream: oc.input(z.object({ afterSeq: z.int().nonnegative() })).output(eventIterator(outboxRecord)),
    ack: oc.input(outboxAck).output(done),
  },
  leases: {
    /** Idempotent: the same terms again give the same answer. A higher epoch on the device ends the older lease first. */
    grant: oc.input(signedLeaseTerms).output(grantAnswer),
    /** Starts a granted lease whose inputs and checkpoint are there. Idempotent. */
    start: oc.input(leaseRef).output(workerLease),
    /** Ends the run; the result still comes through the outbox. Unknown or ended leases: nothing to do. */
    cancel: oc.input(leaseRef).output(done),
    /** Delivers the sealed invoice. The worker stores it, stops what still runs of the lease and wipes it. Idempotent, also for an unknown lease. */
    seal: oc.input(signedInvoice).output(done),
  },
  ledger: {
    /** Compares the two ledgers over every sealed lease of this worker: the network tells its sums, the worker answers with its own. Called on each session and after each seal. */
    compare: oc.input(ledgerTotals).output(ledgerTotals),
  },
} as const;

/** The WebSocket path a worker dials, with its id as `?worker=`. */
export const SESSION_PATH = '/v1/session';
/** Highest accepted size of one archive of inputs, artifacts or a checkpoint, bytes. */
export const MAX_ARCHIVE_BYTES = 4 * 2 ** 30;
export const digestHeader = 'x-nightshift-digest';
