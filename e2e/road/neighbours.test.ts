import { expect, it } from 'vitest';
import { startNeighbours } from './neighbours.ts';

const WATCH_MS = 3_000;
/** Hostility costs the neighbour less than this beside a job that burns as much within the same limits; measured: 2.4 (docs/benchmarks.md). */
const SLOWER = 6;
const ANSWERED_MS = 5_000;

it('lets another job and the screen go on beside a fork bomb, a memory bomb, a disk filler and a log flood', {
  timeout: 180_000,
}, async () => {
  await using neighbours = await startNeighbours();
  const beside = async (): Promise<number> => {
    await using _ = await neighbours.occupy('innocent');
    return (await neighbours.watch(WATCH_MS)).rate;
  };
  const innocent = await beside();
  {
    await using bombs = await neighbours.occupy('hostile');
    await expect.poll(async () => (await bombs.reach()).freeDiskBytes, { timeout: 30_000 }).toBeLessThan(2 ** 20);
    await expect.poll(async () => (await bombs.reach()).processes, { timeout: 30_000 }).toBeGreaterThan(100);
    await expect.poll(async () => (await bombs.reach()).memoryShare, { timeout: 30_000 }).toBeGreaterThan(0.5);
    const during = await neighbours.watch(WATCH_MS);
    const { processes, processLimit, memoryShare } = await bombs.reach();
    expect(processes).toBeLessThanOrEqual(processLimit);
    expect(memoryShare).toBeLessThanOrEqual(1);
    expect(during.rate).toBeGreaterThan(innocent / SLOWER);
    expect(Math.max(...during.pageMs, ...during.stateMs, ...during.forkMs)).toBeLessThan(ANSWERED_MS);
    console.log(JSON.stringify({ innocent, during: during.rate, processes, memoryShare }));
  }
  const after = await neighbours.watch(WATCH_MS);
  expect(after.rate).toBeGreaterThan(innocent / SLOWER);
  expect(await neighbours.end()).toEqual([]);
});
