import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PROBE_TABLE, probeTable } from './probe-table.ts';

test('the page of the probes is of the probes as they are', () => {
  expect(readFileSync(PROBE_TABLE, 'utf8')).toBe(probeTable());
});
