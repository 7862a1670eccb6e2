import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { Prices } from '../../contract/model/prices.ts';
import { createLogger } from '../../lib/log.ts';
import { followPrices, readPrices } from './prices.ts';

const PRICES: Prices = { atMs: 1, days: 7, items: [{ deviceClass: 'cpu', asks: null, paid: null }] };
const AT_ONCE = new AbortController().signal;

/** A network that answers as told, with what it was asked. */
async function network(answer: (response: ServerResponse) => void) {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    answer(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}
const tells = (response: ServerResponse, told: Prices = PRICES): unknown => response.end(JSON.stringify(told));

it('asks without saying who asks', async () => {
  const { url, asked } = await network(tells);
  expect(await readPrices(url, AT_ONCE)).toEqual(PRICES);
  expect(asked[0]?.url).toBe('/v1/prices');
  expect(Object.keys(asked[0]?.headers ?? {}).sort()).toEqual(['accept', 'connection', 'host']);
});

it.each<[string, (response: ServerResponse) => void]>([
  ['an error', (response) => response.writeHead(500).end(JSON.stringify(PRICES))],
  ['another place', (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
  ['no JSON', (response) => response.end('<html>')],
  ['other JSON', (response) => response.end('{"items":[]}')],
  ['too much', (response) => response.end(JSON.stringify({ ...PRICES, filling: 'x'.repeat(64 * 1024) }))],
  ['the end of the connection', (response) => response.destroy()],
])('takes %s for no answer', async (_, answer) => {
  const { url } = await network(answer);
  await expect(readPrices(url, AT_ONCE)).rejects.toThrow();
});

it('reads when connected, not at each of many connections, and knows nothing of a network that has ceased to tell', async () => {
  let told: Prices | null = PRICES;
  const { url, asked } = await network((response) => (told === null ? response.writeHead(500).end() : tells(response, told)));
  let monotonicMs = 0;
  const changed = vi.fn();
  using prices = followPrices({
    clock: { nowMs: () => 0, monotonicMs: () => monotonicMs },
    logger: createLogger('test', 'silent'),
    changed,
  });
  expect(prices.now()).toBeNull();
  prices.connected(url);
  await vi.waitFor(() => expect(prices.now()).toEqual(PRICES));
  prices.connected(url);
  monotonicMs += 60_000;
  told = null;
  prices.connected(url);
  await vi.waitFor(() => expect(prices.now()).toBeNull());
  expect(asked).toHaveLength(2);
  expect(changed).toHaveBeenCalledTimes(2);
});

it('forgets the prices of the network before', async () => {
  const first = await network(tells);
  const second = await network(() => undefined); // never answers
  using prices = followPrices({
    clock: { nowMs: () => 0, monotonicMs: () => 0 },
    logger: createLogger('test', 'silent'),
    changed: () => undefined,
  });
  prices.connected(first.url);
  await vi.waitFor(() => expect(prices.now()).toEqual(PRICES));
  prices.connected(second.url);
  expect(prices.now()).toBeNull();
});
