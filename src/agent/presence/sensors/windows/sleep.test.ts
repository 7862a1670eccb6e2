import { expect, test } from 'vitest';
import { createWindowsStayAwake } from './stay-awake.ts';
import { createWindowsWakeTimer } from './wake-timer.ts';

function recorder(refusal: string | null = null) {
  const calls: string[] = [];
  const note = (name: string, ...values: readonly unknown[]) => {
    calls.push([name, ...values].join(' '));
    if (name === refusal) throw new Error(`${name} failed`);
  };
  return {
    calls,
    api: {
      createPowerRequest: (reason: string) => {
        note('create', reason);
        return 11;
      },
      setSystemRequired: (request: number | bigint) => note('require', request),
      createTimer: () => {
        note('timer');
        return 12;
      },
      setWakeTimer: (timer: number | bigint, due: bigint) => note('set', timer, due),
      cancelTimer: (timer: number | bigint) => note('cancel', timer),
      closeHandle: (handle: number | bigint) => note('close', handle),
    },
  };
}

test('one request keeps the system awake however often it is asked for, and goes with the release', async () => {
  const { calls, api } = recorder();
  const awake = createWindowsStayAwake(api);
  expect(await awake.release()).toEqual({ kind: 'released' });
  expect(await awake.hold('A job runs')).toEqual({ kind: 'held' });
  await awake.hold('A job runs');
  expect(awake.state()).toEqual({ kind: 'held' });
  await awake.release();
  await awake.release();
  expect(awake.state()).toEqual({ kind: 'released' });
  expect(calls).toEqual(['create A job runs', 'require 11', 'close 11']);
});

test('a refused request is given back, said with what to do, and may be asked for again', async () => {
  const { calls, api } = recorder('require');
  const awake = createWindowsStayAwake(api);
  expect(await awake.hold('A job runs')).toMatchObject({ kind: 'cannot-hold', fix: expect.any(String) });
  await awake.hold('A job runs');
  expect(calls).toEqual(['create A job runs', 'require 11', 'close 11', 'create A job runs', 'require 11', 'close 11']);
});

test('the wake timer is set in 100 ns since 1601, and replaced by the next', () => {
  const { calls, api } = recorder();
  const wake = createWindowsWakeTimer(api);
  expect(wake.set(0)).toEqual({ kind: 'set', atMs: 0 });
  wake.set(1_000.4);
  expect(wake.cancel()).toEqual({ kind: 'none' });
  wake.cancel();
  expect(calls).toEqual(['timer', 'set 12 116444736000000000', 'set 12 116444736010000000', 'cancel 12', 'close 12']);
});

test('a timer that Windows refuses is said, with what to do', () => {
  const { api } = recorder('set');
  expect(createWindowsWakeTimer(api).set(0)).toMatchObject({ kind: 'unavailable', fix: 'Leave the machine on for its schedule.' });
});
