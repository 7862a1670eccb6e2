import { pipeline } from 'node:stream/promises';
import tar, { type Extract } from 'tar-stream';

export type ArchiveEntry = Extract extends AsyncIterable<infer Entry> ? Entry : never;

/**
 * Hands the entries of a tar to `take`, one after another; `take` consumes each. What `take` throws ends the transfer and is thrown here, not
 * the error of the stream that was cut for it. (tar-stream itself refuses extended headers that would fill the memory.)
 */
export async function eachEntry(source: NodeJS.ReadableStream, take: (entry: ArchiveEntry) => Promise<void>): Promise<void> {
  const extract = tar.extract();
  const refusals: unknown[] = [];
  const taking = (async () => {
    for await (const entry of extract) {
      try {
        await take(entry);
      } catch (reason) {
        refusals.push(reason);
        throw reason;
      }
    }
  })();
  const [transfer, taken] = await Promise.allSettled([pipeline(source, extract), taking]);
  if (refusals.length > 0) throw refusals[0];
  if (transfer.status === 'rejected') throw transfer.reason;
  if (taken.status === 'rejected') throw taken.reason;
}
