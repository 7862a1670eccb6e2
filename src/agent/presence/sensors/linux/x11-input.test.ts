import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lastInput, openX11Input } from './x11-input.ts';

test('the time of the last input is exact to the time the answer took', () => {
  const gap = fc.nat(100_000);
  fc.assert(
    fc.property(gap, gap, gap, gap, (inputMs, idle, toServerMs, backMs) => {
      const answeredByServerMs = inputMs + idle;
      const found = lastInput(null, answeredByServerMs - toServerMs, answeredByServerMs + backMs, idle);
      expect(found).toBeGreaterThanOrEqual(inputMs);
      expect(found).toBeLessThanOrEqual(inputMs + backMs);
    }),
  );
});

test('a slow answer does not look like an input', () => {
  expect(lastInput(1_000, 5_000, 5_900, 4_000)).toBe(1_000);
});

test('an input moves the time forward, and an estimate that was too late is put right', () => {
  expect(lastInput(1_000, 5_000, 5_001, 1)).toBe(5_000);
  expect(lastInput(1_300, 5_000, 5_001, 4_000)).toBe(1_001);
});

test('a display that has no server is unknown, and looked for every few seconds', async () => {
  let nowMs = 0;
  const sensor = await openX11Input({ env: { DISPLAY: ':59999' }, monotonicMs: () => nowMs, changed: () => undefined, root: '/' });
  expect(sensor?.read()).toMatchObject({ kind: 'unknown', detail: 'No X server runs on display :59999.', fix: expect.any(String) });
  nowMs += 60_000;
  expect(sensor?.read()).toMatchObject({ kind: 'unknown' });
  await sensor?.close();
});
