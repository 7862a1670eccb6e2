import { expect, test } from 'vitest';
import { systemClock } from '../../../lib/clock.ts';
import { QUICK_LIMITS } from '../testing/quick-limits.ts';
import { type ChildEnd, runChild } from './process.ts';

const SERVE = new URL('serve.ts', import.meta.url).href;

/** The child of the product, which opens its device as `open` says. */
const serving = (open: string, waitMs: number): Promise<ChildEnd> =>
  runChild({
    command: [
      process.execPath,
      '--input-type=module',
      '-e',
      `const { serve } = await import(${JSON.stringify(SERVE)}); await serve(async () => { ${open} });`,
    ],
    env: { PATH: process.env.PATH ?? '' },
    order: {
      adapterName: null,
      backend: null,
      limits: { ...QUICK_LIMITS, silenceMs: 20_000, waitMs },
      software: true,
      memoryBytes: null,
      tuned: {},
    },
    clock: systemClock,
    signal: new AbortController().signal,
    heard: () => undefined,
    waited: () => undefined,
  });

test('a device that comes to no end is given up by the child itself, long before it is silent', async () => {
  expect(await serving('await new Promise(() => {});', 500)).toMatchObject({
    kind: 'failed',
    code: 'hung',
    detail: expect.stringContaining('had no end'),
  });
});

test('a child that got no time to run has not waited', async () => {
  const starved = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_000); await new Promise((go) => setTimeout(go, 100));';
  expect(await serving(`${starved} throw new Error('no such adapter');`, 500)).toMatchObject({ kind: 'failed', code: 'no-adapter' });
});
