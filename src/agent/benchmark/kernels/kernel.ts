/** What a buffer holds; i8 lies four to a word, f16 two. */
export type ElementType = 'f32' | 'f16' | 'i8' | 'i32';

export interface Binding {
  readonly name: string;
  readonly access: 'read' | 'write';
  readonly element: ElementType;
  readonly sizeBytes: number;
}

/** A compute shader with its launch and what one launch does. Its entry point is `main`, its bindings are numbered in their order. */
export interface Kernel {
  readonly name: string;
  readonly code: string;
  /** Of the device, as WebGPU and Dawn call them. */
  readonly features: readonly string[];
  /** Values of the shader's overrides. */
  readonly constants: Readonly<Record<string, number>>;
  readonly workgroups: readonly [x: number, y: number, z: number];
  readonly bindings: readonly Binding[];
  /** Floating-point operations of one launch; a multiplication and an addition are two. */
  readonly flops: number;
  /** Integer operations of one launch, counted alike. */
  readonly ops: number;
  /** Bytes that one launch must move between memory and processor: each buffer once. */
  readonly bytes: number;
}

export const ELEMENT_BYTES: Readonly<Record<ElementType, number>> = { f32: 4, f16: 2, i8: 1, i32: 4 };

/** One shape of matrices that the subgroups of a device multiply: left M x K, right K x N. */
export interface SubgroupMatrixShape {
  readonly componentType: 'f32' | 'f16' | 'u8' | 'i8';
  readonly resultType: 'f32' | 'f16' | 'u32' | 'i32';
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** What decides which kernels a device can run. An open device is one. */
export interface Abilities {
  readonly features: ReadonlySet<string>;
  readonly limits: { readonly maxComputeWorkgroupStorageSize: number; readonly maxComputeInvocationsPerWorkgroup: number };
  readonly subgroupSizes: { readonly min: number; readonly max: number };
  readonly subgroupMatrices: readonly SubgroupMatrixShape[];
}
