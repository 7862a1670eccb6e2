import { CELL_BYTES, WINDOW_BLOCKS } from '../../contract/challenge/memory.ts';
import { CHALLENGE_VERSION, type ChallengeShape, productBytes } from '../../contract/challenge/messages.ts';

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
/** Filling takes a claimed device this long; the rounds of a cell follow from it. */
const FILL_MS = 2_000;
const MIN_ROUNDS = 16;
const MAX_ROUNDS = 2 ** 20;
const MAX_BLOCK_CELLS = 2 ** 26;
/** Steps and hops: docs/challenge.md states what they catch. Sixteen of 256 opened miss a prover that fakes half of them once in 108,000. */
const STEPS = 256;
const OPENINGS = 16;
const HOPS = 1_024;
const SIZE = 1_024;
const DEPTH = 16_384;
/** A device that serves two challenges needs twice the time, and an honest one on a busy machine now and then a third more. */
const SLACK = 1.5;
/** The messages themselves, back and forth, on a poor line. */
const LINE_MS = 500;

/** The shape and the deadlines for a device, so that one as fast as it claims has half as much time again as it needs. */
export function challengeTerms({ freeMemoryBytes, largestBlockBytes, speed }: DeviceClaim): ChallengeTerms {
  const blockCells = Math.max(
    1,
    Math.min(MAX_BLOCK_CELLS, Math.floor(Math.min(largestBlockBytes, freeMemoryBytes * BLOCK_SHARE) / CELL_BYTES)),
  );
  const blocks = Math.ceil((FILLED_SHARE * freeMemoryBytes) / (blockCells * CELL_BYTES));
  const rounds = Math.floor((speed.roundsPerSecond * FILL_MS) / 1_000 / (blocks * blockCells));
  const shape: ChallengeShape = {
    version: CHALLENGE_VERSION,
    blocks,
    blockCells,
    cellRounds: Math.min(MAX_ROUNDS, Math.max(MIN_ROUNDS, rounds)),
    steps: STEPS,
    hops: HOPS,
    size: SIZE,
    depth: DEPTH,
    openings: OPENINGS,
  };
  const uploadMs = ((productBytes(shape) * OPENINGS) / speed.uploadBytesPerSecond) * 1_000;
  return {
    shape,
    commitWithinMs: Math.ceil(SLACK * honestMs(shape, speed) + LINE_MS),
    openWithinMs: Math.ceil(SLACK * (OPENINGS * stepMs(shape, speed) + uploadMs) + LINE_MS),
  };
}

/** How long an honest device of this speed takes from the challenge to its commitment. */
export const honestMs = (shape: ChallengeShape, speed: DeviceSpeed): number =>
  (shape.blocks * shape.blockCells * shape.cellRounds * 1_000) / speed.roundsPerSecond + shape.steps * stepMs(shape, speed);

const stepMs = ({ hops, size, depth }: ChallengeShape, { hopNs, multiplyAddsPerSecond, stepOverheadMs }: DeviceSpeed): number =>
  (hops * hopNs) / 1e6 + (size * size * depth * 1_000) / multiplyAddsPerSecond + stepOverheadMs;

/**
 * How long a device of this speed takes, at the least, that keeps only part of the memory and makes each missing cell when a walk comes to
 * it, or all missing cells of the walk's blocks beforehand, whichever is quicker. `roundNs` is one round after another by one invocation.
 */
export function shortMemoryMs(shape: ChallengeShape, speed: DeviceSpeed, keptShare: number, roundNs: number): number {
  const missing = 1 - keptShare;
  const { blocks, blockCells, cellRounds, hops, steps } = shape;
  const oneByOneMs = (missing * hops * cellRounds * roundNs) / 1e6;
  const wholeBlocksMs = (missing * Math.min(WINDOW_BLOCKS, blocks) * blockCells * cellRounds * 1_000) / speed.roundsPerSecond;
  const notFilledMs = (missing * blocks * blockCells * cellRounds * 1_000) / speed.roundsPerSecond;
  return honestMs(shape, speed) - notFilledMs + steps * Math.min(oneByOneMs, wholeBlocksMs);
}
