import { CELL_BYTES, HOP_ROUNDS, WINDOW_BLOCKS } from '../../../contract/challenge/memory.ts';
import type { ChallengeShape } from '../../../contract/challenge/messages.ts';
import { EXPAND_ROUNDS, FOLD_END_ROUNDS, type LEFT, type ProductShape, type RIGHT } from '../../../contract/challenge/product.ts';
import { ROUND_CONSTANT } from '../../../contract/challenge/rounds.ts';
import type { Binding, Kernel } from '../kernels/kernel.ts';

/** The same arithmetic as `src/contract/challenge/`, in WGSL. Indices are in bounds by construction: the device checks none. */
const ROUNDS = `
fn rotated(word: u32, by: u32) -> u32 { return (word << by) | (word >> (32u - by)); }
fn rounds(state: vec4<u32>, count: u32) -> vec4<u32> {
  var a = state.x; var b = state.y; var c = state.z; var d = state.w;
  for (var round = 1u; round <= count; round++) {
    a += round * ${ROUND_CONSTANT}u;
    a += b; d = rotated(d ^ a, 16u);
    c += d; b = rotated(b ^ c, 12u);
    a += b; d = rotated(d ^ a, 8u);
    c += d; b = rotated(b ^ c, 7u);
  }
  return vec4<u32>(a, b, c, d);
}`;

export const WORKGROUP = 64;
/** A launch has at most 65,535 workgroups in a direction, on every device. */
export const MOST_INVOCATIONS = 65_535 * WORKGROUP;
export const KEY_BYTES = CELL_BYTES;
const FOLD_BYTES = 16;

/** The words of the parameters of `fillKernel`: seed (4), number of the block, first cell, the one after the last. */
export const FILL_PARAMETERS = 7;
/** Of `walkKernel`: the state at the start. */
export const WALK_PARAMETERS = 4;

const binding = (name: string, access: Binding['access'], sizeBytes: number): Binding => ({ name, access, element: 'i32', sizeBytes });

function kernel(name: string, code: string, invocations: number, bindings: readonly Binding[]): Kernel {
  return {
    name: `challenge ${name}`,
    code: ROUNDS + code,
    features: [],
    constants: {},
    workgroups: [Math.ceil(invocations / WORKGROUP), 1, 1],
    bindings,
    flops: 0,
    ops: 0,
    bytes: bindings.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

/** Makes the cells of one block that the parameters name; a launch is as wide as there are cells, one an invocation. */
export const fillKernel = ({ blockCells, cellRounds }: ChallengeShape): Kernel =>
  kernel(
    'fill',
    `
@group(0) @binding(0) var<storage, read> parameters: array<u32>;
@group(0) @binding(1) var<storage, read_write> cells: array<vec4<u32>>;
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(global_invocation_id) at: vec3<u32>) {
  let offset = parameters[5] + at.x;
  if (offset >= parameters[6]) { return; }
  let start = vec4<u32>(parameters[0] ^ offset, parameters[1] ^ parameters[4], parameters[2], parameters[3]);
  cells[offset] = rounds(start, ${cellRounds}u);
}`,
    Math.min(blockCells, MOST_INVOCATIONS),
    [binding('parameters', 'read', FILL_PARAMETERS * 4), binding('cells', 'write', blockCells * CELL_BYTES)],
  );

const slots = Array.from({ length: WINDOW_BLOCKS }, (_, slot) => slot);

/** One walk, by one invocation: each hop needs the one before. */
export const walkKernel = ({ blockCells, hops }: ChallengeShape): Kernel =>
  kernel(
    'walk',
    `
@group(0) @binding(0) var<storage, read> parameters: array<u32>;
@group(0) @binding(1) var<storage, read_write> key: array<vec4<u32>>;
${slots.map((slot) => `@group(0) @binding(${slot + 2}) var<storage, read> block${slot}: array<vec4<u32>>;`).join('\n')}
@compute @workgroup_size(1)
fn main() {
  var state = vec4<u32>(parameters[0], parameters[1], parameters[2], parameters[3]);
  for (var hop = 0u; hop < ${hops}u; hop++) {
    let offset = state.y % ${blockCells}u;
    var cell: vec4<u32>;
    switch (state.x % ${WINDOW_BLOCKS}u) {
${slots.map((slot) => `      ${slot === WINDOW_BLOCKS - 1 ? 'default' : `case ${slot}u`}: { cell = block${slot}[offset]; }`).join('\n')}
    }
    state = rounds(state ^ cell, ${HOP_ROUNDS}u);
  }
  key[0] = state;
}`,
    1,
    [
      binding('parameters', 'read', WALK_PARAMETERS * 4),
      binding('key', 'write', KEY_BYTES),
      ...slots.map((slot) => binding(`block${slot}`, 'read', blockCells * CELL_BYTES)),
    ],
  );

/** Makes one of the two matrices from the key, 16 elements an invocation. */
export function expandKernel({ size, depth }: ProductShape, which: typeof LEFT | typeof RIGHT): Kernel {
  const pieces = (size * depth) / 16;
  return kernel(
    `matrix ${which}`,
    `
@group(0) @binding(0) var<storage, read> key: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> matrix: array<vec4<u32>>;
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  for (var piece = at.x; piece < ${pieces}u; piece += groups.x * ${WORKGROUP}u) {
    matrix[piece] = rounds(key[0] ^ vec4<u32>(piece, ${which}u, 0u, 0u), ${EXPAND_ROUNDS}u);
  }
}`,
    Math.min(pieces, MOST_INVOCATIONS),
    [binding('key', 'read', KEY_BYTES), binding('matrix', 'write', size * depth)],
  );
}
/** Folds each row of the product, a row an invocation. */
export const foldKernel = ({ size }: ChallengeShape): Kernel =>
  kernel(
    'fold',
    `
@group(0) @binding(0) var<storage, read> product: array<vec2<u32>>;
@group(0) @binding(1) var<storage, read_write> folds: array<vec4<u32>>;
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(global_invocation_id) at: vec3<u32>) {
  if (at.x >= ${size}u) { return; }
  var state = vec4<u32>(0u, 0u, at.x, 0u);
  for (var pair = 0u; pair < ${size / 2}u; pair++) {
    let words = product[at.x * ${size / 2}u + pair];
    state = rounds(state ^ vec4<u32>(words, 0u, 0u), 1u);
  }
  folds[at.x] = rounds(state, ${FOLD_END_ROUNDS}u);
}`,
    size,
    [binding('product', 'read', size * size * 4), binding('folds', 'write', size * FOLD_BYTES)],
  );

export const foldBytes = ({ size }: ChallengeShape): number => size * FOLD_BYTES;
