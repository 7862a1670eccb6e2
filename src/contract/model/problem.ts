import * as z from 'zod';

/** Every expected failure, by name. The sentence for a person and the way out travel with it. */
export const problemCode = z.enum([
  'malformed-job-file',
  'invalid-request',
  'unauthorized',
  'forbidden',
  'not-found',
  'idempotency-conflict',
  'insufficient-credits',
  'image-not-found',
  'image-refused',
  'inputs-missing',
  'network-unreachable',
  'port-in-use',
  'engine-missing',
  'engine-lost',
  'disk-full',
  'device-busy',
  'device-lost',
  'not-measurable',
  'owner-present',
  'stale-epoch',
  'database-newer',
  'already-running',
  'enrolment-refused',
  'internal',
]);
export type ProblemCode = z.infer<typeof problemCode>;

/** RFC 9457 problem details with two members of ours: `code` for programs, `next` for people. */
export const problem = z.object({
  type: z.string().describe('a URI reference that names the kind of problem'),
  title: z.string(),
  status: z.int(),
  detail: z.string().describe('one sentence: what happened'),
  code: problemCode,
  next: z.string().describe('one sentence: what to do now'),
});
export type Problem = z.infer<typeof problem>;

const STATUS: Record<ProblemCode, readonly [status: number, title: string]> = {
  'malformed-job-file': [400, 'The job file is not valid'],
  'invalid-request': [400, 'The request is not valid'],
  unauthorized: [401, 'Not signed in'],
  forbidden: [403, 'Not allowed'],
  'not-found': [404, 'Not found'],
  'idempotency-conflict': [409, 'The idempotency key was used for another request'],
  'insufficient-credits': [402, 'Not enough credits'],
  'image-not-found': [422, 'The image was not found'],
  'image-refused': [422, 'The image is not allowed'],
  'inputs-missing': [422, 'The inputs are missing'],
  'network-unreachable': [503, 'The network cannot be reached'],
  'port-in-use': [409, 'The port is in use'],
  'engine-missing': [503, 'No container engine'],
  'engine-lost': [503, 'The container engine went away'],
  'disk-full': [507, 'The disk is full'],
  'device-busy': [409, 'The device is busy'],
  'device-lost': [409, 'The device is not there'],
  'not-measurable': [409, 'The device cannot be measured'],
  'owner-present': [409, 'The owner is using the machine'],
  'stale-epoch': [409, 'The lease has moved on'],
  'database-newer': [500, 'The database is from a newer version'],
  'already-running': [409, 'Already running'],
  'enrolment-refused': [403, 'Enrolment refused'],
  internal: [500, 'Something went wrong'],
};

/** Builds the problem for a code. `detail`: what happened; `next`: what to do now; one sentence each. */
export function makeProblem(code: ProblemCode, detail: string, next: string): Problem {
  const [status, title] = STATUS[code];
  return { type: `/problems/${code}`, title, status, detail, code, next };
}

/** An expected failure thrown across a call boundary; caught where it can be shown to a person. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(problemCode: ProblemCode, detail: string, next: string, options?: ErrorOptions) {
    super(`${detail} ${next}`, options);
    this.problem = makeProblem(problemCode, detail, next);
  }
}

/** The problem in what a client library gives for an error response: the body itself, or an object that holds it. Null when there is none. */
export function readProblem(data: unknown): Problem | null {
  const body: unknown = typeof data === 'object' && data !== null && 'body' in data ? data.body : data;
  return problem.safeParse(body).data ?? null;
}
