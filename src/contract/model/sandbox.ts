import * as z from 'zod';

/** What a probe is about; the order in which a person reads them. */
export const probeGroup = z.enum(['files', 'kernel', 'processes', 'network', 'resources', 'devices', 'results']);
export type ProbeGroup = z.infer<typeof probeGroup>;

/** One attack, tried from inside a container that was started exactly as a job is. */
export const probeResult = z.object({
  id: z.string(),
  group: probeGroup,
  title: z.string().describe('the attack in plain words'),
  outcome: z.string().describe('what happened, in a few words: which error stopped it, how far it came, or why it could not be tried'),
  blocked: z.boolean().nullable().describe('null: it could not be tried on this machine'),
  benign: z.boolean().describe('named beforehand, with the reason, as one that may get through and harms nobody'),
});
export type ProbeResult = z.infer<typeof probeResult>;

/** What the checked sandbox consisted of; a report counts for this only. */
export const sandboxIdentity = z.object({
  engine: z.string().describe('name and version of the container engine'),
  kernel: z.string(),
  policy: z
    .string()
    .describe('digest of what is asked of the engine for every job, the filter of system calls included, and of the probes'),
});
export type SandboxIdentity = z.infer<typeof sandboxIdentity>;

export const sandboxReport = z.object({
  workerPublicKey: z.string(),
  identity: sandboxIdentity,
  checkedAtMs: z.int(),
  durationMs: z.int(),
  missing: z.array(z.string()).describe('what the engine does not enforce, in plain words'),
  probes: z.array(probeResult),
});
export type SandboxReport = z.infer<typeof sandboxReport>;

/** A report with the worker's Ed25519 signature over its canonical JSON. */
export const signedSandboxReport = z.object({ report: sandboxReport, signature: z.string() });
export type SignedSandboxReport = z.infer<typeof signedSandboxReport>;

/** An attack that got through although nobody named it benign. */
export const isBreach = (probe: ProbeResult): boolean => probe.blocked === false && !probe.benign;

/** Whether jobs may run on the word of this report. */
export const hasPassed = (report: SandboxReport): boolean => report.probes.length > 0 && !report.probes.some(isBreach);

/** Checking now, or not; `failed`: why the last check broke off before its end. */
export const sandboxCheck = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('idle') }),
  z.object({
    kind: z.literal('running'),
    startedAtMs: z.int(),
    total: z.int().describe('probes in all'),
    current: z.string().nullable().describe('title of the probe that runs; null while the container is prepared'),
    probes: z.array(probeResult).describe('so far'),
  }),
  z.object({ kind: z.literal('failed'), atMs: z.int(), detail: z.string(), fix: z.string() }),
]);
export type SandboxCheck = z.infer<typeof sandboxCheck>;

/** One connection that a job asked for, as its proxy wrote it down. */
export const connectionRecord = z.object({
  atMs: z.int(),
  host: z.string(),
  port: z.int().nullable(),
  address: z.string().nullable().describe('where it was connected to; null where it was not'),
  refusal: z.string().nullable().describe('why it was refused or broken off, in plain words; null: it was let through'),
  sentBytes: z.int(),
  receivedBytes: z.int(),
  durationMs: z.int(),
});
export type ConnectionRecord = z.infer<typeof connectionRecord>;
