import { expect, test } from 'vitest';
import type { BusSignal } from './dbus.ts';
import { fits, matchRule, type SignalRule } from './dbus-service.ts';

const rule: SignalRule = { path: '/a/session', below: true, interface: 'org.x.P', member: 'Changed', arg0: 'org.x.Session' };
const signal: BusSignal = { sender: ':1.1', path: '/a/session/1', interface: 'org.x.P', member: 'Changed', body: ['org.x.Session', {}] };

test('a rule is written as the bus reads it', () => {
  expect(matchRule('org.x', rule)).toBe(
    "type='signal',sender='org.x',path_namespace='/a/session',interface='org.x.P',member='Changed',arg0='org.x.Session'",
  );
  expect(matchRule('org.x', { path: '/a', interface: 'org.x.P' })).toBe("type='signal',sender='org.x',path='/a',interface='org.x.P'");
});

test('a signal fits only where all of the rule holds', () => {
  expect(fits(signal, rule)).toBe(true);
  expect(fits({ ...signal, path: '/a/session' }, rule)).toBe(true);
  expect(fits({ ...signal, path: '/a/sessions' }, rule)).toBe(false);
  expect(fits(signal, { ...rule, path: '/a/session/2' })).toBe(false);
  expect(fits({ ...signal, interface: 'org.x.Q' }, rule)).toBe(false);
  expect(fits({ ...signal, member: 'Else' }, rule)).toBe(false);
  expect(fits({ ...signal, body: ['org.x.Seat'] }, rule)).toBe(false);
});
