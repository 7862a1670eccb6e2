import type { HelperProcess } from './helper-process.ts';
import type { InjectorCalls } from './injector.ts';
import type { ReaderCalls } from './reader.ts';
import type { Subject } from './subject.ts';

export interface Trial {
  readonly injector: HelperProcess<InjectorCalls>;
  readonly reader: HelperProcess<ReaderCalls>;
  readonly subject: Subject;
  /** The owner's display. */
  readonly display: string;
  /** Uniform from 0 to 1. */
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** Shorter than the idle delay of 1 s, so that the stillness is over before the job may resume; longer than a busy scheduler's pauses. */
const STILL_MS = 500;
/** A job that still moves after this has not been frozen by that event. */
export const FROZEN_WITHIN_MS = 1_000;
const GIVE_UP_MS = 5_000;
/** A job that stood still for so long before the event gave way to something else: its counter moves every 0.25 ms. */
const STOOD_BEFORE_MS = 20;
const RESUME_LIMIT_MS = 15_000;
const BOINC_LIMIT_MS = 60_000;

const kindOf = (index: number): 'key' | 'mouse' => (index % 2 === 0 ? 'key' : 'mouse');

/**
 * One event of the owner's against the burning job: a key press or a mouse move 100 to 300 ms after the job was seen to run again. The time from just
 * before the event to the job's last step, ms; a job that never stood still counts as long as it was watched. Null: it stood still before.
 */
export async function freezeOnce({ injector, reader, subject, display, random, signal }: Trial, index: number): Promise<number | null> {
  signal.throwIfAborted();
  if (!(await reader.ask('untilRuns', 100 + 200 * random(), RESUME_LIMIT_MS))) await subject.untilRuns();
  const lastStep = reader.ask('lastStep', STILL_MS, GIVE_UP_MS);
  const askedMs = await injector.ask('input', display, kindOf(index), 5 + 10 * random()); // the reader looks first
  const lastMs = await lastStep;
  if (lastMs === null) return GIVE_UP_MS;
  return lastMs < askedMs - STOOD_BEFORE_MS ? null : Math.max(0, lastMs - askedMs);
}

/** The same event on BOINC's display, while our job burns: the time until its client says that tasks are suspended, ms. */
export async function suspendBoincOnce({ injector, reader, random, signal }: Trial, boincDisplay: string, index: number): Promise<number> {
  signal.throwIfAborted();
  if ((await reader.ask('whenBoinc', 'running', BOINC_LIMIT_MS)) === null) throw new Error('the BOINC client never became idle');
  // It looks once a second: the event falls anywhere between two looks.
  const suspended = reader.ask('whenBoinc', 'suspended', BOINC_LIMIT_MS);
  const askedMs = await injector.ask('input', boincDisplay, kindOf(index), 1_000 * random());
  const suspendedMs = await suspended;
  if (suspendedMs === null) throw new Error('the BOINC client never noticed the input');
  return suspendedMs - askedMs;
}
