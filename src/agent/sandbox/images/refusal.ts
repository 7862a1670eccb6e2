import { ProblemError } from '../../../contract/model/problem.ts';

/** An image that may not run here, whatever is tried again. `reason` continues "The image x is refused: ". */
export const refused = (reference: string, reason: string, next: string, cause?: unknown): ProblemError =>
  new ProblemError('image-refused', `The image ${reference} is refused: ${reason}.`, next, { cause });

/** The registry has no such image for us. */
export const notFound = (reference: string, reason: string): ProblemError =>
  new ProblemError(
    'image-not-found',
    `The image ${reference} could not be pulled: ${reason}.`,
    'Check the name and the digest, and that everybody may pull it: workers do not sign in.',
  );

/** The registry is away: another time or another worker may do better. */
export const unreachable = (reference: string, reason: string, cause?: unknown): ProblemError =>
  new ProblemError(
    'network-unreachable',
    `The image ${reference} could not be pulled: ${reason}.`,
    'Check that this machine reaches the registry, or try again later.',
    { cause },
  );

export const diskFull = (reference: string, reason: string): ProblemError =>
  new ProblemError(
    'disk-full',
    `The image ${reference} does not fit on this machine's disk: ${reason}.`,
    'Free some space, then try again.',
  );

/** `12.3 MB`, for people. */
export function inWords(sizeBytes: number): string {
  const [factor, unit] = sizeBytes >= 1e9 ? [1e9, 'GB'] : [1e6, 'MB'];
  return `${(sizeBytes / factor).toFixed(1)} ${unit}`;
}
