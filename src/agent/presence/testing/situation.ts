import { setTimeout as sleep } from 'node:timers/promises';
import type { ReasonCode } from '../../../contract/model/presence.ts';
import type { Settings } from '../../../contract/model/settings.ts';
import type { Verdict } from '../verdict.ts';
import type { Desk } from './desk.ts';

/** What is asked of the worker in a situation. */
export type Duty =
  /** The job stands still, or is ended, for a cause; nothing starts. `seenMs`: how long the sensor may take by its own constants. */
  | { readonly kind: 'stop'; readonly as: Exclude<Verdict['kind'], 'run'>; readonly cause: ReasonCode; readonly seenMs: number }
  /** The situation is no reason to stop. */
  | { readonly kind: 'go on' }
  /** The job runs to its end, and nothing new starts. */
  | { readonly kind: 'only finish' };

export interface Situation {
  readonly name: string;
  /** How it is produced, and the sensors through which it is seen: columns of the table in docs/situations.md. */
  readonly how: string;
  readonly sensor: string;
  readonly duty: Duty;
  readonly settings?: Partial<Settings>;
  /** What has to be there before and is no reason to stop. */
  readonly before?: () => unknown;
  /** Settles when it is so. */
  readonly begin: () => unknown;
  /** Why it cannot be produced at this moment; null: it can. */
  readonly hindered?: () => Promise<string | null>;
  /** What goes on meanwhile; without it a moment passes. `once`: it is over at once, and only the idle delay keeps work away. */
  readonly meanwhile?: (() => unknown) | 'once';
  readonly end?: () => unknown;
  /** Beyond the idle delay: how long the sensors may take to see the end, by their own constants. */
  readonly endSeenMs?: number;
}

export interface Outcome {
  readonly falseStarts: number;
  readonly missedResumes: number;
  /** From the situation until the job stood still, and from its end until it ran. Null: did not happen, or was not asked for. */
  readonly stoppedMs: number | null;
  readonly resumedMs: number | null;
  /** What was asked of the job meanwhile, and all the causes. */
  readonly verdicts: readonly Verdict['kind'][];
  readonly causes: readonly ReasonCode[];
}

/** Other processes of a test share its processors: so much later than documented is no fault. */
const LOAD_MS = 1_000;
/** A resume that is due comes within this. */
const RESUME_MS = 3_000;
/** A terminal that has just been opened counts as typed into for 8 s. */
const READY_MS = 30_000;
const MOMENT_MS = 600;
/** Long enough for every calm sensor to be read, and its decision made. */
const CALM_MS = 1_300;
const LOOK_EVERY_MS = 10;

/** Plays one situation from "work runs" to "work runs", and counts what is wrong. Throws where work does not run before. */
export async function play(desk: Desk, situation: Situation): Promise<Outcome> {
  desk.reset();
  desk.set(situation.settings ?? {});
  await situation.before?.();
  if ((await waitUntil(() => isRunning(desk), READY_MS)) === null) {
    throw new Error(`work does not run before it begins: ${JSON.stringify(desk.verdict())}`);
  }
  try {
    switch (situation.duty.kind) {
      case 'stop':
        return await playStop(desk, situation, situation.duty.seenMs);
      case 'go on':
        return await playGoOn(desk, situation);
      case 'only finish':
        return await playFinish(desk, situation);
    }
  } finally {
    desk.reset();
  }
}

const isRunning = (desk: Desk): boolean => desk.verdict()?.kind === 'run';

async function playStop(desk: Desk, situation: Situation, seenMs: number): Promise<Outcome> {
  using asked = record(desk);
  const delayMs = desk.idleDelayMs();
  // It began no earlier than this; a busy machine may be late in ending a wait, so that what comes late does not count.
  const overMs = situation.meanwhile === 'once' ? performance.now() + delayMs : Number.POSITIVE_INFINITY;
  await situation.begin();
  const stoppedMs = asked.stopped() ? 0 : await waitUntil(() => !desk.isFree(), seenMs + LOAD_MS);
  using free = count(desk, desk.isFree);
  if (situation.meanwhile === 'once') await sleep(Math.max(0, overMs - performance.now()));
  else await (situation.meanwhile ?? moment)();
  const falseStarts = free.times(overMs) + (stoppedMs === null ? 1 : 0);
  const meanwhile = asked.said();
  await situation.end?.();
  const resumedMs = await waitUntil(() => isRunning(desk), delayMs + (situation.endSeenMs ?? 0) + RESUME_MS);
  return { falseStarts, missedResumes: resumedMs === null ? 1 : 0, stoppedMs, resumedMs, ...meanwhile };
}

async function playGoOn(desk: Desk, situation: Situation): Promise<Outcome> {
  using asked = record(desk);
  using still = count(desk, () => !isRunning(desk));
  await situation.begin();
  await (typeof situation.meanwhile === 'function' ? situation.meanwhile() : sleep(CALM_MS));
  await situation.end?.();
  await sleep(CALM_MS);
  return { falseStarts: 0, missedResumes: still.times(Number.POSITIVE_INFINITY), stoppedMs: null, resumedMs: null, ...asked.said() };
}

async function playFinish(desk: Desk, situation: Situation): Promise<Outcome> {
  using asked = record(desk);
  using still = count(desk, () => !isRunning(desk));
  await situation.begin();
  using starts = count(desk, desk.mayStart);
  await sleep(CALM_MS);
  const falseStarts = starts.times(Number.POSITIVE_INFINITY);
  await situation.end?.();
  const resumedMs = await waitUntil(desk.mayStart, RESUME_MS);
  const missedResumes = still.times(Number.POSITIVE_INFINITY) + (resumedMs === null ? 1 : 0);
  return { falseStarts, missedResumes, stoppedMs: null, resumedMs, ...asked.said() };
}

/** What is asked of the job from now on. */
function record(desk: Desk) {
  const verdicts = new Set<Verdict['kind']>();
  const causes = new Set<ReasonCode>();
  const listening = desk.onDecision(() => {
    const verdict = desk.verdict();
    if (verdict === null) return;
    verdicts.add(verdict.kind);
    if (verdict.kind !== 'run') for (const cause of verdict.causes) causes.add(cause);
  });
  return {
    stopped: () => [...verdicts].some((kind) => kind !== 'run'),
    said: () => ({ verdicts: [...verdicts], causes: [...causes] }),
    [Symbol.dispose]: () => listening[Symbol.dispose](),
  };
}

const moment = (): Promise<void> => sleep(MOMENT_MS);

/** Counts how often something became so, at every decision and besides. */
function count(desk: Desk, is: () => boolean) {
  const atMs: number[] = [];
  let was = false;
  const look = (): void => {
    const now = is();
    if (now && !was) atMs.push(performance.now());
    was = now;
  };
  look();
  const looking = setInterval(look, LOOK_EVERY_MS);
  const listening = desk.onDecision(look);
  return {
    times: (untilMs: number) => atMs.filter((each) => each < untilMs).length,
    [Symbol.dispose]() {
      clearInterval(looking);
      listening[Symbol.dispose]();
    },
  };
}

/** How long it took, ms; null: it did not come. */
async function waitUntil(is: () => boolean, withinMs: number): Promise<number | null> {
  const beganMs = performance.now();
  while (!is()) {
    if (performance.now() - beganMs > withinMs) return null;
    await sleep(LOOK_EVERY_MS);
  }
  return performance.now() - beganMs;
}
