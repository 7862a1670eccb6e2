import http from 'node:http';
import https from 'node:https';
import { type Prices, prices } from '../../contract/model/prices.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';

const READ_EVERY_MS = 3_600_000;
/** While nothing has been paid yet that prices could be made of: the first lease should not go unseen for an hour. */
const READ_UNPAID_EVERY_MS = 300_000;
/** A connection that comes and goes does not ask each time. */
const AGAIN_AFTER_MS = 60_000;
const ANSWER_MS = 10_000;
/** Two classes of devices are half a kilobyte. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** What is asked and paid on the network, as it last said; null where it has not said, or not lately. */
export interface MarketPrices extends Disposable {
  now(): Prices | null;
  /** The worker is connected to this network: its prices are read now, and each hour from now on. */
  connected(networkUrl: string): void;
}

export function followPrices(deps: { readonly clock: Clock; readonly logger: Logger; readonly changed: () => void }): MarketPrices {
  const closing = new AbortController();
  let known: Prices | null = null;
  let asked: { readonly networkUrl: string; readonly atMs: number } | null = null;
  let next: NodeJS.Timeout | undefined;

  async function read(networkUrl: string): Promise<void> {
    const asking = { networkUrl, atMs: deps.clock.monotonicMs() };
    asked = asking;
    const found = await readPrices(networkUrl, closing.signal).catch((error: unknown) => {
      deps.logger.debug({ error, networkUrl }, 'the network does not tell its prices');
      return null;
    });
    if (asked !== asking || closing.signal.aborted) return; // another network meanwhile, or the end
    known = found;
    const isPaid = found?.items.some(({ paid }) => paid !== null) ?? false;
    next = setTimeout(() => void read(networkUrl), isPaid ? READ_EVERY_MS : READ_UNPAID_EVERY_MS).unref();
    deps.changed();
  }

  return {
    now: () => known,
    connected(networkUrl) {
      if (closing.signal.aborted) return;
      if (asked?.networkUrl === networkUrl && deps.clock.monotonicMs() - asked.atMs < AGAIN_AFTER_MS) return;
      if (asked?.networkUrl !== networkUrl) known = null;
      clearTimeout(next);
      void read(networkUrl);
    },
    [Symbol.dispose]() {
      clearTimeout(next);
      closing.abort();
    },
  };
}

/**
 * Asks a network for its prices, without saying who asks. By node:http, which the agent has loaded anyway: `fetch` would keep megabytes more.
 * Throws where it cannot be reached, does not answer in time, answers with anything else or with too much.
 */
export async function readPrices(networkUrl: string, signal: AbortSignal): Promise<Prices> {
  const url = new URL('/v1/prices', networkUrl);
  const ended = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const { get } = url.protocol === 'https:' ? https : http;
    get(url, { agent: false, signal: ended, headers: { accept: 'application/json' } }, resolve).on('error', reject);
  });
  if (response.statusCode !== 200) {
    response.destroy();
    throw new Error(`${url.pathname} answered ${response.statusCode}`);
  }
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_ANSWER_BYTES) throw new Error(`${url.pathname} answered more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return prices.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
}
