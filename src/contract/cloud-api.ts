import { eventIterator, oc } from '@orpc/contract';
import * as z from 'zod';
import { device } from './model/device.ts';
import { job, jobSpec } from './model/job.ts';
import { invoice } from './model/lease.ts';
import { currency, microCredits } from './model/money.ts';
import { offer } from './model/offer.ts';
import { prices } from './model/prices.ts';
import { cosignedReceipt } from './model/receipt.ts';

/** Renter, owner and public <-> network. REST with RFC 9457 errors; described by /openapi.json. Blobs are raw: see `blobPath`. */
export const accountKind = z.enum(['operator', 'owner', 'renter']);
export type AccountKind = z.infer<typeof accountKind>;

/** What an account holds, in micro-credits. Renter: available and held. Owner: available, and pending until the holdback ends. */
export const balance = z.object({
  availableMicro: microCredits,
  heldMicro: microCredits,
  pendingMicro: microCredits,
  nextAvailableAtMs: z.int().nullable(),
});
export const account = z.object({ id: z.string(), kind: accountKind, name: z.string(), currency, balance });
export type Account = z.infer<typeof account>;

export const networkInfo = z.object({
  id: z.string(),
  name: z.string(),
  version: z.string(),
  publicKey: z.string().describe('Ed25519, raw, base64url'),
  currency,
  takeRateBasisPoints: z.int(),
  holdbackMs: z.int(),
});
export type NetworkInfo = z.infer<typeof networkInfo>;

export const workerView = z.object({
  id: z.string(),
  name: z.string(),
  online: z.boolean(),
  devices: z.array(device),
  offers: z.array(offer),
  enrolledAtMs: z.int(),
});
export type WorkerView = z.infer<typeof workerView>;

/** Where a raw blob is put (bearer key, body = bytes) and read. The digest in the path is checked against the bytes. */
export const blobPath = (digest: string): string => `/v1/blobs/${digest}`;
/** The renter's idempotency key for a job; the same key with another body is a conflict. */
export const idempotencyKey = z.string().min(8).max(100);

/** What a worker signs when it enrols (context `enrol`): it holds the key it names. */
export const enrolmentClaim = z.object({
  token: z.string(),
  publicKey: z.string(),
  name: z.string().min(1).max(80),
  devices: z.array(device),
});

export const jobLogChunk = z.object({
  leaseId: z.string(),
  offset: z.int().describe('byte offset of this chunk in the log of its lease'),
  text: z.string(),
});
export type JobLogChunk = z.infer<typeof jobLogChunk>;
const idParams = z.object({ id: z.string() });

export const cloudContract = {
  network: oc.route({ method: 'GET', path: '/v1/network', tags: ['Network'], summary: 'What this network is' }).output(networkInfo),
  accounts: {
    me: oc
      .route({ method: 'GET', path: '/v1/account', tags: ['Accounts'], summary: 'The account of this key, with its balance' })
      .output(account),
    create: oc
      .route({ method: 'POST', path: '/v1/accounts', tags: ['Accounts'], summary: 'Open an account (operator). The key is shown once' })
      .input(z.object({ kind: z.enum(['owner', 'renter']), name: z.string().min(1).max(80) }))
      .output(z.object({ account, apiKey: z.string() })),
    mint: oc
      .route({
        method: 'POST',
        path: '/v1/accounts/{id}/actions/mint',
        tags: ['Accounts'],
        summary: 'Give TEST credits to a renter (operator, TEST networks only)',
      })
      .input(z.object({ id: z.string(), amountMicro: microCredits.positive(), mintKey: z.string().min(8).max(100) }))
      .output(account),
  },
  workers: {
    list: oc
      .route({ method: 'GET', path: '/v1/workers', tags: ['Workers'], summary: "The owner's workers" })
      .output(z.object({ items: z.array(workerView) })),
    token: oc
      .route({ method: 'POST', path: '/v1/enrolment-tokens', tags: ['Workers'], summary: 'A token with which workers of this owner enrol' })
      .output(z.object({ token: z.string(), expiresAtMs: z.int() })),
    enrol: oc
      .route({
        method: 'POST',
        path: '/v1/workers',
        tags: ['Workers'],
        summary: 'Enrol a worker with a token and proof of its key. The same key again gives the same worker',
      })
      .input(z.object({ claim: enrolmentClaim, signature: z.string() }))
      .output(z.object({ workerId: z.string(), network: networkInfo })),
  },
  offers: {
    list: oc
      .route({ method: 'GET', path: '/v1/offers', tags: ['Market'], summary: 'What can be rented now' })
      .output(z.object({ items: z.array(offer) })),
  },
  prices: oc
    .route({ method: 'GET', path: '/v1/prices', tags: ['Market'], summary: 'What is asked now, and what leases of the last days paid' })
    .output(prices),
  jobs: {
    create: oc
      .route({ method: 'POST', path: '/v1/jobs', tags: ['Jobs'], summary: 'Submit a job; its cost limit is held at once' })
      .input(z.object({ spec: jobSpec, idempotencyKey }))
      .output(job),
    list: oc
      .route({ method: 'GET', path: '/v1/jobs', tags: ['Jobs'], summary: 'The jobs of this renter, newest first' })
      .input(z.object({ cursor: z.string().optional(), limit: z.coerce.number().int().min(1).max(200).default(50) }))
      .output(z.object({ items: z.array(job), nextCursor: z.string().nullable() })),
    get: oc
      .route({ method: 'GET', path: '/v1/jobs/{id}', tags: ['Jobs'], summary: 'One job' })
      .input(idParams)
      .output(job),
    cancel: oc
      .route({
        method: 'POST',
        path: '/v1/jobs/{id}/actions/cancel',
        tags: ['Jobs'],
        summary: 'Cancel a job; what was used is billed, the rest is released',
      })
      .input(idParams)
      .output(job),
    watch: oc
      .route({
        method: 'GET',
        path: '/v1/jobs/{id}/events',
        tags: ['Jobs'],
        summary: 'The job, whole, now and on each change, until it ended (SSE)',
      })
      .input(idParams)
      .output(eventIterator(job)),
    log: oc
      .route({
        method: 'GET',
        path: '/v1/jobs/{id}/log',
        tags: ['Jobs'],
        summary: 'The log of the current attempt from a byte offset, followed until the job ended (SSE)',
      })
      .input(z.object({ id: z.string(), offset: z.coerce.number().int().nonnegative().default(0) }))
      .output(eventIterator(jobLogChunk)),
    receipts: oc
      .route({ method: 'GET', path: '/v1/jobs/{id}/receipts', tags: ['Jobs'], summary: 'The signed usage receipts and invoices of a job' })
      .input(idParams)
      .output(z.object({ receipts: z.array(cosignedReceipt), invoices: z.array(z.object({ invoice, networkSignature: z.string() })) })),
  },
} as const;
