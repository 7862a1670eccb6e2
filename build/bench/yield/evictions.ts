import type { Trial } from './freezes.ts';

/** What demands the device: a program of the owner's list, or a window over the whole screen. */
export type Demand = 'program' | 'window';

/** How long the owner has to stay for the job to be given up: `presence.evictAfterMs` of these trials. */
export const STAY_MS = 1_000;
/** An owner who works: some event this often. */
const EVENT_EVERY_MS = 100;
export const GIVE_UP_MS = 15_000;

/** From just before the program is started, or the window asked for, until no process of the job is left, ms. */
export async function evictByDemand(
  { injector, reader, subject, display, signal }: Trial,
  demand: Demand,
  program: string,
): Promise<number> {
  signal.throwIfAborted();
  await subject.untilRuns();
  await reader.ask('letGo');
  const gone = reader.ask('whenGone', GIVE_UP_MS);
  const askedMs = await (demand === 'program' ? injector.ask('startProgram', program) : injector.ask('openWindow', display));
  const goneMs = await gone;
  await (demand === 'program' ? injector.ask('endProgram') : injector.ask('closeWindow'));
  return goneMs === null ? GIVE_UP_MS : goneMs - askedMs;
}

/** From the end of the time that an owner has to stay, counted from just before the first event, until no process of the job is left, ms. */
export async function evictByStaying({ injector, reader, subject, display, signal }: Trial): Promise<number> {
  signal.throwIfAborted();
  await subject.untilRuns();
  await reader.ask('letGo');
  const gone = reader.ask('whenGone', STAY_MS + GIVE_UP_MS);
  const firstMs = await injector.ask('stay', display, EVENT_EVERY_MS);
  const goneMs = await gone;
  await injector.ask('leave');
  return goneMs === null ? GIVE_UP_MS : goneMs - firstMs - STAY_MS;
}
