import { createHash } from 'node:crypto';

/** What the internet's hosts answer to `GET /content`: 1 MiB without a pattern, the same in every process. */
export const lanContent = (): Buffer =>
  createHash('shake256', { outputLength: 2 ** 20 })
    .update('lan')
    .digest();
