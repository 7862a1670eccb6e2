import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { isNode, LineCounter, parseDocument } from 'yaml';
import * as z from 'zod';
import { deviceClass } from '../../contract/model/device.ts';
import { allowedAddress, imageReference, type JobNetwork, jobSpec, MAX_GRACE_MS, MIN_CPUS } from '../../contract/model/job.ts';
import { MICRO_PER_CREDIT } from '../../contract/model/money.ts';
import { ProblemError } from '../../contract/model/problem.ts';
import { parseBytes, parseDurationMs } from './units.ts';

const words = z.union(
  [
    z
      .string()
      .min(1)
      .transform((text) => text.trim().split(/\s+/)),
    z.array(z.string()).min(1),
  ],
  {
    error: 'must be a command: one line, or a list of words',
  },
);
const durationMs = z.string({ error: 'must be a duration such as 90s, 10m or 1h30m' }).transform((text, context) => {
  const ms = parseDurationMs(text);
  if (ms !== null) return ms;
  context.addIssue('must be a duration such as 90s, 10m or 1h30m');
  return z.NEVER;
});
const HOUR_MS = 3_600_000;
const checkpoint = z.strictObject({
  every: durationMs
    .refine((ms) => ms >= 1_000, 'must be at least 1s')
    .refine((ms) => ms <= 24 * HOUR_MS, 'must be at most 24h')
    .describe('how often the job saves its state'),
  grace: durationMs
    .refine(
      (ms) => ms <= MAX_GRACE_MS,
      `must be at most ${MAX_GRACE_MS / 1000}s: an owner who stays has the machine back within two seconds`,
    )
    .default(0)
    .describe('to save once more between SIGTERM and the end'),
});
const sizeBytes = z.string({ error: 'must be a size such as 512MB or 2GB' }).transform((text, context) => {
  const size = parseBytes(text);
  if (size !== null) return size;
  context.addIssue('must be a size such as 512MB or 2GB');
  return z.NEVER;
});

/** How much a job may move unless its file says otherwise. */
const UPLOAD_BYTES = 2 ** 30;
const DOWNLOAD_BYTES = 20 * 2 ** 30;
const network = z
  .strictObject({
    allow: z.array(allowedAddress).min(1, 'must name at least one address').max(64),
    upload: sizeBytes.default(UPLOAD_BYTES).describe('the most it may send, all connections together'),
    download: sizeBytes.default(DOWNLOAD_BYTES).describe('the most it may receive'),
  })
  .transform(({ allow, upload, download }): JobNetwork => ({ kind: 'egress', allow, maxUploadBytes: upload, maxDownloadBytes: download }));

/** The job file, as written by a renter: Compose-like YAML. */
const jobFile = z
  .strictObject({
    name: z.string().min(1).max(80),
    image: imageReference.optional(),
    build: z.string().min(1).optional().describe('a folder to make the image from'),
    command: words,
    env: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String)).default({}),
    inputs: z.string().min(1).optional().describe('a folder, delivered read-only at /in'),
    outputs: z.array(z.string()).default([]).describe('paths below /job/out to bring back'),
    device: z
      .strictObject({ class: deviceClass, vram: sizeBytes.optional().describe('the least memory that the GPU must have') })
      .refine((asked) => asked.vram === undefined || asked.class === 'gpu', { error: 'only a gpu has vram', path: ['vram'] }),
    limits: z.strictObject({
      time: durationMs,
      memory: sizeBytes,
      disk: sizeBytes,
      cpus: z.number().min(MIN_CPUS, `must be at least ${MIN_CPUS}`),
    }),
    network: network.optional().describe('what the job may connect to; nothing unless said'),
    checkpoint: checkpoint.optional(),
    price: z.strictObject({ max: z.number({ error: 'must be credits an hour, a number' }).positive() }),
    prepare: words.optional().describe('run here before: fills the inputs folder'),
    verify: words.optional().describe('run here afterwards: checks what came back'),
  })
  .refine((file) => (file.image === undefined) !== (file.build === undefined), {
    error: 'name either image or build, not both and not neither',
    path: ['image'],
  });

/** A job file, read and checked. Folders are absolute. */
export interface JobFile {
  readonly path: string;
  readonly folder: string;
  readonly name: string;
  readonly image: { readonly kind: 'reference'; readonly reference: string } | { readonly kind: 'build'; readonly contextDir: string };
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly inputsDir: string | null;
  readonly outputs: readonly string[];
  readonly deviceClass: 'cpu' | 'gpu';
  /** Null: any. */
  readonly vramBytes: number | null;
  readonly timeLimitMs: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly cpus: number;
  readonly network: JobNetwork;
  /** Null: an interrupted job begins anew. */
  readonly checkpoint: { readonly intervalMs: number; readonly graceMs: number } | null;
  readonly maxMicroPerHour: number;
  readonly prepare: readonly string[] | null;
  readonly verify: readonly string[] | null;
}

/** Reads a job file, or the `job.yaml` of a folder. Throws a `malformed-job-file` problem that names the line and what belongs there. */
export function readJobFile(given: string): JobFile {
  const path = statSync(given, { throwIfNoEntry: false })?.isDirectory() ? join(given, 'job.yaml') : given;
  const shown = basename(path);
  const malformed = (where: string, what: string, cause?: unknown): ProblemError =>
    new ProblemError(
      'malformed-job-file',
      `${shown}${where}: ${what}.`,
      'Correct it and run the command again; docs/job-file.md tells every field.',
      { cause },
    );
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ProblemError('malformed-job-file', `The job file ${path} cannot be read.`, 'Check its path.', { cause: error });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'error' });
  const [fault] = document.errors;
  if (fault)
    throw malformed(`:${fault.linePos?.[0].line ?? 1}`, fault.message.split('\n')[0]?.replace(/ at line .*$/, '') ?? 'is not YAML', fault);
  let content: unknown;
  try {
    content = document.toJS();
  } catch (error) {
    throw malformed('', `this is no job file: ${lower(error instanceof Error ? error.message : undefined)}`, error); // aliases that lead nowhere, or into each other
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw malformed('', 'this is no job file: it has no fields');
  const parsed = jobFile.safeParse(content);
  if (!parsed.success) {
    // A misspelt field also leaves one missing: the misspelling is the cause.
    const issue = parsed.error.issues.find((each) => each.code === 'unrecognized_keys') ?? parsed.error.issues[0];
    const keys = (issue?.path ?? []).filter((key) => typeof key !== 'symbol');
    const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
    const node = document.getIn(unknown === undefined ? keys : [...keys, unknown], true);
    const line = isNode(node) && node.range ? `:${lines.linePos(node.range[0]).line}` : '';
    throw malformed(
      line,
      `${[...keys, ...(unknown === undefined ? [] : [unknown])].join('.') || 'the file'} ${unknown === undefined ? lower(issue?.message) : 'is no field of a job file'}`,
    );
  }
  const file = parsed.data;
  const folder = dirname(resolve(path));
  return {
    path: resolve(path),
    folder,
    name: file.name,
    image:
      file.image === undefined
        ? { kind: 'build', contextDir: resolve(folder, file.build ?? '.') }
        : { kind: 'reference', reference: file.image },
    command: file.command,
    env: file.env,
    inputsDir: file.inputs === undefined ? null : resolve(folder, file.inputs),
    outputs: file.outputs,
    deviceClass: file.device.class,
    vramBytes: file.device.vram ?? null,
    timeLimitMs: file.limits.time,
    memoryBytes: file.limits.memory,
    diskBytes: file.limits.disk,
    cpus: file.limits.cpus,
    network: file.network ?? { kind: 'none' },
    checkpoint: file.checkpoint === undefined ? null : { intervalMs: file.checkpoint.every, graceMs: file.checkpoint.grace },
    maxMicroPerHour: Math.round(file.price.max * MICRO_PER_CREDIT),
    prepare: file.prepare ?? null,
    verify: file.verify ?? null,
  };
}

const lower = (message: string | undefined): string =>
  message === undefined ? 'is not valid' : message.charAt(0).toLowerCase() + message.slice(1);

/** The fields of the specification that come straight from the file; image and inputs are made first. */
export function specOf(file: JobFile, image: string, inputs: z.infer<typeof jobSpec>['inputs']): z.infer<typeof jobSpec> {
  const spec = {
    name: file.name,
    image,
    command: [...file.command],
    env: { ...file.env },
    inputs,
    outputs: [...file.outputs],
    deviceClass: file.deviceClass,
    vramBytes: file.vramBytes,
    timeLimitMs: file.timeLimitMs,
    memoryBytes: file.memoryBytes,
    diskBytes: file.diskBytes,
    cpus: file.cpus,
    network: file.network,
    checkpoint: file.checkpoint && { ...file.checkpoint },
    maxMicroPerHour: file.maxMicroPerHour,
  };
  const parsed = jobSpec.safeParse(spec);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ProblemError(
    'malformed-job-file',
    `${basename(file.path)}: ${issue?.path.join('.')} ${lower(issue?.message)}.`,
    'Correct it and run the command again.',
  );
}
