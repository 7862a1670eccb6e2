import { type Arithmetic, type GemmShape, gemmWork, range } from './gemm.ts';
import type { Abilities, Kernel, SubgroupMatrixShape } from './kernel.ts';

export interface SubgroupTile {
  /** Invocations of a subgroup, and subgroups of a workgroup. */
  readonly subgroupSize: number;
  readonly subgroups: number;
  /** Matrices of the product that each subgroup computes, down and across. */
  readonly down: number;
  readonly across: number;
}

/** Whether subgroups of these tiles cover the product without remainder. */
const fitsSubgroups = (shape: GemmShape, matrix: SubgroupMatrixShape, { subgroups, down, across }: SubgroupTile): boolean =>
  shape.m % (matrix.m * down) === 0 &&
  shape.n % (matrix.n * across) === 0 &&
  shape.k % matrix.k === 0 &&
  ((shape.m / (matrix.m * down)) * (shape.n / (matrix.n * across))) % subgroups === 0;

/** A product on the matrix units of a GPU (tensor cores and their like); each subgroup reads its operands from memory and its caches. */
export function subgroupMatrixGemm(shape: GemmShape, arithmetic: Arithmetic, matrix: SubgroupMatrixShape, tile: SubgroupTile): Kernel {
  if (!fitsSubgroups(shape, matrix, tile))
    throw new RangeError(`subgroups of ${JSON.stringify(tile)} do not divide ${JSON.stringify(shape)} by ${JSON.stringify(matrix)}`);
  const { m, n, k } = shape;
  const { subgroupSize, subgroups, down, across } = tile;
  const { componentType, resultType } = matrix;
  // Bytes are loaded from arrays of words. Offsets and strides count bytes all the same (dawn 55e62e18, 43f5e8e6); that is so of the older
  // form of these calls, of which Dawn warns on stdout that it is deprecated.
  const stored = componentType === 'i8' ? 'i32' : componentType;
  const tilesAcross = n / (matrix.n * across);
  const tiles = tilesAcross * (m / (matrix.m * down));
  const left = `subgroup_matrix_left<${componentType}, ${matrix.k}, ${matrix.m}>`;
  const right = `subgroup_matrix_right<${componentType}, ${matrix.n}, ${matrix.k}>`;
  const result = `subgroup_matrix_result<${resultType}, ${matrix.n}, ${matrix.m}>`;
  const sums = range(down).flatMap((i) => range(across).map((j) => ({ i, j, sum: `c${i}_${j}` })));
  const code = `${componentType === 'f16' ? 'enable f16;\n' : ''}enable subgroups;
enable chromium_experimental_subgroup_matrix;
@group(0) @binding(0) var<storage, read> A: array<${stored}>;
@group(0) @binding(1) var<storage, read> B: array<${stored}>;
@group(0) @binding(2) var<storage, read_write> C: array<${resultType}>;
@compute @workgroup_size(${subgroupSize * subgroups})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(subgroup_id) subgroup: u32) {
  let tile = group.x * ${subgroups}u + subgroup;
  let row = (tile / ${tilesAcross}u) * ${matrix.m * down}u;
  let column = (tile % ${tilesAcross}u) * ${matrix.n * across}u;
${sums.map(({ sum }) => `  var ${sum} = ${result}();`).join('\n')}
  for (var step = 0u; step < ${k}u; step += ${matrix.k}u) {
${range(down)
  .map((i) => `    let a${i} = subgroupMatrixLoad<${left}>(&A, (row + ${i * matrix.m}u) * ${k}u + step, false, ${k}u);`)
  .join('\n')}
${range(across)
  .map((j) => `    let b${j} = subgroupMatrixLoad<${right}>(&B, step * ${n}u + column + ${j * matrix.n}u, false, ${n}u);`)
  .join('\n')}
${sums.map(({ i, j, sum }) => `    ${sum} = subgroupMatrixMultiplyAccumulate(a${i}, b${j}, ${sum});`).join('\n')}
  }
${sums
  .map(({ i, j, sum }) => `  subgroupMatrixStore(&C, (row + ${i * matrix.m}u) * ${n}u + column + ${j * matrix.n}u, ${sum}, false, ${n}u);`)
  .join('\n')}
}`;
  return {
    name: `${componentType} matrices ${matrix.m}x${matrix.n}x${matrix.k}, ${down}x${across} a subgroup, ${subgroups} subgroups of ${subgroupSize}`,
    code,
    features: ['subgroups', 'chromium-experimental-subgroup-matrix', ...arithmetic.features],
    constants: {},
    workgroups: [tiles / subgroups, 1, 1],
    ...gemmWork(shape, arithmetic),
  };
}

const TILES = [
  { subgroups: 4, down: 4, across: 4 },
  { subgroups: 4, down: 2, across: 4 },
  { subgroups: 4, down: 2, across: 2 },
  { subgroups: 1, down: 4, across: 4 },
  { subgroups: 1, down: 2, across: 2 },
] as const;

/**
 * The kernels for the matrices of this device that have the arithmetic's types. Only where all its subgroups are of one size: the shader must
 * know how many of them share a workgroup.
 */
export function subgroupMatrixCandidates(shape: GemmShape, arithmetic: Arithmetic, abilities: Abilities): readonly Kernel[] {
  const { features, subgroupSizes, subgroupMatrices } = abilities;
  if (!features.has('chromium-experimental-subgroup-matrix') || subgroupSizes.min !== subgroupSizes.max) return [];
  const fitting = subgroupMatrices.filter(
    ({ componentType, resultType }) => componentType === arithmetic.element && resultType === arithmetic.accumulator,
  );
  return TILES.flatMap((tile) =>
    fitting
      .map((matrix) => ({ matrix, tile: { ...tile, subgroupSize: subgroupSizes.min } }))
      .filter((choice) => fitsSubgroups(shape, choice.matrix, choice.tile))
      .map((choice) => subgroupMatrixGemm(shape, arithmetic, choice.matrix, choice.tile)),
  );
}
