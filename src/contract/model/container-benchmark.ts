import * as z from 'zod';

/** What a benchmark in a container leaves: this file among its outputs (/job/out), JSON. docs/benchmark.md, Benchmarks in a container. */
export const CONTAINER_BENCHMARK_FILE = 'benchmark.json';
export const CONTAINER_BENCHMARK_MAX_BYTES = 256 * 1024;

/** Text of a stranger that is shown in a line: no control characters, so nothing that a terminal would obey. */
const words = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(/^\P{Cc}+$/u, 'must have no control characters');
const figureName = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, 'must be lower-case words joined by hyphens');

export const containerFigure = z.strictObject({
  name: figureName.describe('what was measured, such as gemm-f16'),
  value: z.number().positive().max(1e15).describe('median of the samples'),
  unit: z.enum(['TFLOPS', 'TOPS', 'GB/s', 'tokens/s', 'samples/s', 's']),
  samples: z.int().min(1).max(1_000_000),
  iqrShare: z.number().min(0).max(1_000).describe('interquartile range as a share of the median'),
  verified: z.boolean().describe('the timed result was checked against one computed another way'),
  detail: words(500).nullable().describe('sizes and settings, so that it can be repeated'),
});
export type ContainerFigure = z.infer<typeof containerFigure>;

/**
 * The result of a benchmark in a container. Its author is the image: who trusts the image's digest and the worker that ran it may trust this, and
 * nobody else.
 */
export const containerBenchmarkResult = z
  .strictObject({
    schemaVersion: z.literal(1),
    framework: z.strictObject({ name: words(100), version: words(100) }),
    device: z
      .strictObject({ kind: z.enum(['cuda', 'rocm', 'xpu', 'cpu']), name: words(200), uuid: words(100).nullable() })
      .describe('as seen inside the container'),
    figures: z.array(containerFigure).max(100),
    errors: z
      .array(z.strictObject({ figure: figureName.nullable(), detail: words(500) }))
      .max(100)
      .describe('what could not be measured, and why'),
  })
  .refine(({ figures }) => new Set(figures.map(({ name }) => name)).size === figures.length, {
    error: 'must name each figure once',
    path: ['figures'],
  })
  .refine(({ figures, errors }) => figures.length + errors.length > 0, { error: 'must hold a figure, or an error that says why not' });
export type ContainerBenchmarkResult = z.infer<typeof containerBenchmarkResult>;
