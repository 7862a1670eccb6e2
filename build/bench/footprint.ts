import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Machine, startMachine } from '../../e2e/road/machine.ts';
import { benchmark } from './_benchmark.ts';
import { atMost, type Figure, figure, median } from './_figures.ts';
import { helpersOf, type ProcessCost, readCost } from './footprint/process-cost.ts';
import { startBoinc } from './yield/boinc.ts';
import { buildBurningImage, burningJob } from './yield/burning-job.ts';
import { startDisplay } from './yield/display.ts';
import { startHelper } from './yield/helper-process.ts';
import { ownerSession } from './yield/owner-session.ts';
import type { ReaderCalls } from './yield/reader.ts';
import { keepJobRunning, setSettings } from './yield/subject.ts';

/*
 * What the agent costs while it waits (enrolled and connected, a display, nobody there, no job) and while it works (a job burns one core, so that the
 * owner is watched for as closely as can be), beside BOINC's client in the same minutes. BOINC has no task, so it waits in both.
 */
const SAMPLE_EVERY_MS = 1_000;
/** What starting leaves behind is not what waiting costs. */
const SETTLE_MS = 15_000;
const MB = 1e6;

const { values: options } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, json: { type: 'boolean', default: false } },
});
const phaseMs = Number(options.minutes) * 60_000;

/** One program, which may be several processes, over a phase. */
interface Cost {
  /** Percent of one core. */
  readonly cpuPercent: number;
  readonly residentBytes: readonly number[];
}

const started = (pid: number): ProcessCost => {
  const cost = readCost(pid);
  if (!cost) throw new Error(`process ${pid} has ended`);
  return cost;
};

/** Measures groups of processes over a phase. Each has to live until its end. */
async function observe<K extends string>(groups: Readonly<Record<K, readonly number[]>>, signal: AbortSignal): Promise<Record<K, Cost>> {
  const names = Object.keys(groups) as K[]; // of exactly this record
  const before = performance.now();
  const read = (name: K): readonly ProcessCost[] => groups[name].map(started);
  const sum = (costs: readonly ProcessCost[], of: (cost: ProcessCost) => number): number =>
    costs.reduce((total, each) => total + of(each), 0);
  const first = new Map(names.map((name) => [name, sum(read(name), (cost) => cost.cpuMs)]));
  const resident = new Map<K, number[]>(names.map((name) => [name, []]));
  while (performance.now() - before < phaseMs) {
    await sleep(SAMPLE_EVERY_MS, undefined, { signal });
    for (const name of names) resident.get(name)?.push(sum(read(name), (cost) => cost.residentBytes));
  }
  const tookMs = performance.now() - before;
  const costOf = (name: K): Cost => ({
    cpuPercent: ((sum(read(name), (cost) => cost.cpuMs) - (first.get(name) ?? 0)) / tookMs) * 100,
    residentBytes: resident.get(name) ?? [],
  });
  return Object.fromEntries(names.map((name) => [name, costOf(name)])) as Record<K, Cost>;
}

const groupsOf = (machine: Machine, boincPid: number) => {
  const agent = machine.agent().pid;
  const helpers = helpersOf(agent, machine.home.root).filter((pid) => pid !== machine.network().pid);
  return { agent: [agent], helpers, boinc: [boincPid] };
};

async function measure(signal: AbortSignal): Promise<readonly Figure[]> {
  const image = await buildBurningImage();
  await using screen = await startDisplay({ windowManager: false });
  await using boinc = await startBoinc(screen.name);
  ownerSession(screen.name);
  await using machine = await startMachine();
  await using reader = startHelper<ReaderCalls>(join(import.meta.dirname, 'yield', 'reader.ts'), signal);
  // The second is for other programs on a shared machine: the phase is about a job that runs all the time.
  await setSettings(machine, { 'presence.idleDelayMs': 1_000, 'presence.cpuByOthersShare': 1 });

  await sleep(SETTLE_MS, undefined, { signal });
  const waiting = await observe(groupsOf(machine, boinc.pid), signal);
  console.error(`waiting: ${waiting.agent.cpuPercent.toFixed(2)}% of a core`);

  await keepJobRunning(machine, burningJob(image, 1), reader, signal).untilRuns();
  await sleep(SETTLE_MS, undefined, { signal });
  const usedMs = async (): Promise<number> =>
    (await machine.client.jobs.list({ limit: 50 })).items.reduce((sum, job) => sum + job.unfrozenMs, 0);
  const usedBeforeMs = await usedMs();
  const working = await observe(groupsOf(machine, boinc.pid), signal);
  const ranPercent = (((await usedMs()) - usedBeforeMs) / phaseMs) * 100;

  return [
    ...cpu('waiting', waiting, 0.2),
    ...cpu('working', working, 1),
    figure('of the working phase the job ran', ranPercent, '%'),
    ...memory('waiting', waiting),
    ...memory('working', working),
  ];
}

type Costs = Readonly<Record<'agent' | 'helpers' | 'boinc', Cost>>;

function cpu(phase: string, { agent, helpers, boinc }: Costs, limitPercent: number): readonly Figure[] {
  const all = agent.cpuPercent + helpers.cpuPercent;
  const peer = boinc.cpuPercent;
  return [
    {
      ...figure(`${phase}: CPU of the agent with its helper processes`, all, '% of a core'),
      peer,
      ratio: peer > 0 ? all / peer : null,
      ...atMost(all, limitPercent, '%'),
    },
    figure(`${phase}: CPU of the helper processes`, helpers.cpuPercent, '% of a core'),
  ];
}

function memory(phase: string, { agent, helpers, boinc }: Costs): readonly Figure[] {
  const max = Math.max(...agent.residentBytes) / MB;
  const peer = Math.max(...boinc.residentBytes) / MB;
  return [
    { ...figure(`${phase}: RSS of the agent, max`, max, 'MB'), peer, ratio: max / peer, ...atMost(max, 100, 'MB') },
    { ...figure(`${phase}: RSS of the agent, median`, median(agent.residentBytes) / MB, 'MB'), peer: median(boinc.residentBytes) / MB },
    figure(`${phase}: RSS of the helper processes, max`, Math.max(...helpers.residentBytes) / MB, 'MB'),
  ];
}

await benchmark(['docker', 'losetup', 'Xvfb', 'unshare', 'boinc', 'boinccmd'], measure);
