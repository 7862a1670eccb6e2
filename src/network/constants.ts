import type { Currency } from '../contract/model/money.ts';

/** Every tunable figure of the network, each with its reason. */

/** This version keeps TEST credits only: no payout rail is connected, and credits come from the labelled mint account. */
export const NETWORK_CURRENCY: Currency = 'TEST';

export interface NetworkOptions {
  /** How often a worker signs a usage receipt. One per 5 s bounds what a crash can lose to 5 s of pay. */
  readonly receiptIntervalMs: number;
  /** How long a worker may be away, or not act on a cancel, before its lease is lost: 2 minutes, longer than a reboot of a router. */
  readonly lostAfterMs: number;
  /** How long net pay stays in the holdback, from which a fraud would be made good: 7 days for a worker without a record. */
  readonly holdbackMs: number;
  /** The network's share of a charge: 20% for a worker without a record. */
  readonly takeRateBasisPoints: number;
  /** How often the reconciler looks, without any event. Events wake it at once; this bounds what a missed one costs. */
  readonly reconcileIntervalMs: number;
  /** Attempts that failed through no fault of the job before it fails. */
  readonly maxFailedAttempts: number;
  /** How long a proposal waits for an unreachable worker. The renter waits for this. */
  readonly proposalTimeoutMs: number;
  /** How long a device that refused is left alone, unless its report changes first; each refusal in a row doubles it. */
  readonly refusalCooldownMs: number;
  /** How long a granted lease may take to run (inputs, image, disk) before it is given up. */
  readonly startDeadlineMs: number;
  /**
   * How long a running lease may add no usage before it is given up, whatever its worker reports: a worker gives a frozen job up after 10 minutes
   * and signs usage every few seconds else.
   */
  readonly silenceLimitMs: number;
  /** How long an online worker's report may lack a lease that it accepted before we believe that it lost its state. */
  readonly unknownLeaseGraceMs: number;
}

export const DEFAULT_OPTIONS: NetworkOptions = {
  receiptIntervalMs: 5_000,
  lostAfterMs: 120_000,
  holdbackMs: 7 * 24 * 3_600_000,
  takeRateBasisPoints: 2_000,
  reconcileIntervalMs: 250,
  maxFailedAttempts: 3,
  proposalTimeoutMs: 10_000,
  refusalCooldownMs: 2_000,
  startDeadlineMs: 30 * 60_000,
  silenceLimitMs: 30 * 60_000,
  unknownLeaseGraceMs: 10_000,
};

/** Attempts of any kind, yields included: a job that no owner ever lets finish must end some day. */
export const MAX_ATTEMPTS = 20;
/** A worker's call that takes longer is retried; a granted worker answers in milliseconds. */
export const WORKER_CALL_TIMEOUT_MS = 10_000;
/** A raw stream without a byte for this long is given up and tried again. */
export const STREAM_IDLE_TIMEOUT_MS = 60_000;
/** Cancel and start are repeated this often until the worker's records show the effect. */
export const REPEAT_CALL_MS = 5_000;
/** A log stream that ended or broke while its lease runs is asked for again after this. */
export const FOLLOW_AGAIN_MS = 500;
/** Backoff of a step that failed: full jitter up to this. */
export const STEP_BACKOFF_BASE_MS = 200;
export const STEP_BACKOFF_CAP_MS = 10_000;
/** A peer that answers no ping for three intervals is gone; NAT bindings last 30 s and more (RFC 4787 asks for 2 minutes). */
export const PING_INTERVAL_MS = 5_000;
export const PEER_SILENCE_LIMIT_MS = 15_000;
/** A session that has not proved itself by then is closed. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Records of one worker in one transaction, so that one durable write serves many. */
export const OUTBOX_BATCH_RECORDS = 500;
/** HTTP/2's default window of 64 KiB limits a stream to 64 KiB per round trip; 8 MiB fills 100 MB/s at 80 ms. */
export const HTTP2_WINDOW_BYTES = 8 * 2 ** 20;
/** One WebSocket message carries one write of the HTTP/2 session; frames are 16 KiB, writes are coalesced. */
export const MAX_SESSION_MESSAGE_BYTES = 32 * 2 ** 20;
/** All of a lease's log and artifacts at once, or one upload of a renter: 4 GiB over a home's uplink of 10 Mbit/s take an hour. Bounds who drips. */
export const TRANSFER_TIMEOUT_MS = 2 * 3_600_000;
/** One answer or event of a worker: a full report, or a receipt, is a few kilobytes. */
export const MAX_WORKER_MESSAGE_BYTES = 4 * 2 ** 20;
/** What of a lease's log we keep; the worker's engine keeps less, this only bounds a dishonest worker. */
export const MAX_LOG_BYTES = 64 * 2 ** 20;
/** A job of the longest commands and environment is under 1 MiB. */
export const MAX_REQUEST_BODY_BYTES = 2 * 2 ** 20;
/** Enrolment tokens serve a whole rig or office, so they may be used again until then. */
export const ENROLMENT_TOKEN_LIFETIME_MS = 24 * 3_600_000;
/** How often a stream to a renter looks without a hint. */
export const WATCH_INTERVAL_MS = 1_000;
/** Bytes of log per event. */
export const LOG_CHUNK_BYTES = 64 * 1024;
