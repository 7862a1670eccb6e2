import { range } from './gemm.ts';
import type { Abilities, Kernel } from './kernel.ts';

export type FmaType = 'f32' | 'f16';
export interface FmaTile {
  /** Independent chains of vectors in one invocation. */
  readonly chains: number;
  /** Lanes of each vector. */
  readonly lanes: 1 | 2 | 4;
  readonly invocations: number;
}
export interface FmaLaunch {
  readonly workgroups: number;
  /** Rounds of the loop; the time of a launch grows in proportion to them. */
  readonly rounds: number;
}

/** Pairs of steps of each chain in one round of the loop. No multiple of the period, so that each round leaves other values. */
const PAIRS = 8;
/** x += y, y -= x comes back after six pairs. */
const PERIOD = 6;
/** Whole numbers up to twice this stay exact in a half. */
const SEED_LIMIT = 500;

/**
 * Chains of multiply-adds with nothing else in the loop: the peak of the arithmetic. Each chain is x = y * f + x, y = x * g + y. The factors
 * come from memory, so no compiler can know that they are 1 and -1 and that whole numbers go round exactly; every step depends on the one
 * before, every chain and lane starts from another number, and each invocation leaves the sum of its x and y (`fmaExpected`).
 */
export function fmaKernel(type: FmaType, tile: FmaTile, { workgroups, rounds }: FmaLaunch): Kernel {
  const { chains, lanes, invocations } = tile;
  const vector = lanes === 1 ? type : `vec${lanes}<${type}>`;
  const total = workgroups * invocations;
  const starts = (chain: number): string =>
    range(lanes)
      .map((lane) => `seed + ${type}(${chain * lanes + lane})`)
      .join(', ');
  const addUp = (of: string): string =>
    lanes === 1
      ? `f32(${of})`
      : ['x', 'y', 'z', 'w']
          .slice(0, lanes)
          .map((part) => `f32(${of}.${part})`)
          .join(' + ');
  const pair = range(chains)
    .map((chain) => `x${chain} = fma(y${chain}, f, x${chain});`)
    .join(' ');
  const back = range(chains)
    .map((chain) => `y${chain} = fma(x${chain}, g, y${chain});`)
    .join(' ');
  const code = `${type === 'f16' ? 'enable f16;\n' : ''}override ROUNDS: u32;
@group(0) @binding(0) var<storage, read> seeds: array<f32>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;
@compute @workgroup_size(${invocations})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let f = ${vector}(${type}(seeds[0]));
  let g = ${vector}(${type}(seeds[1]));
  let seed = ${type}(seeds[id.x + 2u]);
${range(chains)
  .map((chain) => `  var x${chain} = ${vector}(${starts(chain)}); var y${chain} = ${vector}(seed);`)
  .join('\n')}
  for (var round = 0u; round < ROUNDS; round++) {
${range(PAIRS)
  .map(() => `    ${pair}\n    ${back}`)
  .join('\n')}
  }
  sums[id.x] = ${range(chains)
    .flatMap((chain) => [addUp(`x${chain}`), addUp(`y${chain}`)])
    .join(' + ')};
}`;
  return {
    name: `${type} fma ${chains} chains of ${lanes} by ${invocations}`,
    code,
    features: type === 'f16' ? ['shader-f16'] : [],
    constants: { ROUNDS: rounds },
    workgroups: [workgroups, 1, 1],
    bindings: [
      { name: 'seeds', access: 'read', element: 'f32', sizeBytes: (total + 2) * 4 },
      { name: 'sums', access: 'write', element: 'f32', sizeBytes: total * 4 },
    ],
    flops: 2 * 2 * PAIRS * rounds * chains * lanes * total,
    ops: 0,
    bytes: (2 * total + 2) * 4,
  };
}

/** The contents of `seeds` for so many invocations: the two factors, then a whole number each by `random` (0 <= it < 1). */
export const fmaSeeds = (invocations: number, random: () => number): Float32Array<ArrayBuffer> =>
  Float32Array.from([1, -1, ...range(invocations).map(() => Math.floor(random() * SEED_LIMIT))]);

/** What an invocation with this seed must leave, exactly. */
export function fmaExpected(seed: number, { chains, lanes }: Pick<FmaTile, 'chains' | 'lanes'>, rounds: number): number {
  let sum = 0;
  for (const start of range(chains * lanes)) {
    let [x, y] = [seed + start, seed];
    for (let pair = 0; pair < (PAIRS * rounds) % PERIOD; pair++) {
      x += y;
      y -= x;
    }
    sum += x + y;
  }
  return sum;
}

const TILES: readonly FmaTile[] = [
  { chains: 4, lanes: 1, invocations: 256 },
  { chains: 8, lanes: 1, invocations: 64 },
  { chains: 4, lanes: 2, invocations: 256 },
  { chains: 2, lanes: 4, invocations: 64 },
  { chains: 4, lanes: 4, invocations: 64 },
];

/** The chains to try, best guess first, each over `invocations` invocations in all (a multiple of 256). Empty where the type is lacking. */
export const fmaCandidates = (
  type: FmaType,
  invocations: number,
  rounds: number,
  { features }: Pick<Abilities, 'features'>,
): readonly FmaChoice[] =>
  type === 'f16' && !features.has('shader-f16')
    ? []
    : TILES.map((tile) => ({ tile, kernel: fmaKernel(type, tile, { workgroups: invocations / tile.invocations, rounds }) }));

export interface FmaChoice {
  readonly tile: FmaTile;
  readonly kernel: Kernel;
}
