import { range } from './gemm.ts';
import type { Binding, Kernel } from './kernel.ts';

/** What moves: read adds up a buffer, copy and triad (o = a + scalar * b) are those of STREAM (McCalpin, 1995). */
export type Traffic = 'read' | 'copy' | 'triad';
export interface BandwidthTile {
  readonly invocations: number;
  /** Quads of floats that each invocation moves. */
  readonly quads: number;
}

/** STREAM's scalar. Exact in a float, as are its products with the integers that the buffers may hold. */
export const TRIAD_SCALAR = 3;
const QUAD_BYTES = 16;
const INPUTS: Readonly<Record<Traffic, readonly string[]>> = { read: ['a'], copy: ['a'], triad: ['a', 'b'] };

/**
 * Moves each of its buffers of `sizeBytes` floats once. `read` leaves one quad per invocation in its output: the sum of the quads it read, so
 * that nothing can be left out.
 */
export function bandwidthKernel(traffic: Traffic, sizeBytes: number, { invocations, quads }: BandwidthTile): Kernel {
  const groupBytes = invocations * quads * QUAD_BYTES;
  if (sizeBytes % groupBytes !== 0) throw new RangeError(`${sizeBytes} bytes are no whole number of workgroups of ${groupBytes}`);
  const groups = sizeBytes / groupBytes;
  const across = Math.min(groups, MAX_GROUPS_ACROSS);
  if (groups % across !== 0) throw new RangeError(`${groups} workgroups are no whole number of rows of ${across}`);
  const inputs = INPUTS[traffic];
  const names = [...inputs, 'o'];
  const index = (quad: number): string => `first + ${quad * invocations}u`;
  const body: Readonly<Record<Traffic, string>> = {
    read: `  o[group * ${invocations}u + lane] = ${range(quads)
      .map((quad) => `a[${index(quad)}]`)
      .join(' + ')};`,
    copy: range(quads)
      .map((quad) => `  o[${index(quad)}] = a[${index(quad)}];`)
      .join('\n'),
    triad: range(quads)
      .map((quad) => `  o[${index(quad)}] = a[${index(quad)}] + ${TRIAD_SCALAR}.0 * b[${index(quad)}];`)
      .join('\n'),
  };
  const outputBytes = traffic === 'read' ? sizeBytes / quads : sizeBytes;
  const bindings = names.map(
    (name): Binding => ({
      name,
      access: name === 'o' ? 'write' : 'read',
      element: 'f32',
      sizeBytes: name === 'o' ? outputBytes : sizeBytes,
    }),
  );
  const code = `${names
    .map((name, at) => `@group(0) @binding(${at}) var<storage, ${name === 'o' ? 'read_write' : 'read'}> ${name}: array<vec4<f32>>;`)
    .join('\n')}
@compute @workgroup_size(${invocations})
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let group = id.y * ${across}u + id.x;
  let first = group * ${invocations * quads}u + lane;
${body[traffic]}
}`;
  return {
    name: `${traffic} ${quads} quads by ${invocations}`,
    code,
    features: [],
    constants: {},
    workgroups: [across, groups / across, 1],
    bindings,
    flops: 0,
    ops: 0,
    bytes: bindings.reduce((sum, binding) => sum + binding.sizeBytes, 0),
  };
}

/** A power of two within WebGPU's guaranteed 65535 workgroups in one dimension. */
const MAX_GROUPS_ACROSS = 32768;
const TILES: readonly BandwidthTile[] = [
  { invocations: 256, quads: 4 },
  { invocations: 256, quads: 1 },
  { invocations: 64, quads: 4 },
  { invocations: 64, quads: 16 },
];

/** The ways to move buffers of this size (a power of two, at least 16 KiB), best guess first. */
export const bandwidthCandidates = (traffic: Traffic, sizeBytes: number): readonly Kernel[] =>
  TILES.map((tile) => bandwidthKernel(traffic, sizeBytes, tile));
