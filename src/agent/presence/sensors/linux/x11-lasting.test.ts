import { expect, test } from 'vitest';
import { LinkError, openLasting, type Trouble } from './x11-lasting.ts';

const TROUBLE: Trouble = { detail: 'Nobody is there.', fix: 'Wait.' };

function bench() {
  const at = { nowMs: 0, attempts: 0, isThere: true, closed: 0, changes: 0, lose: (_: Trouble): void => undefined };
  const link = openLasting(
    async (lost) => {
      at.attempts += 1;
      if (!at.isThere) throw new LinkError(TROUBLE);
      at.lose = lost;
      return {
        close: () => {
          at.closed += 1;
        },
      };
    },
    () => at.nowMs,
    () => {
      at.changes += 1;
    },
  );
  return { at, link };
}
const turn = () => new Promise(setImmediate);

test('a connection that breaks is made anew after some seconds, and both are news', async () => {
  const { at, link } = bench();
  await link.settled();
  expect(link.state()).toMatchObject({ kind: 'open' });
  at.lose(TROUBLE);
  expect(link.state()).toEqual({ kind: 'broken', ...TROUBLE });
  expect(at).toMatchObject({ closed: 1, changes: 1, attempts: 1 });
  at.nowMs += 3_000;
  link.state();
  await turn();
  expect(link.state()).toMatchObject({ kind: 'open' });
  expect(at).toMatchObject({ changes: 2, attempts: 2 });
});

test('however often it is asked for, it is tried once every three seconds', async () => {
  const { at, link } = bench();
  at.isThere = false;
  await link.settled();
  at.lose(TROUBLE);
  for (at.nowMs = 0; at.nowMs < 30_000; at.nowMs += 16) {
    link.state();
    await turn();
  }
  expect(at.attempts).toBeLessThanOrEqual(11);
  expect(at.attempts).toBeGreaterThan(5);
});

test('after closing nothing is tried any more', async () => {
  const { at, link } = bench();
  await link.settled();
  link.close();
  at.nowMs += 60_000;
  expect(link.state()).toMatchObject({ kind: 'broken' });
  await turn();
  expect(at).toMatchObject({ attempts: 1, closed: 1, changes: 0 });
});
