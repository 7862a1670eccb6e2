import { describe, expect, it } from 'vitest';
import type { SandboxCheck, SignedSandboxReport } from '../../contract/model/sandbox.ts';
import type { WorkerState } from '../../contract/worker-api.ts';
import { checkEnd } from './check-end.ts';

type Sandbox = WorkerState['sandbox'];

const signed = (checkedAtMs: number): SignedSandboxReport => ({
  report: {
    workerPublicKey: 'key',
    identity: { engine: 'Docker Engine 28.1.1', kernel: '6.8.0', policy: 'sha256:0' },
    checkedAtMs,
    durationMs: 1,
    missing: [],
    probes: [],
  },
  signature: `of ${checkedAtMs}`,
});
const sandbox = (check: SandboxCheck, report: SignedSandboxReport | null): Sandbox => ({
  engine: { kind: 'starting' },
  check,
  report,
  isCurrent: true,
});
const IDLE = { kind: 'idle' } as const;
const RUNNING = { kind: 'running', startedAtMs: 0, total: 2, current: null, probes: [] } as const;
const failed = (atMs: number) => ({ kind: 'failed', atMs, detail: 'The engine went away.', fix: 'Start it.' }) as const;

describe('the end of a check', () => {
  it('is a report that was not there before', () => {
    const before = sandbox(IDLE, signed(1));
    expect(checkEnd(before, sandbox({ ...RUNNING, probes: [] }, signed(1)), true)).toBeNull();
    expect(checkEnd(before, sandbox(IDLE, signed(2)), true)).toEqual({ kind: 'done', signed: signed(2) });
    expect(checkEnd(sandbox(IDLE, null), sandbox(IDLE, signed(2)), false), 'too quick to be seen').toMatchObject({ kind: 'done' });
  });

  it('is not the state from before it began', () => {
    expect(checkEnd(sandbox(IDLE, signed(1)), sandbox(IDLE, signed(1)), false)).toBeNull();
    expect(checkEnd(sandbox(failed(5), null), sandbox(failed(5), null), false)).toBeNull();
  });

  it('is why it broke off, also where one before it did', () => {
    expect(checkEnd(sandbox(failed(5), null), sandbox(failed(6), null), false)).toEqual({
      kind: 'failed',
      detail: 'The engine went away.',
      fix: 'Start it.',
    });
  });

  it('is a cancellation where it ran and left nothing', () => {
    expect(checkEnd(sandbox(IDLE, signed(1)), sandbox(IDLE, signed(1)), true)).toEqual({ kind: 'cancelled' });
  });
});
