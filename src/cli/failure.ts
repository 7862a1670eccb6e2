import { styleText } from 'node:util';
import { ProblemError } from '../contract/model/problem.ts';
import { exitCode } from './exit-codes.ts';

/** Tells the user what went wrong and what to do, and sets the exit code. The one place where a command's errors end. */
export function reportFailure(error: unknown): void {
  process.exitCode = exitCode.problem;
  if (error instanceof ProblemError) {
    const { detail, next } = error.problem;
    process.stderr.write(`${styleText('red', '✗')} ${detail}\n  ${next}\n`);
    return;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(
    `${styleText('red', '✗')} Nightshift met an error it did not expect. Please report it with these lines:\n${stack}\n`,
  );
}
