import { type Arithmetic, declareMatrices, type GemmShape, gemmWork, range } from './gemm.ts';
import { type Abilities, ELEMENT_BYTES, type Kernel } from './kernel.ts';

/** A workgroup's block of the product and each invocation's part of it. */
export interface BlockTile {
  readonly blockM: number;
  readonly blockN: number;
  readonly blockK: number;
  readonly rows: number;
  readonly columns: number;
}

/** Whether the block divides the product, and its parts the block. */
const fitsTiled = ({ m, n, k }: GemmShape, { blockM, blockN, blockK, rows, columns }: BlockTile): boolean =>
  m % blockM === 0 &&
  n % blockN === 0 &&
  k % blockK === 0 &&
  blockM % rows === 0 &&
  blockN % columns === 0 &&
  blockK % 4 === 0 &&
  columns % 4 === 0;

const tiledInvocations = ({ blockM, blockN, rows, columns }: BlockTile): number => (blockM / rows) * (blockN / columns);
/** One quad more in each row of A's block keeps rows apart in the banks of the memory. */
const tiledMemoryBytes = ({ blockM, blockN, blockK }: BlockTile, { element }: Arithmetic): number =>
  (blockM * (blockK / 4 + 1) + (blockK / 4) * blockN) * 4 * ELEMENT_BYTES[element];

/** A product by blocks that a workgroup first brings into its own memory, as real GPUs like it. */
export function tiledGemm(shape: GemmShape, arithmetic: Arithmetic, tile: BlockTile): Kernel {
  if (!fitsTiled(shape, tile)) throw new RangeError(`a block of ${JSON.stringify(tile)} does not divide ${JSON.stringify(shape)}`);
  const { m, n, k } = shape;
  const { blockM, blockN, blockK, rows, columns } = tile;
  const { quad, accumulator } = arithmetic;
  const [acrossN, acrossM] = [blockN / columns, blockM / rows];
  const invocations = acrossN * acrossM;
  const steps = blockK / 4;
  const pitch = steps + 1;
  const perRow = n / 4;
  /** WGSL that the invocations of the workgroup share out: `body` of `id` from 0 to count - 1. */
  const share = (count: number, body: string): string =>
    range(Math.ceil(count / invocations))
      .map((round) => {
        const guard = (round + 1) * invocations > count ? `if (index + ${round * invocations}u < ${count}u) ` : '';
        return `    ${guard}{ let id = index + ${round * invocations}u; ${body} }`;
      })
      .join('\n');
  // Columns of one invocation: quads of neighbours, so that C is written in quads; quads of one invocation lie acrossN apart.
  const columnOf = (j: number): string => `(at.x + ${(j >> 2) * acrossN}u) * 4u + ${j & 3}u`;
  const code = `${declareMatrices(arithmetic)}
var<workgroup> blockA: array<${quad}, ${blockM * pitch}>;
var<workgroup> blockB: array<${quad}, ${steps * blockN}>;
@compute @workgroup_size(${acrossN}, ${acrossM})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) at: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let row = group.y * ${blockM}u;
  let column = group.x * ${blockN / 4}u;
${range(rows)
  .flatMap((i) => range(columns).map((j) => `  var c${i}_${j} = ${accumulator}();`))
  .join('\n')}
  for (var block = 0u; block < ${k / 4}u; block += ${steps}u) {
${share(blockM * steps, `blockA[(id / ${steps}u) * ${pitch}u + id % ${steps}u] = A[(row + id / ${steps}u) * ${k / 4}u + block + id % ${steps}u];`)}
${share(
  steps * (blockN / 4),
  `let source = (block + id / ${blockN / 4}u) * ${4 * perRow}u + column + id % ${blockN / 4}u; ${range(4)
    .map((r) => `let b_r${r}: ${quad} = B[source + ${r * perRow}u];`)
    .join(' ')} ${arithmetic.transpose('b_')} let first = (id / ${blockN / 4}u) * ${blockN}u + (id % ${blockN / 4}u) * 4u; ${range(4)
    .map((part) => `blockB[first + ${part}u] = b_${part};`)
    .join(' ')}`,
)}
    workgroupBarrier();
    for (var step = 0u; step < ${steps}u; step++) {
${range(rows)
  .map((i) => `      let a${i}: ${quad} = blockA[(at.y + ${i * acrossM}u) * ${pitch}u + step];`)
  .join('\n')}
${range(columns)
  .map(
    (j) => `      { let b: ${quad} = blockB[step * ${blockN}u + ${columnOf(j)}];
        ${range(rows)
          .map((i) => arithmetic.multiplyAdd(`c${i}_${j}`, `a${i}`, 'b'))
          .join('\n        ')} }`,
  )
  .join('\n')}
    }
    workgroupBarrier();
  }
${range(rows)
  .flatMap((i) =>
    range(columns / 4).map(
      (q) =>
        `  C[(row + at.y + ${i * acrossM}u) * ${perRow}u + column + at.x + ${q * acrossN}u] = vec4<${accumulator}>(${range(4)
          .map((part) => `c${i}_${4 * q + part}`)
          .join(', ')});`,
    ),
  )
  .join('\n')}
}`;
  return {
    name: `${arithmetic.element} tiled ${blockM}x${blockN}x${blockK} of ${rows}x${columns}`,
    code,
    features: arithmetic.features,
    constants: {},
    workgroups: [n / blockN, m / blockM, 1],
    ...gemmWork(shape, arithmetic),
  };
}

/** The blocks to try, best guess first: those of 8 x 8 a thread lead on large GPUs, smaller ones where registers are few. */
const BLOCKS: readonly BlockTile[] = [
  { blockM: 128, blockN: 128, blockK: 16, rows: 8, columns: 8 },
  { blockM: 64, blockN: 128, blockK: 16, rows: 8, columns: 8 },
  { blockM: 64, blockN: 64, blockK: 16, rows: 4, columns: 4 },
  { blockM: 64, blockN: 64, blockK: 32, rows: 4, columns: 8 },
  { blockM: 32, blockN: 32, blockK: 32, rows: 4, columns: 4 },
];

/** The blocks that divide the product and that the device has memory and invocations for. */
export const tiledCandidates = (shape: GemmShape, arithmetic: Arithmetic, { limits }: Abilities): readonly Kernel[] =>
  BLOCKS.filter(
    (tile) =>
      fitsTiled(shape, tile) &&
      tiledInvocations(tile) <= limits.maxComputeInvocationsPerWorkgroup &&
      tiledMemoryBytes(tile, arithmetic) <= limits.maxComputeWorkgroupStorageSize,
  ).map((tile) => tiledGemm(shape, arithmetic, tile));
