/** How one contender did at one size. */
export interface GemmResult {
  readonly n: number;
  readonly contender: string;
  /** The kernel, or the peer's setting, that was its best. */
  readonly way: string;
  readonly gflops: number;
  readonly rounds: number;
  /** Largest difference from a product in double precision over sampled rows, as a share of the largest element there. */
  readonly error: number;
}

/** What a child process measured on one device. It prints part after part, each a line of JSON, so that what came before a hang still counts. */
export interface DeviceReport {
  readonly device: string;
  readonly isSoftware: boolean;
  readonly fma: { readonly kernel: string; readonly gflops: number };
  readonly bandwidth: readonly {
    readonly traffic: 'read' | 'copy' | 'triad';
    readonly kernel: string;
    readonly gigabytesPerSecond: number;
  }[];
  /** Of one size. */
  readonly gemm: readonly GemmResult[];
}

/** Of each buffer that bandwidth is measured with, here and in native.c. Dawn binds no more on some devices. */
export const BUFFER_BYTES = 128 * 2 ** 20;
