import { setTimeout as sleep } from 'node:timers/promises';
import type { Situation } from '../situation.ts';
import type { XDesktop } from '../x-desktop.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** The schedule and the owner's word are looked at once a second. */
const TICK_MS = 1_000;
const ALL_DAY = 2 ** 24 - 1;
/** Longer than what is taken for a slow reading of the clocks. */
const ASLEEP_MS = 2_600;
const SUNDAY = 6;

/** A week that is open but for these hours of its Sunday. */
const closedOnSunday = (...hours: readonly number[]): number[] =>
  Array.from({ length: 7 }, (_, day) => (day === SUNDAY ? hours.reduce((mask, hour) => mask & ~(1 << hour), ALL_DAY) : ALL_DAY));
const BERLIN = 'Europe/Berlin';
/** Clocks go from 02:00 to 03:00 on 29 March 2026, and from 03:00 to 02:00 on 25 October 2026, both at 01:00 UTC. */
const FORWARD_MS = Date.UTC(2026, 2, 29, 1);
const BACK_MS = Date.UTC(2026, 9, 25, 1);
const NOON_MS = Date.UTC(2026, 2, 1, 12);
/** What the owner says holds until six in the morning, local time. */
const EVENING_MS = new Date(2026, 2, 3, 20).getTime();
const MORNING_MS = new Date(2026, 2, 4, 6).getTime();

/** The schedule, clocks, sleep, and pauses. */
export function timeSituations(at: () => XDesktop): readonly Situation[] {
  const desk = () => at().desk;
  const setWall = (ms: number) => () => desk().setWall(ms);
  /** Comes to this moment of the wall clock, the last half second as it goes by itself. */
  const come = (ms: number) => async (): Promise<void> => {
    desk().setWall(ms - SECOND_MS / 2);
    await sleep(SECOND_MS / 2 + 10);
  };
  const stop = { kind: 'stop', as: 'freeze', cause: 'outside-schedule', seenMs: TICK_MS } as const;
  const schedule = { how: 'a wall clock that is set', sensor: 'schedule', duty: stop, endSeenMs: TICK_MS } as const;
  const berlin = (hours: number[]) => ({ 'schedule.timeZone': BERLIN, 'schedule.hours': hours });
  const paused = {
    how: "the owner's word; clocks that are moved",
    sensor: 'owner',
    duty: { ...stop, cause: 'paused-by-owner' },
    endSeenMs: TICK_MS,
  } as const;
  return [
    {
      ...schedule,
      name: 'the schedule closes and opens',
      settings: { 'schedule.timeZone': 'UTC', 'schedule.hours': closedOnSunday(12) },
      before: setWall(NOON_MS - HOUR_MS),
      begin: come(NOON_MS),
      end: come(NOON_MS + HOUR_MS),
    },
    {
      ...schedule,
      name: 'the hour before clocks go forward is closed',
      settings: berlin(closedOnSunday(1)),
      before: setWall(FORWARD_MS - 2 * HOUR_MS),
      begin: come(FORWARD_MS - HOUR_MS),
      end: come(FORWARD_MS),
    },
    {
      ...schedule,
      name: 'the hour that clocks skip is closed',
      duty: { kind: 'go on' },
      settings: berlin(closedOnSunday(2)),
      before: setWall(FORWARD_MS - HOUR_MS),
      begin: come(FORWARD_MS),
    },
    {
      ...schedule,
      name: 'the hour that clocks repeat is closed twice',
      settings: berlin(closedOnSunday(2)),
      before: setWall(BACK_MS - 2 * HOUR_MS),
      begin: come(BACK_MS - HOUR_MS),
      async meanwhile() {
        await come(BACK_MS)();
        await sleep(TICK_MS + 500);
        desk().setWall(BACK_MS + HOUR_MS / 2);
        await sleep(TICK_MS + 500);
      },
      end: come(BACK_MS + HOUR_MS),
    },
    {
      ...schedule,
      name: 'the hour that clocks repeat is open twice',
      duty: { kind: 'go on' },
      settings: berlin(closedOnSunday(0, 1, 3, 4)),
      before: setWall(BACK_MS - HOUR_MS / 2),
      begin: come(BACK_MS),
    },
    {
      ...schedule,
      name: 'the clock is set into a closed hour and back',
      settings: { 'schedule.timeZone': 'UTC', 'schedule.hours': closedOnSunday(12) },
      before: setWall(NOON_MS - DAY_MS),
      begin: setWall(NOON_MS),
      end: setWall(NOON_MS - DAY_MS),
    },
    {
      ...schedule,
      name: 'the clock is set a day ahead and a day back',
      duty: { kind: 'go on' },
      begin: () => desk().setWall(Date.now() + DAY_MS),
      async meanwhile() {
        await sleep(2 * TICK_MS);
        desk().setWall(Date.now() - DAY_MS);
        await sleep(2 * TICK_MS);
      },
    },
    {
      ...paused,
      name: 'the owner pauses for an hour',
      begin: () => desk().say((owner) => owner.pauseFor(HOUR_MS)),
      async meanwhile() {
        desk().passTime(HOUR_MS - MINUTE_MS);
        await sleep(TICK_MS + 500);
      },
      end: () => desk().passTime(MINUTE_MS),
    },
    {
      ...paused,
      name: 'the clock is set back a day during a pause of an hour',
      begin: () => desk().say((owner) => owner.pauseFor(HOUR_MS)),
      async meanwhile() {
        desk().setWall(Date.now() - DAY_MS);
        await sleep(TICK_MS + 500);
      },
      end: () => desk().passTime(HOUR_MS),
    },
    {
      ...paused,
      name: 'the owner pauses until tomorrow',
      before: setWall(EVENING_MS),
      begin: () => desk().say((owner) => owner.pauseUntilTomorrow()),
      async meanwhile() {
        desk().setWall(MORNING_MS - MINUTE_MS);
        await sleep(TICK_MS + 500);
      },
      end: () => desk().setWall(MORNING_MS),
    },
    {
      ...paused,
      name: 'the owner lets the job finish and wants no new one',
      duty: { kind: 'only finish' },
      before: setWall(EVENING_MS),
      begin: () => desk().say((owner) => owner.finishJob()),
      end: () => desk().setWall(MORNING_MS),
    },
  ];
}

/** Sleep, in which this process stands still, and with it whatever else it plays. */
export function sleepSituations(at: () => XDesktop): readonly Situation[] {
  const desk = () => at().desk;
  const stop = { kind: 'stop', as: 'freeze' } as const;
  const slow = { 'presence.idleDelayMs': 3_000 };
  return [
    {
      name: 'the machine sleeps and is woken',
      how: 'PrepareForSleep of a doubled logind; a process and a monotonic clock that stand still',
      sensor: 'logind, clocks',
      duty: { ...stop, cause: 'suspending', seenMs: 500 },
      settings: slow,
      begin: () => at().logind().prepareForSleep(true),
      async meanwhile() {
        desk().sleepFor(ASLEEP_MS);
        await at().logind().prepareForSleep(false);
        await sleep(2 * TICK_MS);
      },
      endSeenMs: TICK_MS,
    },
    {
      name: 'the machine slept without a word',
      how: 'a process and a monotonic clock that stand still',
      sensor: 'clocks',
      duty: { ...stop, cause: 'just-woke', seenMs: TICK_MS },
      settings: slow,
      begin: () => desk().sleepFor(ASLEEP_MS),
    },
    {
      name: 'the machine wakes for the schedule',
      how: 'a wake time; a process and a monotonic clock that stand still',
      sensor: 'clocks',
      duty: { kind: 'go on' },
      begin() {
        desk().wakeAt(desk().clock.nowMs() + ASLEEP_MS - SECOND_MS);
        desk().sleepFor(ASLEEP_MS);
      },
    },
  ];
}
