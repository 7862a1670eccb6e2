import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import { connectEngine } from './engine.ts';
import { dockerProcess, openProbing } from './probe.ts';

const never = new AbortController().signal;
const socketPath = join(tempFolder(), 'engine.sock');
let asked = 0;
let cpus = 2;
let isGone = false;
let engineProcess: string | null = 'first';

const LIMITS = { MemoryLimit: true, SwapLimit: true, PidsLimit: true, CpuCfsQuota: true };
const server = createServer((request, response) => {
  if (isGone) return void request.socket.destroy();
  const isInfo = request.url === '/info';
  if (isInfo) asked += 1;
  response.setHeader('content-type', 'application/json');
  const info = { NCPU: cpus, OSType: 'linux', KernelVersion: '6.1.0', ...LIMITS };
  response.end(JSON.stringify(isInfo ? info : { Version: '28.0.0', ApiVersion: '1.48', Os: 'linux', Arch: 'amd64' }));
});
beforeAll(() => new Promise<void>((resolve) => server.listen(socketPath, resolve)));
beforeEach(() => {
  [asked, cpus, isGone, engineProcess] = [0, 2, false, 'first'];
});
afterAll(() => new Promise<unknown>((resolve) => server.close(resolve)));

const probing = () => openProbing(connectEngine(socketPath), () => engineProcess);

test('an engine that has said what it can do is not asked again at each start of a job', async () => {
  const engine = probing();
  expect((await engine.recall(never)).capabilities?.cpuCount).toBe(2);
  expect((await engine.recall(never)).capabilities?.cpuCount).toBe(2);
  expect(asked).toBe(1);
});

test('it is asked again when it is another process, and whenever that cannot be told', async () => {
  const engine = probing();
  await engine.ask(never);
  engineProcess = 'second';
  cpus = 4;
  expect((await engine.recall(never)).capabilities?.cpuCount).toBe(4);
  engineProcess = null;
  for (const times of [3, 4]) {
    await engine.recall(never);
    expect(asked).toBe(times);
  }
});

test('who looks in full is told how it is now, and so is everybody after', async () => {
  const engine = probing();
  await engine.ask(never);
  cpus = 8;
  expect((await engine.ask(never)).capabilities?.cpuCount).toBe(8);
  expect((await engine.recall(never)).capabilities?.cpuCount).toBe(8);
});

test('an engine that was gone is asked again, even by the same process', async () => {
  const engine = probing();
  await engine.ask(never);
  isGone = true;
  expect((await engine.ask(never)).state.kind).toBe('missing');
  [isGone, cpus] = [false, 16];
  expect((await engine.recall(never)).capabilities?.cpuCount).toBe(16);
});

test("what listens elsewhere is not taken for Docker's own process", () => {
  expect(dockerProcess(socketPath)).toBeNull();
});
