import { ProblemError } from '../../contract/model/problem.ts';

/** What dockerode's errors carry, as far as we read it. */
interface RawFault {
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly statusCode?: unknown;
  readonly message: string;
}

const GONE_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

const rawFault = (error: unknown): RawFault => (error instanceof Error ? error : { message: String(error) });

/** HTTP status of the engine's answer, or null when there was none. */
export function statusOf(error: unknown): number | null {
  const { statusCode } = rawFault(error);
  return typeof statusCode === 'number' ? statusCode : null;
}

/** Whether the connection failed, so that nothing is known about what was asked. */
function isConnectionLost(error: unknown): boolean {
  const { code, syscall } = rawFault(error);
  if (typeof code !== 'string') return false;
  // ENOENT and EACCES of other system calls are about files of ours, not about the socket.
  return GONE_CODES.has(code) || ((code === 'ENOENT' || code === 'EACCES') && syscall === 'connect');
}

/** Docker closes its volume database before it stops to answer. */
const isShuttingDown = (error: unknown): boolean => statusOf(error) === 500 && rawFault(error).message.includes('database not open');

export function engineLost(cause: unknown): ProblemError {
  return new ProblemError(
    'engine-lost',
    `The container engine does not answer (${rawFault(cause).message.trim()}).`,
    'Start Docker again; Nightshift goes on by itself.',
    { cause },
  );
}

export const isEngineLost = (error: unknown): boolean => error instanceof ProblemError && error.problem.code === 'engine-lost';

/** The error to throw for what an engine call threw: a known problem where it is one, else the error itself. */
export function engineFault(error: unknown): unknown {
  if (error instanceof ProblemError) return error;
  if (isConnectionLost(error) || isShuttingDown(error)) return engineLost(error);
  if (statusOf(error) !== null && rawFault(error).message.includes('no space left on device')) {
    return new ProblemError('disk-full', 'The disk of the container engine is full.', 'Free some space on it, then try again.', {
      cause: error,
    });
  }
  return error;
}
