import * as z from 'zod';

/** `throttle`: the owner is here and has allowed a small share of the processors meanwhile. `evict`: the job is ended, its device given back. */
export const presenceDecision = z.enum(['run', 'throttle', 'freeze', 'evict']);
export type PresenceDecision = z.infer<typeof presenceDecision>;

/** Each reason why work may not run now, by name; the UI has the words for each. */
export const reasonCode = z.enum([
  // the owner's own word
  'paused-by-owner',
  'finishing',
  'outside-schedule',
  'device-off',
  // the owner is here
  'owner-active',
  'gamepad-active',
  'fullscreen',
  'inhibited',
  'remote-session',
  'other-user',
  'gpu-in-use',
  'program-running',
  // the machine needs rest, or its power or connection is dear
  'laptop',
  'on-battery',
  'battery-low',
  'hot',
  'power-draw',
  'cpu-in-use',
  'metered',
  'suspending',
  'just-woke',
  // a signal that has to be known and is not
  'input-unknown',
  'gamepad-unknown',
  'fullscreen-unknown',
  'inhibitor-unknown',
  'session-unknown',
  'gpu-unknown',
  'power-unknown',
  'temperature-unknown',
  'draw-unknown',
  'cpu-unknown',
  'programs-unknown',
  'metered-unknown',
  'sleep-unknown',
  // what work needs besides
  'engine-missing',
  'engine-starting',
  'sandbox-unchecked',
  'sandbox-failed',
  'not-enrolled',
  'network-unreachable',
  'disk-full',
  'no-device',
  'device-quarantined',
  'device-lost',
  'benchmarking',
  'stopping',
]);
export type ReasonCode = z.infer<typeof reasonCode>;

/** `untilMs`: when this reason ends by itself if nothing new happens, null when that is not known. `fix`: one sentence, null when there is nothing to do. */
export const reason = z.object({ code: reasonCode, detail: z.string(), fix: z.string().nullable(), untilMs: z.int().nullable() });
export type Reason = z.infer<typeof reason>;

/**
 * The owner's own word. Every pause ends by itself, so that automatic mode always comes back. `finishing`: the running job goes on to its
 * end, nothing new starts before `untilMs`. `run-now` is for one job.
 */
export const ownerMode = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('automatic') }),
  z.object({ kind: z.literal('paused'), sinceMs: z.int(), untilMs: z.int() }),
  z.object({ kind: z.literal('finishing'), sinceMs: z.int(), untilMs: z.int() }),
  z.object({ kind: z.literal('run-now'), sinceMs: z.int() }),
]);
export type OwnerMode = z.infer<typeof ownerMode>;

/** What stands against one device besides what stands against the whole machine. */
export const devicePresence = z.object({ deviceId: z.string(), reasons: z.array(reason) });

export const presence = z.object({
  decision: presenceDecision,
  sinceMs: z.int().describe('when this decision was made'),
  reasons: z.array(reason).describe('all of them, the most telling first, not only the first; empty when the decision is run'),
  devices: z.array(devicePresence),
  mode: ownerMode,
  nextEligibleAtMs: z
    .int()
    .nullable()
    .describe('the earliest time at which nothing known stands against running; null when that depends on the owner'),
});
export type Presence = z.infer<typeof presence>;

/** How well one source of one signal works on this machine. */
export const sensorReport = z.object({
  signal: z.string(),
  source: z.string(),
  state: z.enum(['works', 'unknown', 'absent']),
  detail: z.string(),
  fix: z.string().nullable(),
});
export type SensorReport = z.infer<typeof sensorReport>;

/** How a yield was done. `cgroup`: the job's control group, written by the agent itself; `engine`: the container engine's pause. */
export const yieldMeans = z.enum(['cgroup', 'engine', 'throttle', 'kill', 'grace']);
export type YieldMeans = z.infer<typeof yieldMeans>;

/** The machine was given back to its owner once. */
export const yieldRecord = z.object({
  id: z.int(),
  leaseId: z.string(),
  jobName: z.string(),
  kind: z.enum(['freeze', 'throttle', 'evict']),
  means: yieldMeans,
  causes: z.array(reasonCode),
  atMs: z.int().describe('when the cause began, as near as the sensor can tell'),
  latencyUs: z.int().nonnegative().describe('from there until the job stood still, or was gone'),
  failedAttempts: z.int().nonnegative().describe('pauses that failed before one worked'),
  resumedAtMs: z.int().nullable(),
});
export type YieldRecord = z.infer<typeof yieldRecord>;

/** Latencies of the yields of one kind over the last 30 days. Null without any. */
export const latencies = z.object({ count: z.int(), p50Us: z.int(), p95Us: z.int(), maxUs: z.int() }).nullable();
export const yields = z.object({ freeze: latencies, evict: latencies, recent: z.array(yieldRecord).describe('newest first, at most 100') });
export type Yields = z.infer<typeof yields>;

/** What a second that earned nothing is put down to: the reasons of presence, or one of these where presence would have let it run. */
export const timeCode = z.enum([...reasonCode.options, 'no-job', 'preparing', 'not-running', 'asleep']);
export type TimeCode = z.infer<typeof timeCode>;

export const timeRange = z.enum(['today', 'week']);
export type TimeRange = z.infer<typeof timeRange>;

/** Where the time of a range went. Every millisecond from `fromMs` to `toMs` is earning, or has all its reasons. */
export const timeReport = z.object({
  fromMs: z.int(),
  toMs: z.int(),
  earningMs: z.int(),
  reasons: z
    .array(
      z.object({
        code: timeCode,
        ms: z.int().describe('time in which this reason stood, alone or with others'),
        soleMs: z.int().describe('time in which it was the only one: what its fix alone would have freed'),
        gainMicro: z
          .int()
          .nullable()
          .describe('what that fix would have earned, after the fee, at the rate of this worker when free; null when unknown'),
      }),
    )
    .describe('the most costly first'),
  /** Net micro-credits per free hour (earning or waiting for a job) over the last 7 days; null without such an hour. */
  netMicroPerFreeHour: z.int().nullable(),
  spans: z
    .array(z.object({ fromMs: z.int(), toMs: z.int(), codes: z.array(timeCode) }))
    .describe('in order, without gaps; no codes: earning'),
});
export type TimeReport = z.infer<typeof timeReport>;

/** When "tomorrow" begins, local time: late enough for a night before, early enough for a day after. */
const MORNING_HOUR = 6;
/** Who says "until tomorrow" at half past five means the day after. */
const MIN_UNTIL_TOMORROW_MS = 4 * 3_600_000;

/** The end of a pause "until tomorrow" that is said at a time, in this machine's time zone. */
export function nextMorningMs(nowMs: number): number {
  const morning = new Date(nowMs);
  morning.setHours(MORNING_HOUR, 0, 0, 0);
  while (morning.getTime() < nowMs + MIN_UNTIL_TOMORROW_MS) morning.setDate(morning.getDate() + 1);
  return morning.getTime();
}
