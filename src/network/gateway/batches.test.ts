import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { batches } from './batches.ts';

async function* count(to: number, onPull: (n: number) => void = () => undefined): AsyncGenerator<number> {
  for (let n = 1; n <= to; n += 1) {
    onPull(n);
    yield n;
  }
}

describe('batches', () => {
  test('keep the order and lose nothing', async () => {
    const seen: number[] = [];
    for await (const batch of batches(count(1_000), 64)) {
      expect(batch.length).toBeLessThanOrEqual(64);
      seen.push(...batch);
    }
    expect(seen).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 1));
  });

  test('group what came while the last one was worked on, and pull no further', async () => {
    let pulled = 0;
    const sizes: number[] = [];
    const source = count(100, (n) => {
      pulled = n;
    });
    for await (const batch of batches(source, 10)) {
      sizes.push(batch.length);
      await sleep(5);
      expect(pulled).toBeLessThanOrEqual(sizes.reduce((sum, size) => sum + size, 0) + 11);
    }
    expect(Math.max(...sizes)).toBe(10);
  });

  test('pass on what the source throws, after what came before it', async () => {
    async function* broken(): AsyncGenerator<number> {
      yield 1;
      throw new Error('broken');
    }
    const seen: number[] = [];
    const read = async (): Promise<void> => {
      for await (const batch of batches(broken(), 10)) seen.push(...batch);
    };
    await expect(read()).rejects.toThrow('broken');
    expect(seen).toEqual([1]);
  });
});
