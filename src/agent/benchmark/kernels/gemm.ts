import { type Binding, ELEMENT_BYTES, type ElementType, type Kernel } from './kernel.ts';

/** The product C[M,N] = A[M,K] * B[K,N]; all three lie in rows. */
export interface GemmShape {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/**
 * How a kernel multiplies. A quad is four neighbours of a row in one load: in A four steps of k, in B four columns. Turned by `transpose`, B's
 * quads hold four steps of k as well, and one quad times another is added to an accumulator.
 */
export interface Arithmetic {
  readonly element: ElementType;
  readonly accumulator: 'f32' | 'i32';
  readonly quad: string;
  /** Extensions of WGSL that the shader enables, and language features that it requires. */
  readonly enables: readonly string[];
  readonly requires: readonly string[];
  /** Of the device. */
  readonly features: readonly string[];
  /** WGSL: declares `${name}0` to `${name}3`, column by column, from the quads `${name}r0` to `${name}r3` of four rows. */
  transpose(name: string): string;
  /** WGSL: accumulator += left . right. */
  multiplyAdd(accumulator: string, left: string, right: string): string;
}

/** A four-by-four block of floating-point numbers, turned. */
const transposeVectors =
  (type: string) =>
  (name: string): string =>
    ['x', 'y', 'z', 'w']
      .map((part, column) => `let ${name}${column} = ${type}(${[0, 1, 2, 3].map((row) => `${name}r${row}.${part}`).join(', ')});`)
      .join(' ');

export const F32: Arithmetic = {
  element: 'f32',
  accumulator: 'f32',
  quad: 'vec4<f32>',
  enables: [],
  requires: [],
  features: [],
  transpose: transposeVectors('vec4<f32>'),
  multiplyAdd: (sum, left, right) =>
    ['x', 'y', 'z', 'w'].map((part) => `${sum} = fma(${left}.${part}, ${right}.${part}, ${sum});`).join(' '),
};

/** Products of halves, summed in full precision, as tensor cores do. */
export const F16: Arithmetic = {
  element: 'f16',
  accumulator: 'f32',
  quad: 'vec4<f16>',
  enables: ['f16'],
  requires: [],
  features: ['shader-f16'],
  transpose: transposeVectors('vec4<f16>'),
  multiplyAdd: (sum, left, right) =>
    ['x', 'y', 'z', 'w'].map((part) => `${sum} = fma(f32(${left}.${part}), f32(${right}.${part}), ${sum});`).join(' '),
};

/** Bytes, four to a word; exact on every device. */
export const I8: Arithmetic = {
  element: 'i8',
  accumulator: 'i32',
  quad: 'u32',
  enables: [],
  requires: ['packed_4x8_integer_dot_product'],
  features: [],
  transpose: (name) => {
    const [r0, r1, r2, r3] = [0, 1, 2, 3].map((row) => `${name}r${row}`);
    const pair = (low: string, high: string): string => `(${low} & 0xffffu) | (${high} << 16u)`;
    const upper = (low: string, high: string): string => `(${low} >> 16u) | (${high} & 0xffff0000u)`;
    const even = (low: string, high: string): string => `(${low} & 0x00ff00ffu) | ((${high} & 0x00ff00ffu) << 8u)`;
    const odd = (low: string, high: string): string => `((${low} >> 8u) & 0x00ff00ffu) | (${high} & 0xff00ff00u)`;
    return `let ${name}e01 = ${even(`${r0}`, `${r1}`)}; let ${name}e23 = ${even(`${r2}`, `${r3}`)}; let ${name}o01 = ${odd(`${r0}`, `${r1}`)}; let ${name}o23 = ${odd(`${r2}`, `${r3}`)};
    let ${name}0 = ${pair(`${name}e01`, `${name}e23`)}; let ${name}1 = ${pair(`${name}o01`, `${name}o23`)}; let ${name}2 = ${upper(`${name}e01`, `${name}e23`)}; let ${name}3 = ${upper(`${name}o01`, `${name}o23`)};`;
  },
  multiplyAdd: (sum, left, right) => `${sum} += dot4I8Packed(${left}, ${right});`,
};

/** What the buffers and counts of a product are, however it is computed. */
export function gemmWork(
  { m, n, k }: GemmShape,
  { element, accumulator }: Arithmetic,
): Pick<Kernel, 'bindings' | 'flops' | 'ops' | 'bytes'> {
  const matrix = (name: string, access: Binding['access'], of: ElementType, elements: number): Binding => ({
    name,
    access,
    element: of,
    sizeBytes: elements * ELEMENT_BYTES[of],
  });
  const bindings = [matrix('A', 'read', element, m * k), matrix('B', 'read', element, k * n), matrix('C', 'write', accumulator, m * n)];
  const operations = 2 * m * n * k;
  return {
    bindings,
    flops: accumulator === 'f32' ? operations : 0,
    ops: accumulator === 'i32' ? operations : 0,
    bytes: bindings.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

/** The head of a shader with A, B and C in quads. */
export const declareMatrices = ({ enables, requires, quad, accumulator }: Arithmetic, alsoEnables: readonly string[] = []): string =>
  `${[...enables, ...alsoEnables].map((name) => `enable ${name};\n`).join('')}${requires.map((name) => `requires ${name};\n`).join('')}@group(0) @binding(0) var<storage, read> A: array<${quad}>;
@group(0) @binding(1) var<storage, read> B: array<${quad}>;
@group(0) @binding(2) var<storage, read_write> C: array<vec4<${accumulator}>>;`;

/** 0, 1, ... count - 1. */
export const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);
