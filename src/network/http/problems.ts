import type { ServerResponse } from 'node:http';
import { ORPCError } from '@orpc/client';
import { ValidationError } from '@orpc/contract';
import { makeProblem, type Problem, ProblemError, problem } from '../../contract/model/problem.ts';
import type { Logger } from '../../lib/log.ts';
import { diskProblem } from '../archive-files.ts';

export const PROBLEM_TYPE = 'application/problem+json';

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** "spec.timeLimitMs: Too small ...", the first three of them. */
function describeIssues(issues: readonly Issue[]): string {
  return issues
    .slice(0, 3)
    .map(({ path, message }) => {
      const field = (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
      return field === '' ? message : `${field}: ${message}`;
    })
    .join('; ');
}

/** The problem that answers a request which threw. The unexpected is logged here, and only here, and told as `internal`. */
export function problemOf(thrown: unknown, logger: Logger): Problem {
  const error = diskProblem(thrown);
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof ORPCError) {
    const carried = problem.safeParse(error.data);
    if (carried.success) return carried.data;
    if (error.code === 'BAD_REQUEST' && error.cause instanceof ValidationError) {
      return makeProblem('invalid-request', `${describeIssues(error.cause.issues)}.`, 'Correct the request and send it again.');
    }
  }
  logger.error({ err: error }, 'a request failed unexpectedly');
  return makeProblem('internal', 'The network could not answer this request.', 'Try again; if it stays so, tell the operator.');
}

/** The same as an oRPC error, so that it passes through the handler with its status. */
export function problemAsOrpcError(thrown: unknown, logger: Logger): ORPCError<string, Problem> {
  const data = problemOf(thrown, logger);
  return new ORPCError(data.code, { status: data.status, message: data.detail, data });
}

export function sendProblem(response: ServerResponse, data: Problem): void {
  if (response.headersSent) {
    response.destroy(); // half an answer is out: cutting it off is the only honest sign left
    return;
  }
  response.writeHead(data.status, { 'content-type': PROBLEM_TYPE }).end(JSON.stringify(data));
}
