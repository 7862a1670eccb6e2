import { expect, test } from 'vitest';
import { type AuditLine, createAudit } from './audit.ts';

function recorded(act: (audit: ReturnType<typeof createAudit>) => void): { lines: readonly AuditLine[]; bytes: number } {
  const texts: string[] = [];
  let nowMs = 1_000;
  act(
    createAudit(
      () => nowMs++,
      (line) => void texts.push(line),
    ),
  );
  for (const text of texts) expect(text).toMatch(/^[\x20-\x7e]+\n$/);
  return { lines: texts.map((text) => JSON.parse(text)), bytes: texts.join('').length };
}

test('a connection is on record when it is made and again, under the same id, when it has ended', () => {
  const { lines } = recorded((audit) => audit.opened('example.org', 443, '1.1.1.1').closed(10, 20, 'why'));
  const made = {
    id: 3,
    atMs: 1_000,
    host: 'example.org',
    port: 443,
    address: '1.1.1.1',
    refusal: null,
    sentBytes: 0,
    receivedBytes: 0,
    durationMs: 0,
  };
  expect(lines).toEqual([made, { ...made, refusal: 'why', sentBytes: 10, receivedBytes: 20, durationMs: 1 }]);
});

test('what a job sends for a name cannot steer a terminal, break a line or grow', () => {
  const { lines } = recorded((audit) => {
    audit.refused('\u001b[2Ja\nb\u009b\u202e', null, 'why');
    audit.refused('x'.repeat(10_000), null, 'y'.repeat(10_000));
  });
  expect(lines.map(({ host }) => host)).toEqual(['?[2Ja?b??', 'x'.repeat(253)]);
  expect(lines[1]?.refusal).toHaveLength(160);
});

test('a flood of refusals stays small, is summed up, and hides no connection', () => {
  const { lines, bytes } = recorded((audit) => {
    for (let i = 0; i < 50_000; i++) audit.refused('"'.repeat(253), 1, 'not listed');
    audit.opened('example.org', 443, '1.1.1.1');
  });
  expect(bytes).toBeLessThan(2 ** 21);
  expect(lines.at(-1)).toMatchObject({ host: 'example.org' });
  expect(lines.at(-2)).toMatchObject({ id: 1, host: '(32768 or more other requests)', refusal: expect.stringMatching(/refused/) });
});

test('a flood of connections stays small, and its bytes are still counted', () => {
  const { lines, bytes } = recorded((audit) => {
    for (let i = 0; i < 10_000; i++) audit.opened('x'.repeat(253), 65_535, '255.255.255.255').closed(1, 2, null);
  });
  expect(bytes).toBeLessThan(2 ** 21 * 1.5);
  const rest = lines.at(-1);
  expect(rest).toMatchObject({ id: 2, refusal: null });
  expect(rest?.sentBytes).toBeGreaterThanOrEqual(8_000 / 2);
  expect(rest?.sentBytes).toBeLessThanOrEqual(8_000);
});

test('what one connection behind a flood of empty ones carries is on record', () => {
  const { lines } = recorded((audit) => {
    for (let i = 0; i < 3_000; i++) audit.opened('example.org', 443, '1.1.1.1').closed(0, 0, null);
    audit.opened('example.org', 443, '1.1.1.1').closed(50e9, 7, null);
    for (let i = 0; i < 10; i++) audit.opened('example.org', 443, '1.1.1.1').closed(1, 1, null);
  });
  expect(lines.at(-1)).toMatchObject({ id: 2, host: '(1001 or more other connections)', sentBytes: 50e9, receivedBytes: 7 });
});
