import { expect, test } from 'vitest';
import { createCooldowns } from './cooldowns.ts';

test('a device that refuses again and again is left alone for longer, whatever it reports, until it accepts', () => {
  let nowMs = 0;
  let revision = 1;
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
  const sessions = { reportOf: () => ({ devices: [], offers: [], leases: [], revision, atMonotonicMs: 0 }) };
  const cooldowns = createCooldowns(clock, sessions, 1_000);
  const device = { workerId: 'w', deviceId: 'd' };

  cooldowns.refused(device);
  expect(cooldowns.now()).toEqual(new Set(['w/d']));
  revision += 1;
  expect(cooldowns.now()).toEqual(new Set());

  cooldowns.refused(device);
  revision += 1;
  nowMs += 1_999;
  expect(cooldowns.now()).toEqual(new Set(['w/d']));
  nowMs += 1;
  expect(cooldowns.now()).toEqual(new Set());

  for (let n = 0; n < 30; n += 1) cooldowns.refused(device);
  nowMs += 10 * 60_000 - 1;
  expect(cooldowns.now()).toEqual(new Set(['w/d']));
  cooldowns.accepted(device);
  expect(cooldowns.now()).toEqual(new Set());
});
