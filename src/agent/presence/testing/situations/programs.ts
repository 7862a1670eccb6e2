import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tempFolder } from '../../../../lib/testing/temp-folder.ts';
import { amdgpuFdinfo } from '../../sensors/linux/testing/fdinfo.ts';
import { endProcess } from '../../sensors/linux/testing/x11-server.ts';
import type { Situation } from '../situation.ts';
import type { XDesktop } from '../x-desktop.ts';

/** Processes are listed twice a second, by a sensor that is read four times a second. */
const LIST_MS = 1_000;
/** And a share takes two looks more. */
const SHARE_MS = 2_000;
/** The share of processor time is that of the last 5 s. */
const CPU_MS = 6_000;
const PID = 4_242;
/** Nobody else's: /proc is that of the whole machine. */
const [LISTED, GAME, OTHER] = [`render${process.pid}`, `game${process.pid}.exe`, `edit${process.pid}`];

/** Programs of the owner's. */
export function programSituations(at: () => XDesktop): readonly Situation[] {
  const stop = { kind: 'stop', as: 'freeze', seenMs: LIST_MS } as const;
  let running: readonly ChildProcess[] = [];
  const end = async (): Promise<void> => {
    for (const each of running) await endProcess(each);
  };
  /** A real program, under this name. */
  const start = (name: string): void => {
    const path = join(tempFolder(), name);
    copyFileSync('/bin/sleep', path);
    running = [spawn(path, ['600'], { stdio: 'ignore' })];
  };
  const named = { how: 'a copy of /bin/sleep by that name', sensor: 'proc', end, endSeenMs: LIST_MS } as const;
  let busyMs = 0;
  let working: NodeJS.Timeout | undefined;
  const useGpu = (vramMib: number, share: number): void => {
    const { machine } = at();
    const write = (): void => machine.write(`proc/${PID}/fdinfo/5`, amdgpuFdinfo({ vramKib: vramMib * 1_024, gfxNs: busyMs * 1_000_000 }));
    write();
    machine.link(`proc/${PID}/fd/5`, '/dev/dri/renderD128');
    machine.writeAll(`proc/${PID}`, { comm: 'game', cgroup: '0::/user.slice', stat: `${PID} (game) S 1 1 1 0` });
    let atMs = performance.now();
    working = setInterval(() => {
      busyMs += (performance.now() - atMs) * share;
      atMs = performance.now();
      write();
    }, 100);
  };
  const leaveGpu = (): void => {
    clearInterval(working);
    at().machine.remove(`proc/${PID}`);
  };
  const gpu = { how: 'fdinfo of an amdgpu client in a made-up /proc', sensor: 'fdinfo', end: leaveGpu, endSeenMs: SHARE_MS } as const;
  return [
    {
      ...named,
      name: 'a program on the list starts and ends',
      duty: { ...stop, cause: 'program-running' },
      settings: { 'programs.freezeFor': [LISTED] },
      begin: () => start(LISTED),
    },
    {
      ...named,
      name: 'a game on the list starts and ends',
      duty: { ...stop, as: 'evict', cause: 'program-running' },
      settings: { 'programs.evictFor': [GAME] },
      begin: () => start(GAME),
    },
    {
      ...named,
      name: 'a program starts that is on no list',
      duty: { kind: 'go on' },
      settings: { 'programs.evictFor': [GAME] },
      begin: () => start(OTHER),
    },
    {
      ...gpu,
      name: 'a game draws, on a machine whose processor is shared',
      duty: { ...stop, cause: 'gpu-in-use', seenMs: SHARE_MS },
      begin: () => useGpu(100, 0.5),
    },
    {
      ...gpu,
      name: 'another program wants the memory of the shared GPU',
      duty: { ...stop, as: 'evict', cause: 'gpu-in-use', seenMs: SHARE_MS },
      before: () => at().desk.setDevices([{ id: 'dev_1', class: 'gpu', fault: null }]),
      begin: () => useGpu(2_048, 0),
    },
    { ...gpu, name: 'the desktop draws itself', duty: { kind: 'go on' }, begin: () => useGpu(100, 0.02) },
  ];
}

/** What takes the processor from whatever else is played. */
export function burningSituations(): readonly Situation[] {
  let burning: readonly ChildProcess[] = [];
  return [
    {
      name: 'other programs are busy',
      how: 'processes that burn every processor',
      sensor: 'proc',
      duty: { kind: 'stop', as: 'freeze', cause: 'cpu-in-use', seenMs: CPU_MS },
      settings: { 'presence.cpuByOthersShare': 0.75 },
      async hindered() {
        const share = await busyShare();
        return share > 0.5 ? `other programs of this machine use ${Math.round(share * 100)}% already` : null;
      },
      begin() {
        burning = Array.from({ length: 2 * availableParallelism() }, () => spawn('sh', ['-c', 'while :; do :; done'], { stdio: 'ignore' }));
      },
      async end() {
        for (const each of burning) await endProcess(each);
      },
      endSeenMs: CPU_MS,
    },
  ];
}

/** Of all processor time over the next second, by proc_stat(5). */
async function busyShare(): Promise<number> {
  const times = (): readonly number[] => readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]?.split(/ +/).slice(1, 9).map(Number) ?? [];
  const before = times();
  await sleep(1_000);
  const wentBy = times().map((each, index) => each - (before[index] ?? 0));
  const [, , , idle = 0, waiting = 0] = wentBy;
  return 1 - (idle + waiting) / wentBy.reduce((sum, each) => sum + each, 0);
}
