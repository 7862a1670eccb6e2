import { type Arithmetic, declareMatrices, type GemmShape, gemmWork, range } from './gemm.ts';
import type { Abilities, Kernel } from './kernel.ts';

export interface BroadcastTile {
  /** Invocations of a subgroup, each of which is a workgroup. */
  readonly lanes: number;
  /** Rows of A that each lane loads; the subgroup computes `lanes` times as many. */
  readonly rowsPerLane: number;
  /** Quads of columns that each lane computes. */
  readonly quads: number;
}

/** Whether the tile divides the product. */
const fitsBroadcast = ({ m, n, k }: GemmShape, { lanes, rowsPerLane, quads }: BroadcastTile): boolean =>
  m % (lanes * rowsPerLane) === 0 && n % (lanes * quads * 4) === 0 && k % 4 === 0;

/**
 * A product for processors that play GPU. A subgroup there is one vector register, and what is dear is a load, which goes lane by lane (27 ns a
 * vector on llvmpipe, against 2 for a multiply-add), while handing one lane's value to all is free. So the lanes load different rows of A, and
 * the subgroup hands each row round.
 */
export function broadcastGemm(shape: GemmShape, arithmetic: Arithmetic, tile: BroadcastTile): Kernel {
  if (!fitsBroadcast(shape, tile)) throw new RangeError(`a tile of ${JSON.stringify(tile)} does not divide ${JSON.stringify(shape)}`);
  const { m, n, k } = shape;
  const { lanes, rowsPerLane, quads } = tile;
  const { quad, accumulator } = arithmetic;
  const rows = range(lanes * rowsPerLane);
  const columns = range(quads * 4);
  const code = `${declareMatrices(arithmetic, ['subgroups'])}
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(subgroup_invocation_id) lane: u32) {
  let row = group.y * ${rows.length}u;
  let column = group.x * ${lanes * quads}u + lane;
${rows.map((i) => `  ${columns.map((j) => `var c${i}_${j} = ${accumulator}();`).join(' ')}`).join('\n')}
  for (var step = 0u; step < ${k / 4}u; step++) {
${range(rowsPerLane)
  .map((r) => `    let rows${r}: ${quad} = A[(row + ${r * lanes}u + lane) * ${k / 4}u + step];`)
  .join('\n')}
${range(quads)
  .map((q) => {
    const loads = range(4).map((r) => `let b${q}_r${r}: ${quad} = B[(step * 4u + ${r}u) * ${n / 4}u + column + ${q * lanes}u];`);
    return `    ${loads.join('\n    ')}\n    ${arithmetic.transpose(`b${q}_`)}`;
  })
  .join('\n')}
${rows
  .map((i) => {
    const sums = columns.map((j) => arithmetic.multiplyAdd(`c${i}_${j}`, `a${i}`, `b${j >> 2}_${j & 3}`));
    return `    let a${i} = subgroupBroadcast(rows${Math.floor(i / lanes)}, ${i % lanes}u);\n    ${sums.join('\n    ')}`;
  })
  .join('\n')}
  }
${rows
  .flatMap((i) =>
    range(quads).map((q) => {
      const parts = range(4).map((part) => `c${i}_${4 * q + part}`);
      return `  C[(row + ${i}u) * ${n / 4}u + column + ${q * lanes}u] = vec4<${accumulator}>(${parts.join(', ')});`;
    }),
  )
  .join('\n')}
}`;
  return {
    name: `${arithmetic.element} broadcast ${rows.length}x${columns.length * lanes} by ${lanes} lanes`,
    code,
    features: ['subgroups', ...arithmetic.features],
    constants: {},
    workgroups: [n / (4 * lanes * quads), m / rows.length, 1],
    ...gemmWork(shape, arithmetic),
  };
}

/** Wider subgroups are those of real GPUs, which the blocks in workgroup memory suit. */
const MAX_LANES = 16;
/** Rows of the subgroup, quads of columns of a lane. Cheapest to compile first: llvmpipe takes from 0.4 s to 6 s. */
const TILES = [
  [8, 1],
  [16, 1],
  [16, 2],
  [32, 2],
] as const;

/** The tiles that divide the product, for devices whose subgroups are all of one small size. */
export function broadcastCandidates(shape: GemmShape, arithmetic: Arithmetic, { features, subgroupSizes }: Abilities): readonly Kernel[] {
  const lanes = subgroupSizes.max;
  if (!features.has('subgroups') || subgroupSizes.min !== lanes || lanes > MAX_LANES) return [];
  return TILES.map(([rows, quads]) => ({ lanes, rowsPerLane: rows / lanes, quads }))
    .filter((tile) => Number.isInteger(tile.rowsPerLane) && fitsBroadcast(shape, tile))
    .map((tile) => broadcastGemm(shape, arithmetic, tile));
}
