import * as z from 'zod';
import { benchmarkFailureCode, benchmarkStep, benchmarkVector } from '../../../contract/model/benchmark.ts';

/** What the agent and the child that measures say to each other. Both ends parse: a driver that goes wild in the child may write anything. */

/** How long each part of the suite takes, and how large it may become. */
export const limits = z.object({
  stepMs: z.record(benchmarkStep, z.number().positive()),
  totalMs: z.number().positive().describe('a device or machine that is behind gets shorter steps, so that all are done by then'),
  /** A child that is well says something each second; without a word for so long, a call into the driver does not return. */
  silenceMs: z.number().positive(),
  /** The device has this long for one piece of work, and some times as long while kernels are compiled; counted in seconds in which the child ran. */
  waitMs: z.number().positive(),
  submitMs: z.number().positive().describe('how long each timed submit lasts, about'),
  samples: z.int().min(3),
  largestGemm: z.int().positive().describe('rows of the largest square matrix'),
  bandwidthBytes: z.int().positive().describe('of each buffer, at the most'),
  memoryBytes: z.int().positive().nullable().describe('how much memory is filled at the most; null: all of it'),
});
export type Limits = z.infer<typeof limits>;

export const order = z.object({
  adapterName: z.string().nullable(),
  backend: z.string().nullable(),
  limits,
  software: z.boolean().describe('what is to be measured is a software device, and nothing else is'),
  /** Of the device, where it is known. */
  memoryBytes: z.int().positive().nullable(),
  /** Winners of earlier tuning, by kind of kernel. */
  tuned: z.record(z.string().max(100), z.string().max(200)),
});
export type Order = z.infer<typeof order>;

const text = z.string().max(2_000);

export const report = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('opened'), adapter: text, backend: text }),
  z.object({ kind: z.literal('alive') }),
  z.object({ kind: z.literal('progress'), step: benchmarkStep, share: z.number().min(0).max(1), detail: text.nullable() }),
  z.object({
    kind: z.literal('done'),
    vector: benchmarkVector,
    notes: z.array(text).max(100),
    tuned: z.record(z.string().max(100), z.string().max(200)),
  }),
  z.object({ kind: z.literal('failed'), step: benchmarkStep, code: benchmarkFailureCode, detail: text }),
]);
export type Report = z.infer<typeof report>;
