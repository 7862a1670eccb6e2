import { expect, it } from 'vitest';
import { startNeighbours } from './neighbours.ts';

const WATCH_MS = 3_000;

it('lets another job and the screen go on beside a fork bomb, a memory bomb, a disk filler and a log flood', {
  timeout: 180_000,
}, async () => {
  await using neighbours = await startNeighbours();
  const before = await neighbours.watch(WATCH_MS);
  {
    await using bombs = await neighbours.occupy('hostile');
    await expect.poll(async () => (await bombs.reach()).freeDiskBytes, { timeout: 30_000 }).toBeLessThan(2 ** 20);
    await expect.poll(async () => (await bombs.reach()).processes, { timeout: 30_000 }).toBeGreaterThan(100);
    await expect.poll(async () => (await bombs.reach()).memoryShare, { timeout: 30_000 }).toBeGreaterThan(0.5);
    const during = await neighbours.watch(WATCH_MS);
    const { processes, processLimit, memoryShare } = await bombs.reach();
    expect(processes).toBeLessThanOrEqual(processLimit);
    expect(memoryShare).toBeLessThanOrEqual(1);
    expect(during.rate).toBeGreaterThan(before.rate / 20);
    expect(Math.max(...during.pageMs, ...during.stateMs)).toBeLessThan(10_000);
    expect(Math.max(...during.forkMs)).toBeLessThan(10_000);
    console.log(JSON.stringify({ before: before.rate, during: during.rate, processes, memoryShare }));
  }
  const after = await neighbours.watch(WATCH_MS);
  expect(after.rate).toBeGreaterThan(before.rate / 20);
  expect(await neighbours.end()).toEqual([]);
});
