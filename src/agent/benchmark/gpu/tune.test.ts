import { expect, test } from 'vitest';
import type { Kernel } from '../kernels/kernel.ts';
import { openDevice } from './device.ts';
import { tune } from './tune.ts';

// Dawn's null backend compiles and runs nothing, so that the times can be the test's own.
const device = await openDevice({ adapterName: null, backend: 'null' });
const never = new AbortController().signal;

const kernel = (name: string, code = '@compute @workgroup_size(1) fn main() {}'): Kernel => ({
  name,
  code,
  features: [],
  constants: {},
  workgroups: [1, 1, 1],
  bindings: [],
  flops: 0,
  ops: 0,
  bytes: 0,
});

/** Takes as many milliseconds as the kernel's name says. */
const byName = async ({ kernel: { name } }: { readonly kernel: Kernel }): Promise<number> => Number(name);

test('the fastest candidate wins, and whoever is refused is said with the reason', async () => {
  const candidates = [kernel('30'), kernel('bad', 'fn main() { nonsense }'), kernel('10'), kernel('20')];
  const { winner, bestMs, tried } = await tune(device, candidates, byName, 10_000, never);
  expect([winner.kernel.name, bestMs]).toEqual(['10', 10]);
  expect(tried.map(({ name, bestMs }) => [name, bestMs])).toEqual([
    ['30', 30],
    ['bad', null],
    ['10', 10],
    ['20', 20],
  ]);
  expect(tried[1]?.refusal).toMatch(/nonsense/);
});

test('the first time of a candidate does not count, and those near the best are measured until one is ahead', async () => {
  const measured: string[] = [];
  const times: Record<string, number[]> = { slow: [1, 50], warm: [99, 10, 10, 4], cold: [99, 9, 9, 9] };
  const { winner } = await tune(
    device,
    Object.keys(times).map((name) => kernel(name)),
    async ({ kernel: { name } }) => {
      measured.push(name);
      return times[name]?.shift() ?? 9;
    },
    10_000,
    never,
  );
  expect(winner.kernel.name).toBe('warm');
  expect(measured.filter((name) => name === 'slow')).toHaveLength(2);
});

test('a budget that is spent leaves out the rest, but never the first', async () => {
  const { winner, tried } = await tune(device, [kernel('20'), kernel('10')], byName, 0, never);
  expect(winner.kernel.name).toBe('20');
  expect(tried[1]).toEqual({ name: '10', bestMs: null, refusal: null });
});

test('what goes wrong in measuring ends the search', async () => {
  const lost = async (): Promise<number> => {
    throw new Error('the device was lost');
  };
  await expect(tune(device, [kernel('10'), kernel('20')], lost, 10_000, never)).rejects.toThrow('the device was lost');
});

test('a device that refuses every candidate, and a signal that fires, end it too', async () => {
  await expect(tune(device, [{ ...kernel('10'), features: ['shader-f64'] }], byName, 10_000, never)).rejects.toThrow(/lacks shader-f64/);
  await expect(tune(device, [kernel('10')], byName, 10_000, AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
});
