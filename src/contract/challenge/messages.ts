import * as z from 'zod';

/**
 * The challenge by which a device shows that it has the memory and the arithmetic it claims, as both sides speak it. The network issues a
 * challenge, the worker answers with a commitment, the network asks for some of the steps, the worker opens them. What the numbers mean and
 * why they hold: docs/challenge.md. The products travel beside `openings` as raw bytes, `productBytes` each, in the order asked.
 */
export const CHALLENGE_VERSION = 1;

const HASH_HEX = /^[0-9a-f]{64}$/;
const hashHex = z.string().length(64).regex(HASH_HEX);
/** Printable ASCII, so that its bytes in the seed are the same everywhere. */
const name = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[\x21-\x7e]+$/);

/** Products are tiled by 64. The limits keep every sum exact: in 32 bits on the device, in a double where it is checked. */
export const SIZE_UNIT = 64;
/** A Merkle tree of at most this many leaves has paths of at most 12 hashes. */
const MAX_STEPS = 4096;
const MAX_PATH = 12;
const MAX_OPENINGS = 64;

/** How much a challenge asks. Published with its result. */
export const challengeShape = z
  .object({
    version: z.literal(CHALLENGE_VERSION),
    blocks: z.int().min(1).max(16_384).describe('how many blocks fill the memory'),
    blockCells: z
      .int()
      .min(1)
      .max(2 ** 26)
      .describe('cells of 16 bytes in a block'),
    cellRounds: z
      .int()
      .min(16)
      .max(2 ** 20)
      .describe('sequential rounds that make a cell'),
    steps: z.int().min(1).max(MAX_STEPS).describe('walks and products, each depending on the one before'),
    hops: z
      .int()
      .min(1)
      .max(2 ** 20)
      .describe('cells that the walk of one step reads, one after another'),
    size: z.int().min(SIZE_UNIT).max(8192).multipleOf(SIZE_UNIT).describe('rows and columns of the product of one step'),
    depth: z.int().min(SIZE_UNIT).max(32_768).multipleOf(SIZE_UNIT).describe('columns of its left matrix, rows of its right one'),
    openings: z.int().min(1).max(MAX_OPENINGS).describe('steps that are checked'),
  })
  .refine(({ openings, steps }) => openings <= steps, 'there are fewer steps than are to be opened');
export type ChallengeShape = z.infer<typeof challengeShape>;

/** What a challenge is bound to: all of it is part of the seed, so that no answer serves for anything else. */
export const challengeBinding = z.object({
  nonce: hashHex.describe('256 random bits of the network'),
  deviceId: name,
  workerKey: name,
  sessionEpoch: z.int().positive(),
});
export type ChallengeBinding = z.infer<typeof challengeBinding>;

/** Network -> worker. The deadlines count on the network's monotonic clock, from issuing and from asking. */
export const challenge = z.object({
  shape: challengeShape,
  binding: challengeBinding,
  commitWithinMs: z.int().positive(),
  openWithinMs: z.int().positive(),
});
export type Challenge = z.infer<typeof challenge>;

/** Worker -> network: the Merkle root over the digests of all steps. */
export const commitment = z.object({ nonce: hashHex, root: hashHex });
export type Commitment = z.infer<typeof commitment>;

/** Network -> worker, after the commitment: which steps to open. */
export const openingRequest = z.object({ nonce: hashHex, steps: z.array(z.int().nonnegative()).min(1).max(MAX_OPENINGS) });
export type OpeningRequest = z.infer<typeof openingRequest>;

const path = z.array(hashHex).max(MAX_PATH);

/** One opened step: the digest it came from, and the paths by which that one and its own are leaves of the root. */
export const opening = z.object({
  step: z.int().nonnegative().max(MAX_STEPS),
  previous: hashHex.describe('the digest of the step before; of the first step, the seed'),
  previousPath: path.describe('empty for the first step'),
  path,
});
export type Opening = z.infer<typeof opening>;

/** Worker -> network: the opened steps in the order asked. */
export const openings = z.object({ nonce: hashHex, openings: z.array(opening).min(1).max(MAX_OPENINGS) });
export type Openings = z.infer<typeof openings>;

/** Bytes of one product: `size` x `size` 32-bit integers, little-endian, row by row. */
export const productBytes = ({ size }: ChallengeShape): number => size * size * 4;

/**
 * Why a challenge is failed or a message refused. `too-late`: no commitment in time, as of a machine that is busy. `not-opened`: it committed,
 * knew what is checked, and did not open it in time, as of one that has something to hide.
 */
export const challengeFault = z.enum([
  'too-late',
  'not-opened',
  'wrong-shape',
  'unknown-nonce',
  'replayed-nonce',
  'bad-commitment',
  'bad-opening',
  'bad-link',
  'bad-product',
]);
export type ChallengeFault = z.infer<typeof challengeFault>;

/** What became of a challenge, with a sentence for the owner. */
export const challengeVerdict = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('passed'), binding: challengeBinding, committedAfterMs: z.number().nonnegative() }),
  z.object({ kind: z.literal('failed'), binding: challengeBinding, code: challengeFault, sentence: z.string() }),
]);
export type ChallengeVerdict = z.infer<typeof challengeVerdict>;
