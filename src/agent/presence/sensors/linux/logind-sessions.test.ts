import { expect, test } from 'vitest';
import { idleOf } from './logind-idle.ts';
import { sessionOf } from './logind-session.ts';
import type { LogindSession } from './logind-sessions.ts';

const desktop: LogindSession = {
  uid: 1000,
  seat: 'seat0',
  className: 'user',
  type: 'wayland',
  closing: false,
  active: true,
  remote: false,
  tty: '',
  locked: false,
  idle: false,
  idleSinceMs: 0,
};
const greeter: LogindSession = { ...desktop, uid: 110, className: 'greeter' };
const ssh: LogindSession = { ...desktop, seat: '', type: 'tty', remote: true, tty: 'pts/0' };
const anna = { uid: 1000, knowsTerminals: true };
const root = { uid: null, knowsTerminals: true };

test('a machine where nobody is logged in is not locked', () => {
  expect(sessionOf([], anna)).toEqual({ locked: false, remote: false, otherUser: false });
});

test('locked is the screen in front, not the session behind it', () => {
  expect(sessionOf([{ ...desktop, locked: true }], anna).locked).toBe(true);
  expect(sessionOf([desktop, { ...desktop, uid: 1001, active: false, locked: true }], anna).locked).toBe(false);
  expect(sessionOf([{ ...desktop, active: false }, greeter], anna)).toEqual({ locked: true, remote: false, otherUser: false });
  expect(
    sessionOf(
      [
        { ...desktop, locked: true },
        { ...desktop, seat: 'seat1' },
      ],
      anna,
    ).locked,
  ).toBe(false);
});

test('another person in front is seen by the agent of a person, not by one that serves the machine', () => {
  const switched = [
    { ...desktop, active: false },
    { ...desktop, uid: 1001 },
  ];
  expect(sessionOf(switched, anna).otherUser).toBe(true);
  expect(sessionOf(switched, root).otherUser).toBe(false);
  expect(sessionOf([desktop, { ...desktop, uid: 1001, seat: 'seat1' }], anna).otherUser).toBe(true);
});

test('somebody from elsewhere counts, whoever it is: SSH with a terminal, RDP, a virtual desktop', () => {
  expect(sessionOf([desktop, ssh], anna).remote).toBe(true);
  expect(sessionOf([{ ...ssh, uid: 1001 }], anna).remote).toBe(true);
  expect(sessionOf([{ ...desktop, seat: '', type: 'x11' }], anna).remote).toBe(true);
  expect(sessionOf([{ ...desktop, remote: true }], anna).remote).toBe(true);
});

test('copying over SSH, cron jobs and service managers are nobody', () => {
  expect(sessionOf([{ ...ssh, tty: '' }], anna).remote).toBe(false);
  expect(sessionOf([{ ...ssh, tty: '' }], { ...anna, knowsTerminals: false }).remote).toBe(true);
  expect(sessionOf([{ ...ssh, className: 'background', remote: false, type: 'unspecified' }], anna).remote).toBe(false);
  expect(sessionOf([{ ...desktop, className: 'manager', seat: '', type: 'unspecified' }], anna).remote).toBe(false);
});

test('idleness is that of the desktop that was used last', () => {
  const now = { systemMs: 100_000, contextMs: 5_000 };
  const idle = { ...desktop, idle: true, idleSinceMs: 40_000 };
  expect(idleOf([idle], now)).toEqual({ kind: 'idle', sinceMs: 5_000 - 60_000 });
  expect(idleOf([idle, { ...idle, seat: '', idleSinceMs: 90_000 }], now)).toEqual({ kind: 'idle', sinceMs: 5_000 - 10_000 });
  expect(idleOf([idle, { ...desktop, idleSinceMs: 1 }], now)).toEqual({ kind: 'present' });
  expect(idleOf([idle, desktop], now)).toEqual({ kind: 'never-said' });
  expect(idleOf([{ ...desktop, active: false }, greeter, ssh], now)).toEqual({ kind: 'no-desktop' });
});
