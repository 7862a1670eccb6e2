import type { Generated, Kysely, Transaction } from 'kysely';
import type { AccountKind } from '../../contract/cloud-api.ts';
import type { DeviceClass } from '../../contract/model/device.ts';
import type { JobState } from '../../contract/model/job.ts';
import type { LeaseCloseReason } from '../../contract/model/lease.ts';
import type { LeaseState } from '../market/lease-machine.ts';

/** Rows as the database keeps them. Money in micro-credits, times in ms, JSON as text; columns are snake_case on disk. */
export interface AccountRow {
  readonly id: string;
  readonly kind: AccountKind;
  readonly name: string;
  readonly createdAtMs: number;
}

export interface ApiKeyRow {
  readonly keyHash: string;
  readonly accountId: string;
  readonly createdAtMs: number;
}

export interface EnrolmentTokenRow {
  readonly tokenHash: string;
  readonly ownerId: string;
  readonly expiresAtMs: number;
}

export interface WorkerRow {
  readonly id: string;
  readonly ownerId: string;
  readonly publicKey: string;
  readonly name: string;
  readonly devicesJson: string;
  readonly enrolledAtMs: number;
  readonly sessionEpoch: number;
  /** The worker's outbox up to here is durable with us. */
  readonly ackedSeq: number;
}

export interface JobRow {
  readonly id: string;
  readonly renterId: string;
  readonly idempotencyKey: string;
  readonly bodyDigest: string;
  readonly specJson: string;
  readonly state: JobState;
  readonly reason: string | null;
  readonly attempt: number;
  /** Why the attempt before was interrupted, one sentence. */
  readonly interruption: string | null;
  /** Attempts that count toward giving up. */
  readonly failedAttempts: number;
  /** Ids of the workers whose owner has stopped this job, as a JSON array: it does not come back to them. */
  readonly declinedByJson: string;
  readonly leaseId: string | null;
  readonly exitCode: number | null;
  /** The pending transfer that funds the current attempt; null once the job ended. */
  readonly holdId: string | null;
  readonly heldMicro: number;
  readonly chargedMicro: number;
  /** Of sealed leases. */
  readonly billedMs: number;
  readonly cancelRequestedAtMs: number | null;
  readonly artifactsDigest: string | null;
  readonly artifactsSizeBytes: number | null;
  /** The lease that left the checkpoint from which the next attempt goes on: its file bears that name. Null, as the three after it, without one. */
  readonly checkpointLeaseId: string | null;
  readonly checkpointDigest: string | null;
  readonly checkpointSizeBytes: number | null;
  readonly checkpointAtMs: number | null;
  readonly submittedAtMs: number;
  readonly endedAtMs: number | null;
}

/** A job that has no checkpoint, or has none any more. */
export const NO_CHECKPOINT = { checkpointLeaseId: null, checkpointDigest: null, checkpointSizeBytes: null, checkpointAtMs: null } as const;

export interface LeaseRow {
  readonly id: string;
  readonly jobId: string;
  readonly workerId: string;
  readonly ownerId: string;
  readonly deviceId: string;
  readonly deviceClass: DeviceClass;
  readonly leaseEpoch: number;
  readonly state: LeaseState;
  readonly microPerHour: number;
  readonly takeRateBasisPoints: number;
  readonly maxUnfrozenMs: number;
  readonly termsJson: string;
  readonly termsSignature: string;
  /** max over the accepted receipts, as the worker signed it; what is charged is clamped to maxUnfrozenMs. */
  readonly cumulativeUnfrozenMs: number;
  /** When the terms were written, by our own clock: no usage can be older. */
  readonly grantedAtMs: number;
  readonly startedAtMs: number | null;
  readonly resultJson: string | null;
  readonly closeReason: LeaseCloseReason | null;
  readonly closedAtMs: number | null;
}

export interface ReceiptRow {
  readonly leaseId: string;
  readonly leaseEpoch: number;
  readonly interval: number;
  readonly receiptJson: string;
  readonly workerSignature: string;
  readonly networkSignature: string;
}

export interface InvoiceRow {
  readonly leaseId: string;
  readonly jobId: string;
  readonly chargeMicro: number;
  readonly feeMicro: number;
  readonly netMicro: number;
  /** The invoice as signed, canonical JSON; the sums above are copies of its own. */
  readonly invoiceJson: string;
  readonly networkSignature: string;
}

/** The obligation to tell a worker that a lease is sealed. It persists until the worker has answered. */
export interface SealDeliveryRow {
  readonly leaseId: string;
  readonly workerId: string;
  readonly deliveredAtMs: number | null;
}

export interface HoldbackRow {
  readonly leaseId: string;
  readonly ownerId: string;
  readonly amountMicro: number;
  readonly availableAtMs: number;
  readonly releasedAtMs: number | null;
}

export interface LedgerAccountRow {
  readonly id: string;
  readonly postedDebits: number;
  readonly postedCredits: number;
  readonly pendingDebits: number;
  readonly pendingCredits: number;
  readonly version: number;
}

export interface TransferRow {
  readonly id: string;
  readonly debitAccount: string;
  readonly creditAccount: string;
  readonly amountMicro: number;
  readonly pending: 0 | 1;
  readonly createdAtMs: number;
}

export interface ResolutionRow {
  readonly transferId: string;
  /** `charge:<lease>` or `void:<transfer>` */
  readonly id: string;
  readonly postedMicro: number;
  readonly createdAtMs: number;
}

/** One change of one account: the balances after it. Versions count 1, 2, 3 ... without a gap. */
export interface LedgerEntryRow {
  readonly accountId: string;
  readonly version: number;
  readonly causeId: string;
  readonly postedDebits: number;
  readonly postedCredits: number;
  readonly pendingDebits: number;
  readonly pendingCredits: number;
}

export interface BlobGrantRow {
  readonly digest: string;
  readonly accountId: string;
  readonly sizeBytes: number;
}

export interface Schema {
  meta: { readonly key: string; readonly value: string };
  schemaMigrations: { readonly version: number; readonly appliedAtMs: number };
  accounts: AccountRow;
  apiKeys: ApiKeyRow;
  enrolmentTokens: EnrolmentTokenRow;
  workers: Omit<WorkerRow, 'sessionEpoch' | 'ackedSeq'> & {
    readonly sessionEpoch: Generated<number>;
    readonly ackedSeq: Generated<number>;
  };
  jobs: JobRow;
  leases: LeaseRow;
  receipts: ReceiptRow;
  invoices: InvoiceRow;
  sealDeliveries: SealDeliveryRow;
  holdbacks: HoldbackRow;
  ledgerAccounts: LedgerAccountRow;
  transfers: TransferRow;
  resolutions: ResolutionRow;
  ledgerEntries: LedgerEntryRow;
  blobGrants: BlobGrantRow;
}

/** Reads outside a transaction. */
export type Database = Kysely<Schema>;
/** Everything that writes money, leases or jobs takes one of these, so that it cannot be called outside a transaction. */
export type Tx = Transaction<Schema>;
