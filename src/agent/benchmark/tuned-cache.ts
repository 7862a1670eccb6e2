import * as z from 'zod';
import { readTextIfPresent, writeFileDurably } from '../../lib/files.ts';
import type { Logger } from '../../lib/log.ts';
import type { TunedCache } from './run.ts';

const content = z.array(z.tuple([z.string(), z.record(z.string(), z.string())]));
/** A rig has up to a dozen devices; drivers change a few times a year. */
const KEPT = 64;

/** Kept in a file of its own: losing it costs a few seconds of tuning. */
export function openTunedCache(path: string, logger: Logger): TunedCache {
  const winners = new Map(read(path, logger));
  return {
    get: (key) => winners.get(key),
    set(key, found) {
      winners.delete(key); // the one that was set last stands last
      winners.set(key, { ...found });
      const kept = [...winners].slice(-KEPT);
      try {
        writeFileDurably(path, JSON.stringify(kept));
      } catch (error) {
        logger.warn({ error }, 'the fastest kernels could not be written down; they are looked for again next time');
      }
    },
  };
}

function read(path: string, logger: Logger): z.infer<typeof content> {
  try {
    return content.parse(JSON.parse(readTextIfPresent(path) ?? '[]'));
  } catch (error) {
    logger.warn({ error }, 'the fastest kernels cannot be read; they are looked for again');
    return [];
  }
}
