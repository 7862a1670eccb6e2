import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ProblemError } from '../contract/model/problem.ts';
import type { ProbeResult, SandboxIdentity } from '../contract/model/sandbox.ts';
import { createLogger } from '../lib/log.ts';
import { newPrivateKeyPem, openSigner } from '../lib/signing.ts';
import { tempFolder } from '../lib/testing/temp-folder.ts';
import type { CheckOutcome } from './sandbox/check/check.ts';
import { openSandboxKeeper } from './sandbox-keeper.ts';
import { openStore } from './store/open.ts';

const HOUR_MS = 3_600_000;
const DOCKER: SandboxIdentity = { engine: 'Docker Engine 28.0.0', kernel: '6.1.0', policy: 'sha256:1' };
const NEWER: SandboxIdentity = { ...DOCKER, engine: 'Docker Engine 29.0.0' };
const probe = (blocked: boolean): ProbeResult => ({
  id: 'mount',
  group: 'files',
  title: 'Mount a disk',
  outcome: 'not permitted',
  blocked,
  benign: false,
});
const PASSED: CheckOutcome = { missing: [], probes: [probe(true)] };

const HERE = { ownerIsHere: true, wanted: true };
const AWAY = { ownerIsHere: false, wanted: true };

let limit = new AbortController();
beforeEach(() => {
  limit = new AbortController();
  vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => limit.signal); // five minutes are not waited for
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** A keeper whose sandbox's checks end as the test says, and which obey their signal. */
function keeping(world = { db: openStore(tempFolder()), signer: openSigner(newPrivateKeyPem()) }) {
  let nowMs = 1_000_000;
  let engine: SandboxIdentity | null = DOCKER;
  let busy = false;
  let checks = 0;
  let script = Promise.withResolvers<CheckOutcome>();
  const keeper = openSandboxKeeper({
    ...world,
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    logger: createLogger('test', 'silent'),
    sandbox: {
      identity: () => engine,
      check: (signal) => {
        checks += 1;
        script = Promise.withResolvers();
        signal.addEventListener('abort', () => script.reject(signal.reason));
        return script.promise;
      },
    },
    isBusy: () => busy,
    changed: () => undefined,
    ended: () => undefined,
  });
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  keeper.engineLookedAt();
  return {
    keeper,
    world,
    checks: () => checks,
    pass: (ms: number) => {
      nowMs += ms;
    },
    holdsJob: (holds: boolean) => {
      busy = holds;
    },
    meets: (found: SandboxIdentity | null) => {
      engine = found;
      keeper.engineLookedAt();
    },
    ends: async (outcome: CheckOutcome) => {
      script.resolve(outcome);
      await settled();
    },
    fails: async (error: Error) => {
      script.reject(error);
      await settled();
    },
    settled,
  };
}

/** One that has been cancelled by its owner. */
async function cancelled() {
  const kept = keeping();
  kept.keeper.lookAfter(HERE);
  kept.keeper.cancel();
  await kept.settled();
  return kept;
}

describe('the first check', () => {
  it('begins at once, owner or not, does not give way, and counts until something changes', async () => {
    const { keeper, checks, ends } = keeping();
    expect(keeper.standing()).toBe('unchecked');
    keeper.lookAfter(HERE);
    expect(keeper.standing()).toBe('checking');
    keeper.lookAfter(HERE);
    await ends(PASSED);
    expect(keeper.standing()).toBe('passed');
    keeper.lookAfter(AWAY);
    expect(checks()).toBe(1);
  });

  it('begins beside no job, and not where none is wanted', () => {
    const { keeper, checks, holdsJob } = keeping();
    keeper.lookAfter({ ...AWAY, wanted: false });
    holdsJob(true);
    keeper.lookAfter(AWAY);
    expect(() => keeper.start()).toThrow('A job runs on this machine');
    expect(checks()).toBe(0);
  });

  it('ends when it is no longer wanted', async () => {
    const { keeper, settled } = keeping();
    keeper.lookAfter(HERE);
    keeper.lookAfter({ ...HERE, wanted: false });
    await settled();
    expect(keeper.standing()).toBe('unchecked');
    expect(keeper.view().check).toEqual({ kind: 'idle' });
  });
});

describe('after the owner has cancelled it', () => {
  it('waits an hour, and then until nobody is here', async () => {
    const { keeper, checks, pass } = await cancelled();
    pass(HOUR_MS - 1);
    keeper.lookAfter(AWAY);
    expect(checks()).toBe(1);
    pass(1);
    keeper.lookAfter(HERE);
    expect(checks()).toBe(1);
    keeper.lookAfter(AWAY);
    expect(checks()).toBe(2);
  });

  it('gives way to whoever comes, and goes on when they have gone', async () => {
    const { keeper, checks, pass, settled } = await cancelled();
    pass(HOUR_MS);
    keeper.lookAfter(AWAY);
    keeper.lookAfter(HERE);
    await settled();
    expect(keeper.standing()).toBe('unchecked');
    keeper.lookAfter(HERE);
    expect(checks()).toBe(2);
    keeper.lookAfter(AWAY);
    expect(checks()).toBe(3);
  });

  it('does not wait on another engine', async () => {
    const { keeper, checks, meets } = await cancelled();
    meets(null);
    meets(NEWER);
    keeper.lookAfter(AWAY);
    expect(checks()).toBe(2);
  });

  it('still waits when the same engine comes back', async () => {
    const { keeper, checks, meets } = await cancelled();
    meets(null);
    meets(DOCKER);
    keeper.lookAfter(AWAY);
    expect(checks()).toBe(1);
  });
});

it('leaves a check alone that the owner has started, until the owner cancels it', async () => {
  const { keeper, settled } = keeping();
  keeper.start();
  expect(() => keeper.start()).toThrow('is being checked already');
  keeper.lookAfter({ ownerIsHere: true, wanted: false });
  await settled();
  expect(keeper.standing()).toBe('checking');
  keeper.cancel();
  await settled();
  expect(keeper.standing()).toBe('unchecked');
});

it('checks another engine while nobody is here', async () => {
  const { keeper, checks, ends, meets } = keeping();
  keeper.lookAfter(HERE);
  await ends(PASSED);
  meets(NEWER);
  expect(keeper.standing()).toBe('unchecked');
  keeper.lookAfter(HERE);
  expect(checks()).toBe(1);
  keeper.lookAfter(AWAY);
  await ends({ missing: [], probes: [probe(false)] });
  expect([checks(), keeper.standing()]).toEqual([2, 'failed']);
});

it.each(['engine-lost', 'engine-missing'] as const)(
  'tries again at the next look after %s, which says nothing of the sandbox',
  async (code) => {
    const { keeper, checks, fails, meets } = keeping();
    keeper.lookAfter(HERE);
    await fails(new ProblemError(code, 'The container engine does not answer.', 'Start Docker again.'));
    expect(keeper.view().check).toMatchObject({
      kind: 'failed',
      detail: 'The container engine does not answer.',
      fix: 'Start Docker again.',
    });
    keeper.lookAfter(AWAY);
    expect(checks()).toBe(1);
    meets(DOCKER);
    keeper.lookAfter(HERE);
    expect(checks()).toBe(1);
    keeper.lookAfter(AWAY);
    expect(checks()).toBe(2);
  },
);

it('waits an hour after a check that broke off for another reason, and lets the owner try before', async () => {
  const { keeper, checks, fails, pass } = keeping();
  keeper.lookAfter(AWAY);
  await fails(new Error('no room'));
  expect(keeper.view().check).toMatchObject({ kind: 'failed', detail: 'The check broke off.' });
  pass(HOUR_MS - 1);
  keeper.lookAfter(AWAY);
  expect(checks()).toBe(1);
  keeper.start();
  expect(checks()).toBe(2);
});

it('ends a check that hangs, and says so', async () => {
  const { keeper, checks, settled } = keeping();
  keeper.lookAfter(AWAY);
  limit.abort(new DOMException('too long', 'TimeoutError'));
  await settled();
  expect(AbortSignal.timeout).toHaveBeenCalledWith(300_000);
  expect(keeper.view().check).toMatchObject({ kind: 'failed', detail: 'The check did not end within 5 minutes.' });
  keeper.lookAfter(AWAY);
  expect(checks()).toBe(1);
});

it('keeps the report across a restart of the agent, and takes one that another worker signed for none', async () => {
  const { keeper, ends, world } = keeping();
  keeper.lookAfter(AWAY);
  await ends(PASSED);
  expect(keeping(world).keeper.standing()).toBe('passed');
  expect(keeping({ ...world, signer: openSigner(newPrivateKeyPem()) }).keeper.standing()).toBe('unchecked');
});
