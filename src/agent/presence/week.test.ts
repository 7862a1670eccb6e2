import { expect, it } from 'vitest';
import type { OwnerMode, TimeCode } from '../../contract/model/presence.ts';
import { seeded } from '../../lib/testing/seeded.ts';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import { openStore } from '../store/open.ts';
import { readTimeSpans } from '../store/time-rows.ts';
import { assess, freshMemory, type PolicyMemory, reasonsNotToStart, verdictFor } from './policy.ts';
import type { PolicyInput } from './reasons.ts';
import { readSchedule } from './schedule.ts';
import { ABLE, DEFAULTS, JOB, known, UNTOUCHED } from './testing/signals.ts';
import { fillGaps, openTimeAccount } from './time-account.ts';

/*
 * A week of a life with this machine, second by second, through the real policy and the real account in SQLite. An oracle tells the same
 * week from the script alone: it knows nothing of the policy, of its memory or of spans, and looks back from each second on its own.
 */
const BEGIN_MS = Date.parse('2026-10-19T00:00:00Z'); // the week in which Europe's clocks go back
const WEEK_S = 7 * 86_400;
const DELAY_S = 300;
const SETTLE_S = 60;
const NIGHTS = [0, 1, 2, 3, 4, 5, 6, 20, 21, 22, 23].reduce((mask, hour) => mask | (1 << hour), 0);
const DAYS = 2 ** 24 - 1;
const HOURS = [NIGHTS, NIGHTS, NIGHTS, NIGHTS, NIGHTS, DAYS, DAYS];

type Interval = readonly [fromS: number, toS: number];

function scriptOf(seed: number) {
  const random = seeded(seed);
  const some = (count: number, minS: number, maxS: number): readonly Interval[] => {
    const found: Interval[] = [];
    for (let index = 0; index < count; index++) {
      const fromS = Math.floor(random() * (WEEK_S - maxS));
      found.push([fromS, fromS + minS + Math.floor(random() * (maxS - minS))]);
    }
    return found;
  };
  const touched = new Uint8Array(WEEK_S);
  for (const [fromS, toS] of some(60, 30, 5_000)) for (let s = fromS; s < toS; s += 1 + Math.floor(random() * 200)) touched[s] = 1;
  return {
    touched,
    films: marks(some(20, 20, 8_000)),
    hot: marks(some(90, 1, 1_500)),
    onBattery: marks(some(20, 5, 4_000)),
    remote: marks(some(15, 10, 5_000)),
    offline: marks(some(40, 3, 3_000)),
    paused: some(9, 600, 9_000),
    demand: marks(some(30, 600, 40_000)),
    down: marks(some(4, 60, 6_000)),
    asleep: marks(some(4, 600, 20_000)),
  };
}
type Script = ReturnType<typeof scriptOf>;

function marks(intervals: readonly Interval[]): Uint8Array {
  const found = new Uint8Array(WEEK_S);
  for (const [fromS, toS] of intervals) found.fill(1, fromS, toS);
  return found;
}

const on = (marked: Uint8Array, s: number): boolean => marked[s] === 1;

/** Seconds for which the machine was awake before each second: what the monotonic clock shows. */
function awakeBefore(script: Script): Float64Array {
  const found = new Float64Array(WEEK_S + 1);
  for (let s = 0; s < WEEK_S; s++) found[s + 1] = (found[s] ?? 0) + (on(script.asleep, s) ? 0 : 1);
  return found;
}

/** The week as the product lives it. */
function live(script: Script): readonly (readonly TimeCode[])[] {
  const db = openStore(tempFolder());
  db.exec('BEGIN'); // 40,000 writes of which no crash is to take one
  const account = openTimeAccount(db);
  const settings = { ...DEFAULTS, 'schedule.hours': HOURS, 'schedule.timeZone': 'Europe/Berlin', 'presence.idleDelayMs': DELAY_S * 1_000 };
  const schedule = readSchedule({ hours: HOURS, timeZone: 'Europe/Berlin', openDates: [] });
  const awake = awakeBefore(script);
  let memory: PolicyMemory = freshMemory;
  let lastTouchM = -1e9;
  let wokeAtMonotonicMs: number | null = null;
  let hasJob = false;
  let slept = false;
  for (let s = 0; s < WEEK_S; s++) {
    const monotonicMs = (awake[s] ?? 0) * 1_000;
    if (on(script.asleep, s)) {
      slept = true;
      continue;
    }
    if (on(script.touched, s)) lastTouchM = monotonicMs;
    if (on(script.down, s)) {
      memory = freshMemory;
      account.flush();
      hasJob = false;
      wokeAtMonotonicMs = null;
      slept = false;
      continue;
    }
    const wallMs = BEGIN_MS + s * 1_000;
    if (slept) {
      account.slept(wallMs);
      wokeAtMonotonicMs = monotonicMs;
      slept = false;
    }
    const pause = script.paused.find(([fromS, toS]) => fromS <= s && s < toS);
    const mode: OwnerMode = pause
      ? { kind: 'paused', sinceMs: BEGIN_MS + pause[0] * 1_000, untilMs: BEGIN_MS + pause[1] * 1_000 }
      : { kind: 'automatic' };
    const open = schedule.isOpen(wallMs);
    const input: PolicyInput = {
      ...ABLE,
      mode,
      settings,
      schedule: { open, opensAtMs: open ? null : schedule.opensAtMs(wallMs) },
      wokeAtMonotonicMs,
      session: on(script.offline, s) ? { kind: 'offline', networkUrl: 'u', detail: 'd', retryAtMs: 0 } : ABLE.session,
      readings: {
        ...UNTOUCHED,
        input: known({ idleMs: monotonicMs - lastTouchM }),
        inhibitor: known(on(script.films, s) ? [{ who: 'vlc', why: 'film' }] : []),
        session: known({ locked: false, remote: on(script.remote, s), otherUser: false }),
        power: known({ onAc: !on(script.onBattery, s), chargePercent: 90, isLaptop: false }),
        temperature: known([{ place: 'CPU', part: 'cpu', celsius: on(script.hot, s) ? 97 : 55, criticalC: null }]),
      },
    };
    const assessed = assess(memory, input, { wallMs, monotonicMs });
    memory = assessed.memory;
    const wanted = on(script.demand, s);
    const mayStart = reasonsNotToStart(assessed.holding, input);
    if (!wanted) hasJob = false;
    else if (mayStart.length === 0) hasJob = true;
    const verdict = hasJob ? verdictFor(assessed.holding, input, JOB) : null;
    if (verdict?.kind === 'run') account.note(wallMs, []);
    else if (verdict) account.note(wallMs, 'causes' in verdict ? verdict.causes : []);
    else account.note(wallMs, mayStart.length > 0 ? mayStart.map((each) => each.code) : ['no-job']);
  }
  const endMs = BEGIN_MS + WEEK_S * 1_000;
  account.note(endMs, ['no-job']);
  account.flush();
  const startedMs = performance.now();
  const report = account.report('week', endMs - 1);
  console.log(`a week of ${report.spans.length} spans is answered in ${(performance.now() - startedMs).toFixed(1)} ms`);
  const answered = report.earningMs + report.spans.reduce((sum, span) => sum + (span.codes.length > 0 ? span.toMs - span.fromMs : 0), 0);
  expect(answered).toBe(report.toMs - report.fromMs);

  const seconds: (readonly TimeCode[])[] = [];
  for (const span of fillGaps(readTimeSpans(db, BEGIN_MS, endMs), BEGIN_MS, endMs))
    for (let ms = span.fromMs; ms < span.toMs; ms += 1_000) seconds.push(span.codes);
  return seconds;
}

/** For each second the last one up to it of which something is so; -1: none. */
function lastOf(isSo: (s: number) => boolean): Int32Array {
  const found = new Int32Array(WEEK_S);
  for (let s = 0; s < WEEK_S; s++) found[s] = isSo(s) ? s : (found[s - 1] ?? -1);
  return found;
}

/** The same week from the script alone. The second before a gap in the notes belongs to the gap. */
function tell(script: Script): readonly (readonly TimeCode[])[] {
  const awake = awakeBefore(script);
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', weekday: 'long', hour: 'numeric', hourCycle: 'h23' });
  const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
  const lastDown = lastOf((s) => on(script.down, s));
  /** What keeps work away until `afterS` beyond its last second, and until `SETTLE_S` from the first second of a stretch. A new agent remembers nothing. */
  const holding = (marked: (s: number) => boolean, afterS: number): ((s: number) => boolean) => {
    const last = lastOf((s) => marked(s) && !on(script.asleep, s) && !on(script.down, s));
    const reaches = (from: number, s: number, forS: number): boolean =>
      from >= 0 && from > (lastDown[s] ?? -1) && (awake[s] ?? 0) - (awake[from] ?? 0) < forS;
    let beganAt = -1;
    return (s) => {
      if (marked(s) && !reaches(last[s - 1] ?? -1, s, Math.max(afterS, 2)) && !reaches(beganAt, s, SETTLE_S)) beganAt = s;
      return marked(s) || reaches(last[s] ?? -1, s, afterS) || reaches(beganAt, s, SETTLE_S);
    };
  };
  const isClosed = (s: number): boolean => {
    const parts = clock.formatToParts(BEGIN_MS + s * 1_000);
    const of = (type: string): string => parts.find((part) => part.type === type)?.value ?? '';
    return (((HOURS[weekdays.indexOf(of('weekday'))] ?? 0) >>> Number(of('hour'))) & 1) === 0;
  };
  const closed = new Uint8Array(WEEK_S);
  for (let s = 0; s < WEEK_S; s++) closed[s] = s % 900 === 0 ? Number(isClosed(s)) : (closed[s - 1] ?? 0);

  const isOutside = holding((s) => on(closed, s), 0);
  const isInhibited = holding((s) => on(script.films, s), DELAY_S);
  const isRemote = holding((s) => on(script.remote, s), DELAY_S);
  const isOnBattery = holding((s) => on(script.onBattery, s), SETTLE_S);
  const isHot = holding((s) => on(script.hot, s), SETTLE_S);

  const told: (readonly TimeCode[])[] = [];
  let hasJob = false;
  let lastTouchedAwake = -1e9;
  let wokeAtAwake = -1e9;
  /** Where an unnoted stretch that ends in waking began to be sleep; a stretch that ends in a new agent was none. */
  let sleptFrom: number | null = null;
  for (let s = 0; s < WEEK_S; s++) {
    const now = awake[s] ?? 0;
    const isNoted = !on(script.asleep, s) && !on(script.down, s);
    if (!isNoted && s > 0) told[s - 1] = ['not-running'];
    if (on(script.asleep, s)) {
      sleptFrom ??= s;
      told.push(['not-running']);
      continue;
    }
    if (on(script.touched, s)) lastTouchedAwake = now;
    if (on(script.down, s)) {
      told.push(['not-running']);
      hasJob = false;
      sleptFrom = null;
      wokeAtAwake = -1e9;
      continue;
    }
    if (sleptFrom !== null) {
      const agentRan = sleptFrom > 0 && !on(script.down, sleptFrom - 1);
      if (agentRan) for (let earlier = sleptFrom - 1; earlier < s; earlier++) told[earlier] = ['asleep'];
      wokeAtAwake = now;
      sleptFrom = null;
    }
    const stops: TimeCode[] = [];
    if (script.paused.some(([fromS, toS]) => fromS <= s && s < toS)) stops.push('paused-by-owner');
    if (isOutside(s)) stops.push('outside-schedule');
    if (now - lastTouchedAwake < DELAY_S) stops.push('owner-active');
    if (isInhibited(s)) stops.push('inhibited');
    if (isRemote(s)) stops.push('remote-session');
    if (isOnBattery(s)) stops.push('on-battery');
    if (isHot(s)) stops.push('hot');
    if (now - wokeAtAwake < DELAY_S) stops.push('just-woke');
    const offline: TimeCode[] = on(script.offline, s) ? ['network-unreachable'] : [];
    if (!on(script.demand, s)) hasJob = false;
    else if (stops.length === 0 && offline.length === 0) hasJob = true;
    if (hasJob) told.push(stops);
    else if (stops.length + offline.length > 0) told.push([...stops, ...offline]);
    else told.push(['no-job']);
  }
  return told.map((codes) => [...codes].sort());
}

it.each([1, 2])(
  'puts every second of a simulated week down to the reasons that an independent oracle names (seed %i)',
  (seed) => {
    const script = scriptOf(seed);
    const lived = live(script);
    const told = tell(script);
    const differing = lived.flatMap((codes, s) => (codes.join() === told[s]?.join() ? [] : [s]));
    expect(differing.slice(0, 5).map((s) => ({ s, lived: lived[s], told: told[s] }))).toEqual([]);
    expect(new Set(lived.map((codes) => codes.join())).size).toBeGreaterThan(40); // it was no dull week
    const earning = lived.filter((codes) => codes.length === 0).length;
    expect(earning).toBeGreaterThan(3_600);
  },
  120_000,
);
