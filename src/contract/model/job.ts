import * as z from 'zod';
import { deviceClass } from './device.ts';
import { microCredits } from './money.ts';

/** `sha256:<64 hex>` */
export const sha256Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hexadecimal digits');

/** An image the worker can be sure of: an image id of its own engine, or a name pinned by digest. A tag can change under us and is refused. */
export const imageReference = z.union(
  [sha256Digest, z.string().regex(/^[a-z0-9][a-z0-9._:/-]*@sha256:[0-9a-f]{64}$/, 'must be name@sha256:<digest>')],
  {
    error: 'must be an image id (sha256:...) or a name pinned by digest (name@sha256:...), because a tag can change',
  },
);

/** An owner who stays has the machine back within two seconds; this is the part a job may have of them. */
export const MAX_GRACE_MS = 1_200;

/** Engines take a limit that rounds to nothing for none; this is the smallest that Docker's own command line takes. */
export const MIN_CPUS = 0.01;

/** What a program can be given, and both sides can sign: half a character or a NUL can be neither. */
const plainText = z.string().refine((text) => text.isWellFormed() && !text.includes('\0'), 'must be text without NUL or broken characters');
const environment = z.record(z.string().regex(/^[A-Z_][A-Z0-9_]*$/i), plainText.max(4096));
const relativePath = plainText
  .min(1)
  .refine((path) => !path.startsWith('/') && !path.split('/').includes('..'), 'must be a relative path without ..');

/** `host:port` by name: an address in numbers could be one of the owner's own network, and is refused. */
export const allowedAddress = z
  .string()
  .max(260)
  .regex(
    /^(?=[^:]*[a-z])[a-z0-9]([a-z0-9-]{0,62}\.)*[a-z0-9-]{0,62}[a-z0-9]:[1-9][0-9]{0,4}$/,
    'must be a host name in lower case and a port, such as example.org:443',
  )
  .refine((address) => Number(address.split(':')[1]) <= 65_535, 'must have a port up to 65535');

const GIB = 2 ** 30;
/** What a job may reach. Bytes are counted over one attempt, at the proxy. */
export const jobNetwork = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({
    kind: z.literal('egress'),
    allow: z.array(allowedAddress).min(1).max(64).describe('the only addresses it may connect to'),
    maxUploadBytes: z
      .int()
      .positive()
      .max(1024 * GIB),
    maxDownloadBytes: z
      .int()
      .positive()
      .max(1024 * GIB),
  }),
]);
export type JobNetwork = z.infer<typeof jobNetwork>;

/** What a renter asks the network to run. Made by the CLI from a job file. Times in ms, sizes in bytes, price in micro-credits an hour. */
export const jobSpec = z.strictObject({
  name: plainText
    .min(1)
    .max(80)
    .regex(/^\P{Cc}*$/u, 'must not contain control characters'), // strangers read it in terminals
  image: imageReference,
  command: z
    .array(plainText.max(4096))
    .min(1)
    .max(64)
    .refine((words) => words[0] !== '', 'must begin with a program'),
  env: environment,
  inputs: z
    .strictObject({ digest: sha256Digest, sizeBytes: z.int().nonnegative() })
    .nullable()
    .describe('a tar in the blob store, unpacked read-only at /in'),
  outputs: z.array(relativePath).max(64).describe('paths below /job/out to bring back'),
  deviceClass,
  vramBytes: z
    .int()
    .min(2 ** 20)
    .nullable()
    .default(null)
    .describe('the least memory that the GPU must have; null: any; class gpu only'),
  timeLimitMs: z
    .int()
    .min(1_000)
    .max(7 * 24 * 3_600_000)
    .describe('unfrozen time'),
  memoryBytes: z.int().min(16 * 2 ** 20),
  diskBytes: z.int().min(2 ** 20),
  cpus: z.number().min(MIN_CPUS).max(1024),
  network: jobNetwork.default({ kind: 'none' }).describe('a job reaches nothing unless it says what'),
  checkpoint: z
    .strictObject({
      intervalMs: z
        .int()
        .min(1_000)
        .max(24 * 3_600_000)
        .describe('how often the job saves its state; an eviction loses about so much'),
      graceMs: z
        .int()
        .min(0)
        .max(MAX_GRACE_MS)
        .describe('time to save once more between SIGTERM and the end, where the owner can spare it'),
    })
    .nullable()
    .default(null)
    .describe('the job saves its state in $NIGHTSHIFT_CHECKPOINT_DIR and goes on from there; null: it begins anew'),
  maxMicroPerHour: microCredits.positive(),
});
export type JobSpec = z.infer<typeof jobSpec>;

/** Disk that a job needs: its inputs have to fit too. */
export const neededDiskBytes = (spec: JobSpec): number => Math.max(spec.diskBytes, spec.inputs?.sizeBytes ?? 0);

export const jobState = z.enum(['queued', 'placing', 'starting', 'running', 'succeeded', 'failed', 'cancelled', 'timed-out']);
export type JobState = z.infer<typeof jobState>;

/** A job as its renter sees it. */
export const job = z.object({
  id: z.string(),
  spec: jobSpec,
  state: jobState,
  reason: z.string().nullable().describe('one sentence for a person: why it waits, failed or ended'),
  attempt: z.int().positive(),
  interruption: z.string().nullable().describe('one sentence: why the attempt before this one was interrupted; null at the first'),
  checkpoint: z
    .object({ digest: sha256Digest, sizeBytes: z.int(), atMs: z.int().describe('when the network had it whole') })
    .nullable()
    .describe('what the next attempt goes on from; null when there is none, and when the job has ended'),
  leaseId: z.string().nullable().describe('of the current or last attempt'),
  exitCode: z.int().nullable(),
  heldMicro: microCredits,
  chargedMicro: microCredits.describe('over all sealed leases'),
  unfrozenMs: z.int().describe('billed time over all leases, the running one included'),
  artifacts: z.object({ digest: sha256Digest, sizeBytes: z.int() }).nullable(),
  submittedAtMs: z.int(),
  endedAtMs: z.int().nullable(),
});
export type Job = z.infer<typeof job>;

export const isJobEnded = (state: JobState): boolean =>
  state === 'succeeded' || state === 'failed' || state === 'cancelled' || state === 'timed-out';
