import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openWakeTimer } from './wake-timer.ts';

const NOW_MS = 1_800_000_000_000;
/** The clock of the machine runs on local time, two hours ahead. */
const RTC_NOW = NOW_MS / 1_000 + 7_200;

let root: string;
let alarmPath: string;
const alarm = () => Number(readFileSync(alarmPath, 'utf8'));
const timer = () => openWakeTimer({ root, nowMs: () => NOW_MS });
const inSeconds = (seconds: number) => NOW_MS + seconds * 1_000;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nightshift-rtc-'));
  const rtc = join(root, 'sys/class/rtc/rtc0');
  mkdirSync(rtc, { recursive: true });
  alarmPath = join(rtc, 'wakealarm');
  writeFileSync(join(rtc, 'since_epoch'), `${RTC_NOW}\n`);
  writeFileSync(alarmPath, '');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('the alarm is set on the clock that rings, moved, and taken back', () => {
  const wake = timer();
  expect(wake.set(inSeconds(600))).toEqual({ kind: 'set', atMs: inSeconds(600) });
  expect(alarm()).toBe(RTC_NOW + 600);
  expect(wake.set(inSeconds(60))).toEqual({ kind: 'set', atMs: inSeconds(60) });
  expect(alarm()).toBe(RTC_NOW + 60);
  expect(wake.cancel()).toEqual({ kind: 'none' });
  expect(alarm()).toBe(0);
});

test('an earlier alarm of another program stays', () => {
  writeFileSync(alarmPath, `${RTC_NOW + 30}\n`);
  const wake = timer();
  expect(wake.set(inSeconds(600))).toEqual({ kind: 'earlier-alarm', atMs: inSeconds(30) });
  wake.cancel();
  expect(alarm()).toBe(RTC_NOW + 30);
});

test('a later alarm of another program is put back', () => {
  writeFileSync(alarmPath, `${RTC_NOW + 900}\n`);
  const wake = timer();
  expect(wake.set(inSeconds(600)).kind).toBe('set');
  expect(alarm()).toBe(RTC_NOW + 600);
  wake.cancel();
  expect(alarm()).toBe(RTC_NOW + 900);
});

test('an alarm that another program set over ours is not taken away', () => {
  const wake = timer();
  wake.set(inSeconds(600));
  writeFileSync(alarmPath, `${RTC_NOW + 300}\n`);
  wake.cancel();
  expect(alarm()).toBe(RTC_NOW + 300);
});

test('a moment that is over sets nothing', () => {
  expect(timer().set(inSeconds(-10))).toEqual({ kind: 'none' });
  expect(readFileSync(alarmPath, 'utf8')).toBe('');
});

test('a machine without such a clock says so', () => {
  rmSync(join(root, 'sys'), { recursive: true });
  expect(timer().set(inSeconds(600))).toMatchObject({ kind: 'unavailable', detail: expect.stringContaining('no clock') });
});
