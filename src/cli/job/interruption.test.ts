import { expect, it } from 'vitest';
import type { Job } from '../../contract/model/job.ts';
import { interruptionText } from './interruption.ts';

const INTERRUPTION = 'Attempt 1 was interrupted: the owner of the worker took the machine back';
const told = (change: object): string | null => {
  const job = { state: 'queued', attempt: 2, interruption: INTERRUPTION, checkpoint: null, spec: { checkpoint: null }, ...change };
  return interruptionText(job as Job, 100_000); // nothing else of it is read
};

it('tells why an attempt was interrupted and what the next goes on from', () => {
  expect(told({ attempt: 1, interruption: null })).toBeNull();
  expect(told({ checkpoint: { digest: 'x', sizeBytes: 12_300_000, atMs: 96_000 } })).toBe(
    `${INTERRUPTION}. Attempt 2 goes on from the checkpoint (12.3 MB, here since 4.0 s)`,
  );
  expect(told({})).toBe(`${INTERRUPTION}. Attempt 2 begins anew: the job saves no checkpoints`);
  const spec = { checkpoint: { intervalMs: 1_000, graceMs: 0 } };
  expect(told({ spec })).toBe(`${INTERRUPTION}. Attempt 2 begins anew: no checkpoint had been saved`);
  expect(told({ state: 'failed' })).toBe(`${INTERRUPTION}.`);
});

it("takes a checkpoint that is newer than this machine's clock for one that has just come", () => {
  expect(told({ checkpoint: { digest: 'x', sizeBytes: 512, atMs: 160_000 } })).toContain('(512 B, here since 0.0 s)');
});
