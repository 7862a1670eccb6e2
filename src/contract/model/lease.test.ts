import { expect, it } from 'vitest';
import { leaseId } from './lease.ts';

it("a lease's id is a plain name: a worker makes folders and containers of it", () => {
  expect(leaseId.safeParse('lease_0197a1b2c3d4e5f60718293a').success).toBe(true);
  for (const id of ['', '..', '../../home', 'a/b', 'a\\b', 'a\0b', '.hidden', '-flag', 'Lease', 'a\n', 'a'.repeat(65)]) {
    expect(leaseId.safeParse(id).success, JSON.stringify(id)).toBe(false);
  }
});
