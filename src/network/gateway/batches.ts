/**
 * Groups what an iterable yields: each batch is everything that came while the last one was worked on, at most `max` items. Pulls
 * no further ahead than one full batch. What the source throws comes after the items before it.
 */
export async function* batches<T>(source: AsyncIterable<T>, max: number): AsyncGenerator<readonly T[]> {
  let waiting: T[] = [];
  let wakeReader = Promise.withResolvers<void>();
  let wakePump = Promise.withResolvers<void>();
  let ended = false;
  let stopped = false;

  const pump = async (): Promise<void> => {
    try {
      for await (const item of source) {
        waiting.push(item);
        wakeReader.resolve();
        while (waiting.length >= max && !stopped) {
          wakePump = Promise.withResolvers<void>();
          await wakePump.promise;
        }
        if (stopped) return;
      }
    } finally {
      ended = true;
      wakeReader.resolve();
    }
  };
  const pumping = pump();
  pumping.catch(() => undefined); // thrown again below, where the reader is

  try {
    while (true) {
      if (waiting.length > 0) {
        const batch = waiting;
        waiting = [];
        wakePump.resolve();
        yield batch;
      } else if (ended) {
        await pumping;
        return;
      } else {
        wakeReader = Promise.withResolvers<void>();
        await wakeReader.promise;
      }
    }
  } finally {
    stopped = true;
    wakePump.resolve();
  }
}
