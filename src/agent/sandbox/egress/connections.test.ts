import { expect, test } from 'vitest';
import { parseAudit } from './connections.ts';
import { createAudit } from './program/audit.ts';

test('a log becomes one record a connection, its last word counting', () => {
  const lines = ['ready\n'];
  let nowMs = 0;
  const audit = createAudit(
    () => nowMs++,
    (line) => void lines.push(line),
  );
  const long = audit.opened('a.example', 443, '1.1.1.1');
  audit.refused('b.example', 80, 'no');
  audit.opened('c.example', 443, '1.1.1.1');
  long.closed(1, 2, null);
  const records = parseAudit(lines.join(''));
  expect(records.map(({ host, receivedBytes, durationMs }) => [host, receivedBytes, durationMs])).toEqual([
    ['a.example', 2, 3],
    ['b.example', 0, 0],
    ['c.example', 0, 0],
  ]);
  expect(records[0]).not.toHaveProperty('id');
  expect(parseAudit('')).toEqual([]);
});
