import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type CgroupPaths, findCgroups } from './cgroup-path.ts';
import { type ControlGroup, controlGroupAt, openControlGroup } from './control-group.ts';
import { findSocketPath } from './engine.ts';
import { importBashImage } from './testing/bash-image.ts';

const docker = new Docker({ socketPath: findSocketPath() });
const containers: Docker.Container[] = [];
const groups: ControlGroup[] = [];
let image = '';

beforeAll(async () => {
  image = await importBashImage(docker);
});
afterEach(async () => {
  for (const group of groups.splice(0)) group.close();
  await Promise.all(containers.splice(0).map((each) => each.remove({ force: true })));
});
afterAll(() => docker.getImage(image).remove({ force: true }));

async function burning(): Promise<{
  readonly container: Docker.Container;
  readonly id: string;
  readonly pid: number;
  readonly paths: CgroupPaths;
}> {
  const container = await docker.createContainer({
    Image: image,
    Cmd: ['bash', '-c', 'trap "" TERM; for i in 1 2 3; do (while :; do :; done) & done; while :; do :; done'],
    HostConfig: { NetworkMode: 'none', Init: true, CpuShares: 2 },
  });
  containers.push(container);
  await container.start();
  const { Id, State } = await container.inspect();
  const paths = findCgroups(Id, readFileSync(`/proc/${State.Pid}/cgroup`, 'utf8'), readFileSync('/proc/self/mountinfo', 'utf8'));
  return { container, id: Id, pid: State.Pid, paths };
}

const kept = (group: ControlGroup | null): ControlGroup => {
  if (group === null) throw new Error('this test needs a control group it may write: root, and an engine on this machine');
  groups.push(group);
  return group;
};

/** CPU time of all processes of a container so far, in ticks. */
async function ticks(container: Docker.Container): Promise<number> {
  return (await container.stats({ stream: false, 'one-shot': true })).cpu_stats.cpu_usage.total_usage;
}

const stateOf = async (container: Docker.Container): Promise<string> => (await container.inspect()).State.Status;

/** Each kind of group that this host has: where it uses both versions, version 1's freezer is tried too. */
const kinds: readonly [string, (paths: CgroupPaths) => CgroupPaths][] = [
  ['the newest freezer of this host', (paths) => paths],
  ["version 1's freezer", (paths) => ({ ...paths, unified: null })],
];

test.each(kinds)('%s stops a job that burns every core, and lets it go on', async (_name, choose) => {
  const { container, pid, paths } = await burning();
  const chosen = choose(paths);
  if (chosen.unified === null && chosen.freezer === null) return; // a host of version 2 alone
  const group = kept(controlGroupAt(chosen, () => process.kill(pid, 'SIGTERM')));
  expect(group.isFrozen()).toBe(false);
  expect(group.freeze()).toBe(true);
  await expect.poll(() => group.isFrozen(), { timeout: 2_000, interval: 2 }).toBe(true);
  const before = await ticks(container);
  await sleep(200);
  expect(await ticks(container)).toBe(before);
  expect(group.thaw()).toBe(true);
  expect(group.isFrozen()).toBe(false);
  await sleep(200);
  expect(await ticks(container)).toBeGreaterThan(before);
});

test.each(kinds)('%s: a job is killed while it runs, frozen by us, and paused by the engine', async (_name, choose) => {
  for (const state of ['running', 'frozen', 'paused']) {
    const { container, pid, paths } = await burning();
    const chosen = choose(paths);
    if (chosen.unified === null && chosen.freezer === null) return; // a host of version 2 alone
    const group = kept(controlGroupAt(chosen, () => process.kill(pid, 'SIGTERM')));
    if (state === 'frozen') group.freeze();
    if (state === 'paused') await container.pause();
    expect(group.isEmpty()).toBe(false);
    group.kill();
    await expect.poll(() => group.isEmpty(), { timeout: 5_000, interval: 5 }).toBe(true);
    await expect.poll(() => stateOf(container), { timeout: 5_000 }).toBe('exited');
    expect([group.freeze(), group.thaw(), group.isFrozen(), group.limitCpus(1), group.terminate()]).toEqual(Array(5).fill(false));
    group.kill();
  }
});

test('a limit of processors holds from the moment it is written', async () => {
  const { container, id, pid } = await burning();
  const group = kept(openControlGroup(id, pid));
  const used = async (): Promise<number> => {
    const [before, startedMs] = [await ticks(container), performance.now()];
    await sleep(1_000);
    return ((await ticks(container)) - before) / 1e6 / (performance.now() - startedMs);
  };
  expect(group.limitCpus(0.1)).toBe(true);
  expect(await used()).toBeLessThan(0.3);
  expect(group.limitCpus(1)).toBe(true);
  expect(await used()).toBeGreaterThan(0.3);
});

test('a process of somebody else is never taken for the container', async () => {
  const { id, pid } = await burning();
  expect(openControlGroup(id, process.pid)).toBeNull();
  expect(openControlGroup('0'.repeat(64), pid)).toBeNull();
  expect(openControlGroup(id, 2 ** 22 + 1)).toBeNull();
});

test('once closed it writes nothing any more', async () => {
  const { id, pid } = await burning();
  const group = kept(openControlGroup(id, pid));
  group.close();
  expect(group.freeze()).toBe(false);
  const again = kept(openControlGroup(id, pid));
  expect(again.isFrozen()).toBe(false);
});
