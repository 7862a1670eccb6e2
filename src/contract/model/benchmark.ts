import * as z from 'zod';

/** The version of what is measured and how; figures of different versions are not compared. */
export const SUITE_VERSION = 0;

export const benchmarkStep = z.enum([
  'starting',
  'tuning',
  'fma',
  'gemm-f32',
  'gemm-f16',
  'gemm-i8',
  'bandwidth',
  'transfer',
  'memory',
  'sustained',
]);
export type BenchmarkStep = z.infer<typeof benchmarkStep>;

/** `changed`: hardware, driver or power limit are not those of the last result. */
export const benchmarkOccasion = z.enum(['asked', 'first', 'changed', 'scheduled']);
export type BenchmarkOccasion = z.infer<typeof benchmarkOccasion>;

/** A benchmark that runs now. */
export const benchmarkRun = z.object({
  runId: z.string(),
  deviceId: z.string(),
  occasion: benchmarkOccasion,
  startedAtMs: z.int(),
  step: benchmarkStep,
  progress: z.number().min(0).max(1).describe('of the whole suite; never goes back'),
  remainingMs: z.int().nonnegative().nullable(),
  detail: z.string().nullable().describe('what is being done, for the curious: the kernel that is tried, the figure just found'),
});
export type BenchmarkRun = z.infer<typeof benchmarkRun>;

/** One measured figure. `path`: how it was reached (kernel and its parameters), so that anybody can weigh it. */
export const measurement = z.object({
  value: z.number().positive(),
  iqrShare: z.number().nonnegative().describe('interquartile range as a share of the median'),
  samples: z.int().positive(),
  path: z.string(),
  verified: z.boolean().describe('the timed result was read back and checked'),
});
export type Measurement = z.infer<typeof measurement>;
const figure = measurement.nullable();

/** What a device reached. Null: this device or its driver cannot do it, or it was not reached; then a note says why. */
export const benchmarkVector = z.object({
  fmaF32Tflops: figure,
  fmaF16Tflops: figure,
  gemmF32Tflops: figure,
  gemmF16Tflops: figure.describe('f16 inputs, f32 sums'),
  gemmI8Tops: figure.describe('i8 inputs, i32 sums'),
  readGBs: figure,
  copyGBs: figure,
  triadGBs: figure,
  toDeviceGBs: figure,
  fromDeviceGBs: figure,
  memoryBytes: z.int().positive().nullable().describe('allocated, written and read back'),
  sustainedShare: z.number().positive().max(1.5).nullable().describe('end of the sustained run against its beginning'),
});
export type BenchmarkVector = z.infer<typeof benchmarkVector>;

/** The conditions under which a result holds. A result is of a device as it was then. */
export const benchmarkConditions = z.object({
  deviceName: z.string(),
  adapter: z.string().describe('as the graphics driver names it'),
  backend: z.string().describe('vulkan, d3d12, metal'),
  driver: z.string().nullable(),
  pciId: z.string().nullable(),
  powerLimitW: z.number().positive().nullable(),
  linkWidth: z.int().positive().nullable(),
  /** How it is known that this card and no other was measured. */
  proof: z.enum(['only-device', 'isolated', 'utilisation', 'unproven']),
});
export type BenchmarkConditions = z.infer<typeof benchmarkConditions>;

/** Draw and heat during the sustained run; null: not known. */
export const sustainedTelemetry = z.object({
  idlePowerW: z.number().nonnegative().nullable(),
  meanPowerW: z.number().nonnegative().nullable(),
  maxTemperatureC: z.number().nullable(),
  throttledShare: z.number().min(0).max(1).nullable(),
  source: z.string().nullable(),
});
export type SustainedTelemetry = z.infer<typeof sustainedTelemetry>;

export const score = z.object({
  value: z.number().nonnegative().describe('100: the reference of this version of the suite'),
  version: z.int().nonnegative(),
  /** Parts of the published formula, each against its reference. `stand-in`: the figure that took the place of one this device cannot do. */
  parts: z.array(z.object({ name: z.string(), share: z.number(), exponent: z.number(), standIn: z.string().nullable() })),
});
export type Score = z.infer<typeof score>;

export const benchmarkResult = z.object({
  runId: z.string(),
  deviceId: z.string(),
  suiteVersion: z.int().nonnegative(),
  occasion: benchmarkOccasion,
  atMs: z.int(),
  durationMs: z.int().nonnegative(),
  conditions: benchmarkConditions,
  vector: benchmarkVector,
  sustained: sustainedTelemetry,
  score: score.nullable().describe('null: too little was measured'),
  notes: z.array(z.string()).describe('sentences: what could not be measured and why, what was repeated'),
});
export type BenchmarkResult = z.infer<typeof benchmarkResult>;

/** Why a run ended without a result. */
export const benchmarkFailureCode = z.enum([
  'no-adapter',
  'wrong-device',
  'hung',
  'crashed',
  'out-of-memory',
  'device-lost',
  'driver-changed',
  'wrong-results',
  'cancelled',
  'interrupted',
  'failed',
]);
export type BenchmarkFailureCode = z.infer<typeof benchmarkFailureCode>;
export const benchmarkFailure = z.object({
  runId: z.string(),
  deviceId: z.string(),
  occasion: benchmarkOccasion,
  atMs: z.int(),
  step: benchmarkStep,
  code: benchmarkFailureCode,
  detail: z.string(),
  fix: z.string().nullable(),
});
export type BenchmarkFailure = z.infer<typeof benchmarkFailure>;

export const benchmarkRecord = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('result'), result: benchmarkResult }),
  z.object({ kind: z.literal('failure'), failure: benchmarkFailure }),
]);
export type BenchmarkRecord = z.infer<typeof benchmarkRecord>;

/** A figure of a result against what the maker states for this model, or against others' results. */
export const comparison = z.object({
  figure: z.string().describe('name of the figure in the vector'),
  reference: z.number().positive(),
  share: z.number().positive(),
  source: z.string(),
});
export type Comparison = z.infer<typeof comparison>;

/** What the state tells of the benchmark of one device. `standing`: why the last result no longer counts, or that it does. */
export const deviceBenchmark = z.object({
  deviceId: z.string(),
  last: benchmarkRecord.nullable(),
  result: benchmarkResult.nullable().describe('the last result, also when a run after it failed'),
  standing: z.enum(['none', 'current', 'changed', 'old', 'impossible']),
  datasheet: z.array(comparison),
  nextAtMs: z.int().nullable().describe('when it is measured again by itself, at the earliest'),
});
export type DeviceBenchmark = z.infer<typeof deviceBenchmark>;
