import { randomInt } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startMachine } from '../../e2e/road/machine.ts';
import { seeded } from '../../src/lib/testing/seeded.ts';
import { tempFolder } from '../../src/lib/testing/temp-folder.ts';
import { benchmark } from './_benchmark.ts';
import { atMost, type Figure, figure, quantile } from './_figures.ts';
import { startBoinc } from './yield/boinc.ts';
import { buildBurningImage, burningJob } from './yield/burning-job.ts';
import { startDisplay } from './yield/display.ts';
import { evictByDemand, evictByStaying, STAY_MS } from './yield/evictions.ts';
import { FROZEN_WITHIN_MS, freezeOnce, suspendBoincOnce, type Trial } from './yield/freezes.ts';
import { startHelper } from './yield/helper-process.ts';
import type { InjectorCalls } from './yield/injector.ts';
import { ownerSession } from './yield/owner-session.ts';
import type { ReaderCalls } from './yield/reader.ts';
import { keepJobRunning, setSettings } from './yield/subject.ts';
import { watchYields } from './yield/yield-log.ts';

/*
 * How soon the machine is its owner's again. A network and an agent as real processes with the production policy, a job that burns every core, and
 * an owner on an X server of our own. t0: the injector's clock just before it asks for the event. t1: what a third process saw of the job itself.
 * BOINC's client, on a display of its own, gets the same events in the same run; its own word counts as its t1, because it has no task here.
 */
const PROGRESS_EVERY = 50;
/** Of the evictions, so many more in which the owner merely stays: 30 beside 200. */
const STAY_SHARE = 0.15;
/** Not longer than the 15 characters that Linux keeps of a program's name. */
const PROGRAM = 'bench-game';

const { values: options } = parseArgs({
  options: {
    freezes: { type: 'string', default: '1000' },
    evictions: { type: 'string', default: '200' },
    boinc: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(randomInt(2 ** 32)) },
    json: { type: 'boolean', default: false },
  },
});
const counts = { freezes: Number(options.freezes), evictions: Number(options.evictions), boinc: Number(options.boinc) };
const say = (line: string): void => console.error(line);

async function measure(signal: AbortSignal): Promise<readonly Figure[]> {
  say(`seed ${options.seed}`);
  const image = await buildBurningImage();
  const program = join(tempFolder(), PROGRAM);
  copyFileSync('/bin/sleep', program);
  await using screen = await startDisplay({ windowManager: true });
  await using boincScreen = await startDisplay({ windowManager: false });
  await using boinc = counts.boinc > 0 ? await startBoinc(boincScreen.name) : null;
  ownerSession(screen.name);
  await using machine = await startMachine();
  await using yields = watchYields(machine);
  await using injector = startHelper<InjectorCalls>(join(import.meta.dirname, 'yield', 'injector.ts'), signal);
  await using reader = startHelper<ReaderCalls>(join(import.meta.dirname, 'yield', 'reader.ts'), signal);
  await setSettings(machine, {
    'presence.idleDelayMs': 1_000,
    'limits.cpuShare': 1,
    // The injector, the reader and the X servers are programs of the owner's, too, on a machine with few cores.
    'presence.cpuByOthersShare': 1,
    'programs.evictFor': [PROGRAM],
  });
  const trial: Trial = {
    injector,
    reader,
    subject: keepJobRunning(machine, burningJob(image), reader, signal),
    display: screen.name,
    random: seeded(Number(options.seed)),
    signal,
  };
  if (boinc) await reader.ask('connectBoinc', boinc.port);

  await trial.subject.untilRuns();
  const freezes: number[] = [];
  const suspends: number[] = [];
  let stoodBefore = 0;
  while (freezes.length < counts.freezes) {
    if (boinc && suspends.length < Math.ceil((counts.boinc * (freezes.length + 1)) / counts.freezes))
      suspends.push(await suspendBoincOnce(trial, boincScreen.name, suspends.length));
    const tookMs = await freezeOnce(trial, freezes.length);
    if (tookMs === null) stoodBefore += 1;
    else freezes.push(tookMs);
    if (tookMs !== null && freezes.length % PROGRESS_EVERY === 0)
      say(`freezes ${freezes.length}: ${spread(freezes)}; BOINC ${suspends.length}: ${spread(suspends)}`);
  }

  const byProgram: number[] = [];
  const byWindow: number[] = [];
  for (let index = 0; index < counts.evictions; index++) {
    const demand = index % 2 === 0 ? 'program' : 'window';
    (demand === 'program' ? byProgram : byWindow).push(await evictByDemand(trial, demand, program));
    if ((index + 1) % PROGRESS_EVERY === 0)
      say(`evictions ${index + 1}: for a program ${spread(byProgram)}, for a window ${spread(byWindow)}`);
  }
  await setSettings(machine, { 'presence.evictAfterMs': STAY_MS });
  const byStaying: number[] = [];
  while (byStaying.length < counts.evictions * STAY_SHARE) byStaying.push(await evictByStaying(trial));
  say(`owner stays ${byStaying.length}: ${spread(byStaying)}`);

  const evictions = [...byProgram, ...byWindow, ...byStaying];
  const own = await yields.read();
  const { p50, p95, max } = SHARES;
  return [
    figure('freezes', freezes.length, ''),
    { ...figure('freeze p50', quantile(freezes, p50), 'ms'), ...beside(freezes, suspends, p50) },
    {
      ...figure('freeze p95', quantile(freezes, p95), 'ms'),
      ...beside(freezes, suspends, p95),
      ...atMost(quantile(freezes, p95), 100, 'ms'),
    },
    {
      ...figure('freeze max', quantile(freezes, max), 'ms'),
      ...beside(freezes, suspends, max),
      ...atMost(quantile(freezes, max), 1_000, 'ms'),
    },
    figure('freezes that failed (still running 1 s after the event)', freezes.filter((ms) => ms > FROZEN_WITHIN_MS).length, ''),
    figure('events left out, because the job stood still before', stoodBefore, ''),
    figure('suspensions of BOINC', suspends.length, ''),
    figure('evictions', evictions.length, ''),
    figure('eviction p50', quantile(evictions, p50), 'ms'),
    { ...figure('eviction p95', quantile(evictions, p95), 'ms'), ...atMost(quantile(evictions, p95), 2_000, 'ms') },
    { ...figure('eviction max', quantile(evictions, max), 'ms'), ...atMost(quantile(evictions, max), 5_000, 'ms') },
    figure('eviction p95, program starts', quantile(byProgram, p95), 'ms'),
    figure('eviction p95, fullscreen window', quantile(byWindow, p95), 'ms'),
    figure('eviction p95, owner stays', quantile(byStaying, p95), 'ms'),
    figure("yields in the agent's log", own.count, ''),
    figure("pauses that failed before one worked, by the agent's log", own.failedAttempts, ''),
  ].filter(({ value }) => !Number.isNaN(value)); // of a part that was left out with a count of 0
}

const SHARES = { p50: 0.5, p95: 0.95, max: 1 } as const;

const spread = (values: readonly number[]): string =>
  values.length === 0
    ? 'none'
    : Object.entries(SHARES)
        .map(([name, share]) => `${name} ${Math.round(quantile(values, share))} ms`)
        .join(' ');

/** What the same events did to BOINC. */
function beside(ours: readonly number[], theirs: readonly number[], share: number): Pick<Figure, 'peer' | 'ratio'> {
  if (theirs.length === 0) return { peer: null, ratio: null };
  return { peer: quantile(theirs, share), ratio: quantile(ours, share) / quantile(theirs, share) };
}

await benchmark(
  ['docker', 'losetup', 'Xvfb', 'openbox', ...(counts.boinc > 0 ? (['unshare', 'boinc', 'boinccmd'] as const) : [])],
  measure,
);
