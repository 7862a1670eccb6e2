import { CELL_BYTES } from '../../contract/challenge/memory.ts';
import { CHALLENGE_VERSION, type ChallengeShape, productBytes, SIZE_UNIT } from '../../contract/challenge/messages.ts';

/** What a device claims to be, from its benchmark; the challenge finds out. */
export interface DeviceClaim {
  readonly freeMemoryBytes: number;
  /** The largest part of it that a shader reads at once (WebGPU's maxStorageBufferBindingSize). */
  readonly largestBlockBytes: number;
  readonly speed: DeviceSpeed;
}

export interface DeviceSpeed {
  /** Rounds of `applyRounds` by the whole device. */
  readonly roundsPerSecond: number;
  /** One read that depends on the one before. */
  readonly hopNs: number;
  /** 8-bit multiplications with an addition. */
  readonly multiplyAddsPerSecond: number;
  /** From one step to the next without their work: launch, wait, hash. */
  readonly stepOverheadMs: number;
  /** Of the line that carries the products. */
  readonly uploadBytesPerSecond: number;
}

export interface ChallengeTerms {
  readonly shape: ChallengeShape;
  readonly commitWithinMs: number;
  readonly openWithinMs: number;
}

/** How much of the free memory is filled, at the least. */
const FILLED_SHARE = 0.9;
/** Blocks are no larger than this part of the memory, so that whole ones come close to the share. */
const BLOCK_SHARE = 1 / 16;
/**
 * One round after another by the quickest processor there is: twelve operations, each of which needs the one before, at 6 GHz. (A processor
 * at 3.4 GHz took 4.1 ns.) A device takes ten times as long, so whoever lacks a cell makes it on the processor.
 */
export const QUICKEST_ROUND_NS = 2;
/** To make a cell on that processor takes so many times as long as to read it on the device. */
const REMAKE_FACTOR = 12;
/** The walks of an honest device take this part of the time of its fill. More finds who keeps little; less finds one card that fills for two. */
const WALK_SHARE = 0.4;
const MIN_ROUNDS = 16;
const MAX_ROUNDS = 2 ** 20;
const MAX_HOPS = 2 ** 20;
const MAX_BLOCK_CELLS = 2 ** 26;
/** docs/challenge.md states what they catch. Sixteen of 256 opened miss a prover that fakes half of them once in 108,000. */
const STEPS = 256;
const OPENINGS = 16;
const SIZE = 1_024;
const MAX_DEPTH = 16_384;
/** The product of one step takes no longer, but for the least depth: on a slow device it would hide what filling and walking show. */
const PRODUCT_MS = 2;
/** A device that serves two challenges needs nearly twice the time, and an honest one on a busy machine now and then a third more. */
const SLACK = 1.5;
/** The messages themselves, back and forth, on a poor line. */
const LINE_MS = 500;

/**
 * The shape and the deadlines for a device, so that one as fast as it claims has half as much time again as it needs. How long that is follows
 * from the claim: the more memory beside the speed that fills it, the longer (a 24 GiB card: six seconds).
 */
export function challengeTerms({ freeMemoryBytes, largestBlockBytes, speed }: DeviceClaim): ChallengeTerms {
  const blockCells = Math.max(
    1,
    Math.min(MAX_BLOCK_CELLS, Math.floor(Math.min(largestBlockBytes, freeMemoryBytes * BLOCK_SHARE) / CELL_BYTES)),
  );
  const blocks = Math.ceil((FILLED_SHARE * freeMemoryBytes) / (blockCells * CELL_BYTES));
  const cellRounds = within(MIN_ROUNDS, Math.ceil((REMAKE_FACTOR * speed.hopNs) / QUICKEST_ROUND_NS), MAX_ROUNDS);
  const walksMs = WALK_SHARE * fillMs({ blocks, blockCells, cellRounds }, speed);
  const depth = (speed.multiplyAddsPerSecond * PRODUCT_MS) / 1_000 / (SIZE * SIZE);
  const shape: ChallengeShape = {
    version: CHALLENGE_VERSION,
    blocks,
    blockCells,
    cellRounds,
    steps: STEPS,
    hops: within(1, Math.ceil((walksMs * 1e6) / speed.hopNs / STEPS), MAX_HOPS),
    size: SIZE,
    depth: within(1, Math.floor(depth / SIZE_UNIT), MAX_DEPTH / SIZE_UNIT) * SIZE_UNIT,
    openings: OPENINGS,
  };
  const uploadMs = ((productBytes(shape) * OPENINGS) / speed.uploadBytesPerSecond) * 1_000;
  return {
    shape,
    commitWithinMs: Math.ceil(SLACK * honestMs(shape, speed) + LINE_MS),
    openWithinMs: Math.ceil(SLACK * (OPENINGS * stepMs(shape, speed) + uploadMs) + LINE_MS),
  };
}

const within = (least: number, value: number, most: number): number => Math.min(most, Math.max(least, value));

/** How long an honest device of this speed takes from the challenge to its commitment. */
export const honestMs = (shape: ChallengeShape, speed: DeviceSpeed): number => fillMs(shape, speed) + shape.steps * stepMs(shape, speed);

const fillMs = (
  { blocks, blockCells, cellRounds }: Pick<ChallengeShape, 'blocks' | 'blockCells' | 'cellRounds'>,
  speed: DeviceSpeed,
): number => (blocks * blockCells * cellRounds * 1_000) / speed.roundsPerSecond;

const walkMs = ({ hops }: ChallengeShape, { hopNs }: DeviceSpeed): number => (hops * hopNs) / 1e6;

const productMs = ({ size, depth }: ChallengeShape, { multiplyAddsPerSecond }: DeviceSpeed): number =>
  (size * size * depth * 1_000) / multiplyAddsPerSecond;

const stepMs = (shape: ChallengeShape, speed: DeviceSpeed): number => walkMs(shape, speed) + productMs(shape, speed) + speed.stepOverheadMs;

/**
 * How long a device of this speed takes, at the least, that keeps only part of the memory and lets the quickest processor make each missing
 * cell when a walk comes to it. While it fills, it walks already and makes every cell. (To make all that is missing in the blocks of a walk
 * beforehand is to fill them again for each step, which is longer.)
 */
export function shortMemoryMs(shape: ChallengeShape, speed: DeviceSpeed, keptShare: number): number {
  const { cellRounds, hops, steps } = shape;
  const remakeNs = cellRounds * QUICKEST_ROUND_NS;
  const filledMs = keptShare * fillMs(shape, speed);
  const left = Math.max(0, steps * hops - (filledMs * 1e6) / remakeNs);
  const hopMs = (keptShare * speed.hopNs + (1 - keptShare) * remakeNs) / 1e6;
  return filledMs + left * hopMs + steps * (productMs(shape, speed) + speed.stepOverheadMs);
}

/** How long one device of this speed takes, at the least, for two challenges at once: it fills and multiplies for both, and walks beside itself. */
export const twoForOneMs = (shape: ChallengeShape, speed: DeviceSpeed): number =>
  honestMs(shape, speed) + fillMs(shape, speed) + shape.steps * productMs(shape, speed);
