import type { ServerResponse } from 'node:http';
import { ORPCError } from '@orpc/client';
import { type Problem } from '../../contract/model/problem.ts';
import type { Logger } from '../../lib/log.ts';
export declare const PROBLEM_TYPE = 'application/problem+json';
/** The problem that answers a request which threw. The unexpected is logged here, and only here, and told as `internal`. */
export declare function problemOf(thrown: unknown, logger: Logger): Problem;
/** The same as an oRPC error, so that it passes through the handler with its status. */
export declare function problemAsOrpcError(thrown: unknown, logger: Logger): ORPCError<string, Problem>;
export declare function sendProblem(response: ServerResponse, data: Problem): void;
