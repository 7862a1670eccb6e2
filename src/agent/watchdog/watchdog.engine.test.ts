import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../lib/log.ts';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import { openControlGroup } from '../sandbox/control-group.ts';
import { findSocketPath } from '../sandbox/engine.ts';
import { importBashImage } from '../sandbox/testing/bash-image.ts';
import { startWatchdog } from './watchdog.ts';

const docker = new Docker({ socketPath: findSocketPath() });
const owner = `test-watchdog-${process.pid}`;
const containers: Docker.Container[] = [];
let image = '';

beforeAll(async () => {
  image = await importBashImage(docker);
});
afterEach(async () => {
  await Promise.all(containers.splice(0).map((each) => each.remove({ force: true })));
});
afterAll(() => docker.getImage(image).remove({ force: true }));

async function burning(label = owner): Promise<Docker.Container> {
  const container = await docker.createContainer({
    Image: image,
    Cmd: ['bash', '-c', 'trap "" TERM; while :; do :; done'],
    Labels: { 'nightshift.worker': label },
    HostConfig: { NetworkMode: 'none', Init: true, NanoCpus: 2e8 },
  });
  containers.push(container);
  await container.start();
  return container;
}

const stateOf = async (container: Docker.Container): Promise<string> => (await container.inspect()).State.Status;

/** A process that keeps a watchdog as the agent does. */
async function agentLike(dataDir: string): Promise<ChildProcess> {
  const module = new URL('watchdog.ts', import.meta.url).href;
  const program = `
    const { startWatchdog } = await import(${JSON.stringify(module)});
    const logger = { debug() {}, warn() {}, error() {} };
    await startWatchdog({ dataDir: ${JSON.stringify(dataDir)}, owner: ${JSON.stringify(owner)}, socketPath: ${JSON.stringify(findSocketPath())}, logger });
    console.log('ready');
    setInterval(() => undefined, 1000);`;
  const agent = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (agent.stdout) await once(agent.stdout, 'data');
  return agent;
}

async function killed(agent: ChildProcess): Promise<number> {
  const ended = once(agent, 'exit');
  agent.kill('SIGKILL');
  await ended;
  return performance.now();
}

const claims = (dataDir: string): readonly string[] => readdirSync(join(dataDir, 'watchdog'));

/** Processes whose command line names this folder. */
function watchdogs(dataDir: string): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(join(dataDir, 'watchdog'));
      } catch {
        return false; // ended meanwhile
      }
    });
}

test('containers end within 5 s of an agent that was killed, frozen ones too, and those of others go on', async () => {
  const dataDir = tempFolder();
  const [running, paused, frozen, theirs] = await Promise.all([burning(), burning(), burning(), burning(`${owner}-other`)]);
  await paused.pause();
  const { Id, State } = await frozen.inspect();
  const group = openControlGroup(Id, State.Pid);
  expect(group?.freeze()).toBe(true);
  const diedMs = await killed(await agentLike(dataDir));
  const ours = [running, paused, frozen];
  await expect.poll(() => Promise.all(ours.map(stateOf)), { timeout: 10_000, interval: 50 }).toEqual(['exited', 'exited', 'exited']);
  const tookMs = performance.now() - diedMs;
  expect(tookMs).toBeGreaterThan(3_000);
  expect(tookMs).toBeLessThan(7_000); // 5 s and what a busy test machine adds
  expect(await stateOf(theirs)).toBe('running');
  await expect.poll(() => claims(dataDir)).toEqual([]);
  await expect.poll(() => watchdogs(dataDir)).toEqual([]);
  group?.close();
});

test('an agent that is back in time keeps its containers, and one watchdog alone', async () => {
  const dataDir = tempFolder();
  const container = await burning();
  await killed(await agentLike(dataDir));
  await sleep(2_000);
  const next = await agentLike(dataDir);
  await sleep(4_000);
  expect(await stateOf(container)).toBe('running');
  expect(claims(dataDir)).toHaveLength(1);
  expect(watchdogs(dataDir)).toHaveLength(1);
  const diedMs = await killed(next);
  await expect.poll(() => stateOf(container), { timeout: 10_000, interval: 50 }).toBe('exited');
  expect(performance.now() - diedMs).toBeGreaterThan(3_000); // by the second watchdog, not by the first
});

test('an agent that comes while the watchdog of the last one ends containers waits for it', async () => {
  const dataDir = tempFolder();
  const container = await burning();
  await killed(await agentLike(dataDir));
  await expect.poll(() => claims(dataDir).some((name) => name.endsWith('.fired')), { timeout: 10_000, interval: 5 }).toBe(true);
  const next = await agentLike(dataDir);
  expect(await stateOf(container)).toBe('exited');
  expect(claims(dataDir)).toHaveLength(1);
  await killed(next);
});

test('the watchdog of an agent that closes leaves at once, costs little while it waits, and is replaced when it dies', async () => {
  const dataDir = tempFolder();
  const container = await burning();
  const watchdog = await startWatchdog({ dataDir, owner, socketPath: findSocketPath(), logger: createLogger('test', 'silent') });
  const [pid = 0] = watchdogs(dataDir);
  const residentKib = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  expect(residentKib).toBeLessThan(8 * 1024);
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => watchdogs(dataDir).filter((each) => each !== pid), { timeout: 5_000 }).toHaveLength(1);
  watchdog.mayLeave();
  await watchdog[Symbol.asyncDispose]();
  expect(watchdogs(dataDir)).toEqual([]);
  expect(claims(dataDir)).toEqual([]);
  expect(await stateOf(container)).toBe('running');
});

test('an agent whose start failed after it had taken over leaves no container without a watch', async () => {
  const dataDir = tempFolder();
  const container = await burning();
  const watchdog = await startWatchdog({ dataDir, owner, socketPath: findSocketPath(), logger: createLogger('test', 'silent') });
  await watchdog[Symbol.asyncDispose]();
  await expect.poll(() => stateOf(container), { timeout: 10_000 }).toBe('exited');
  await expect.poll(() => watchdogs(dataDir), { timeout: 10_000 }).toEqual([]);
});
