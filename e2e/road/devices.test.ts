import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { layOut, type MachineRecording, type RecordedMachine, readRecording } from '../../src/agent/hardware/testing/recorded-machine.ts';
import { watchState, withAgent } from '../../src/cli/agent-client.ts';
import { type Home, openHome } from '../../src/cli/home.ts';
import { type BenchmarkRecord, type BenchmarkRun, benchmarkResult } from '../../src/contract/model/benchmark.ts';
import type { HardwareDevice } from '../../src/contract/model/device.ts';
import { type Settings, settingKey } from '../../src/contract/model/settings.ts';
import type { WorkerState } from '../../src/contract/worker-api.ts';
import { tempFolder } from '../../src/lib/testing/temp-folder.ts';
import type { SoftwareDevice } from './benchmark-faults.ts';
import { command, commandJson } from './command.ts';
import { joinWorker, type Machine, ownerClient, type Restartable, smallJob, startMachine, type Worker } from './machine.ts';
import { onRecordedHardware } from './recorded-part.ts';
import { buildSmallImage } from './small-image.ts';

const [software]: readonly (SoftwareDevice | undefined)[] = JSON.parse(process.env.NIGHTSHIFT_TEST_VULKAN ?? '[]');
const BIG = '0000:01:00.0';
const SMALL = '0000:05:00.0';
const POLL = { timeout: 30_000, interval: 100 };
/** So much is nobody's electricity: no price of an owner covers it. */
const DEAR = { kind: 'flat', microPerKwh: 10_000_000 } as const;

const gpuAt = (state: WorkerState, busId: string): HardwareDevice | undefined => state.devices.find((device) => device.busId === busId);
const idOf = (state: WorkerState, found: (device: HardwareDevice) => boolean): string => state.devices.find(found)?.id ?? 'no such device';
const isSoftware = ({ kind }: HardwareDevice): boolean => kind === 'software';
const reasonsOf = (state: WorkerState, deviceId: string): readonly string[] =>
  state.presence.devices.find((each) => each.deviceId === deviceId)?.reasons.map(({ code }) => code) ?? [];
const codesOf = (state: WorkerState): readonly string[] => state.presence.reasons.map(({ code }) => code);
const set = (home: Home, values: Partial<Settings>): Promise<void> =>
  withAgent(home, async (agent) => {
    for (const [key, value] of Object.entries(values)) await agent.settings.set({ key: settingKey.parse(key), value });
  });

/** GeForce cards count no errors of their memory, others do. */
function countingErrors(recording: MachineRecording): MachineRecording {
  const gpus = recording.nvml?.gpus.map((answers) => answers && { ...answers, [ECC_ERRORS]: 0 }) ?? [];
  return { ...recording, nvml: recording.nvml && { ...recording.nvml, gpus } };
}
const ECC_ERRORS = 'nvmlDeviceGetTotalEccErrors 1 0';

/** What a state told of the benchmark, each time it changed. */
interface Seen {
  readonly run: BenchmarkRun | null;
  readonly codes: readonly string[];
}

/** Follows the states of an agent until one ends it. */
function follow(home: Home, isLast: (state: WorkerState) => boolean): Promise<readonly Seen[]> {
  return withAgent(home, async (agent) => {
    const seen: Seen[] = [];
    for await (const state of watchState(agent)) {
      seen.push({ run: state.benchmarks.running, codes: codesOf(state) });
      if (isLast(state)) break;
    }
    return seen;
  });
}

/** What the kernel tells of a process; empty of one that has ended, also before anybody has asked how. */
function ofProcess(pid: string, file: 'stat' | 'cmdline'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
const isAlive = (pid: string): boolean => ofProcess(pid, 'cmdline') !== '';

/** Processes that an agent has started to measure a device. */
const benchmarkChildrenOf = (agentPid: number): readonly string[] =>
  readdirSync('/proc').filter((pid) => {
    const [, parent] = ofProcess(pid, 'stat').split(') ')[1]?.split(' ') ?? [];
    return parent === String(agentPid) && ofProcess(pid, 'cmdline').includes('benchmark/child');
  });

/** What `nightshift benchmark run --json` prints where all went well. */
const measuredDevices = z.array(z.object({ kind: z.literal('result'), result: benchmarkResult }));

const endOf = (records: readonly BenchmarkRecord[]): string | undefined => {
  const [last] = records;
  return last?.kind === 'failure' ? last.failure.code : last?.kind;
};

describe.skipIf(software === undefined)('devices, in real agents of a real network', () => {
  const recording = countingErrors(readRecording('rtx-4090-and-3060'));
  let machine: Machine; // has no GPU, and a software adapter
  let hardware: RecordedMachine;
  let rig: Worker & Restartable;
  let image: string;

  beforeAll(async () => {
    hardware = layOut(recording);
    hardware.set({ files: { [`sys/bus/pci/devices/${SMALL}`]: null } });
    vi.stubEnv('WAYLAND_DISPLAY', '/nowhere/wayland-0'); // a desktop that cannot be looked at
    vi.stubEnv('VK_DRIVER_FILES', software?.icd);
    vi.stubEnv('LD_LIBRARY_PATH', software?.libraryPath);
    image = await buildSmallImage();
    machine = await startMachine({ networkArgs: ['--receipt-interval', '400'] });
    rig = await joinWorker(machine, onRecordedHardware(hardware));
    for (const { home } of [machine, rig]) await set(home, { 'presence.dedicated': true, 'benchmark.automatic': false });
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    const left = [...(await machine.leftovers()), ...(await rig.leftovers())];
    await rig[Symbol.asyncDispose]();
    await machine[Symbol.asyncDispose]();
    hardware[Symbol.dispose]();
    expect(left).toEqual([]);
  });

  /** What the network knows of a worker. */
  const toldOf = async ({ workerKey, state }: Worker) => {
    const { id } = (await state()).worker;
    const view = (await ownerClient(machine).workers.list()).items.find((worker) => worker.id === id);
    if (view === undefined) throw new Error(`the network has no worker ${workerKey}`);
    return { devices: view.devices.map((device) => device.id), offers: view.offers };
  };

  it.concurrent('are the same for the owner and for the network, live: plugged, lost, faulty, switched off, and dear to run', async ({
    expect,
  }) => {
    const { home } = rig;
    await expect.poll(async () => (await toldOf(rig)).offers.map(({ deviceClass }) => deviceClass), POLL).toEqual(['cpu']);
    expect(gpuAt(await rig.state(), SMALL)).toBeUndefined();

    // A card that came after the worker had enrolled.
    const link = `sys/bus/pci/devices/${SMALL}`;
    hardware.set({ links: { [link]: recording.links[link] ?? '' } });
    await withAgent(home, (agent) => agent.devices.rescan());
    const whole = await rig.untilState('whole', (state) => Object.keys(state.telemetry).length === 3);
    expect(whole.devices.map(({ kind, name }) => `${kind} ${name}`).slice(0, 2)).toEqual([
      'gpu NVIDIA GeForce RTX 4090',
      'gpu NVIDIA GeForce RTX 3060',
    ]);
    const [big, small] = [idOf(whole, ({ busId }) => busId === BIG), idOf(whole, ({ busId }) => busId === SMALL)];
    const processor = idOf(whole, ({ kind }) => kind === 'cpu');
    const adapter = idOf(whole, isSoftware);
    expect(whole.telemetry[big]).toMatchObject({ source: expect.stringContaining('NVML'), temperatureC: 41, powerW: 23.5 });
    expect(whole.telemetry[small]).toMatchObject({ temperatureC: 47, powerLimitW: 130, linkWidth: 1 });
    expect(whole.costs.map(({ deviceId, drawSource }) => ({ deviceId, drawSource }))).toEqual([
      { deviceId: big, drawSource: 'limit' },
      { deviceId: small, drawSource: 'limit' },
      { deviceId: processor, drawSource: expect.any(String) },
    ]);
    await expect.poll(async () => (await toldOf(rig)).devices, POLL).toEqual([big, small, processor]);

    // Falls off the bus: it alone.
    hardware.lose(SMALL);
    const lost = await rig.untilState('lost', (state) => gpuAt(state, SMALL)?.health.kind === 'lost');
    expect(reasonsOf(lost, small)).toEqual(['device-lost']);
    expect([codesOf(lost), reasonsOf(lost, big), reasonsOf(lost, processor)]).toEqual([[], [], []]);
    expect(lost.telemetry[small]).toBeUndefined();
    await expect.poll(async () => (await toldOf(rig)).devices, POLL).toEqual([big, processor]);
    hardware.restore(SMALL);
    await withAgent(home, (agent) => agent.devices.rescan());
    await rig.untilState('back', (state) => gpuAt(state, SMALL)?.health.kind === 'good' && small in state.telemetry);

    // Errors in its memory: it alone, also after a restart, until its owner says so.
    hardware.set({ gpus: { 0: { [ECC_ERRORS]: 3 } } });
    const faulty = await rig.untilState('quarantined', (state) => gpuAt(state, BIG)?.health.kind === 'quarantined');
    expect(gpuAt(faulty, BIG)?.health).toMatchObject({ cause: { code: 'memory-errors' } });
    expect([reasonsOf(faulty, big), reasonsOf(faulty, small), codesOf(faulty)]).toEqual([['device-quarantined'], [], []]);
    await rig.restart();
    const again = await rig.untilState('online', ({ session }) => session.kind === 'online');
    expect(again.devices.map(({ id }) => id)).toEqual([big, small, processor]);
    expect(gpuAt(again, BIG)?.health).toEqual(gpuAt(faulty, BIG)?.health);
    await command(home, 'devices', 'release', big);
    await rig.untilState('released', (state) => gpuAt(state, BIG)?.health.kind === 'good' && reasonsOf(state, big).length === 0);

    // Dear electricity lifts what is asked.
    await set(home, { 'power.tariff': DEAR });
    await expect
      .poll(async () => {
        const cost = (await rig.state()).costs.find(({ deviceId }) => deviceId === processor);
        const [offer, ...more] = (await toldOf(rig)).offers;
        return more.length === 0 && offer?.deviceId === processor && offer.microPerHour === cost?.askMicroPerHour && offer.microPerHour;
      }, POLL)
      .toBeGreaterThan(50_000);

    // What the owner keeps for themselves.
    await set(home, { 'devices.off': [small, processor] });
    const off = await rig.untilState('off', (state) => reasonsOf(state, small).includes('device-off'));
    expect([reasonsOf(off, big), reasonsOf(off, processor)]).toEqual([[], ['device-off']]);
    await expect.poll(async () => (await toldOf(rig)).offers, POLL).toEqual([]);

    // Told at the command line.
    const [list, show, past, doctor, alone] = await Promise.all([
      commandJson(home, 'devices', 'list'),
      command(home, 'devices', 'show', small),
      commandJson(home, 'devices', 'history', big),
      commandJson(home, 'doctor'),
      command(openHome(tempFolder()), 'doctor'),
    ]);
    expect(list).toMatchObject([{ id: big, now: { temperatureC: 41 } }, { id: small }, { id: processor }]);
    expect(show.out).toMatch(/1 of 16 lanes.*\n(.*\n)*.*You have switched it off/);
    expect(past).toMatchObject({ deviceId: big, points: expect.arrayContaining([expect.objectContaining({ temperatureC: 41 })]) });
    expect(doctor).toMatchObject({
      findings: expect.arrayContaining([
        expect.objectContaining({ id: `device:gpu:${big}`, level: 'good' }),
        expect.objectContaining({ id: `device:gpu:${small}`, detail: expect.stringContaining('1 of its 16 PCI Express lanes') }),
        expect.objectContaining({ id: 'gpu-containers', level: 'missing' }),
        expect.objectContaining({ id: `device:software:${adapter}`, level: 'unneeded' }),
      ]),
      shareable: [expect.any(String)],
    });
    expect(alone.out).toMatch(/^No agent runs here: looked at without one\.\n(.*\n)*This machine/);
    expect(alone.code).toBe(0);
    expect((await toldOf(rig)).devices).not.toContain(adapter);
  });

  it.concurrent('are measured at the command line: progress that moves on, a result that stays, and nothing offered meanwhile', async ({
    expect,
  }) => {
    const { home } = machine;
    await expect.poll(async () => (await toldOf(machine)).offers.length, POLL).toBe(1);
    await withAgent(home, (agent) => agent.devices.rescan());
    const found = await machine.untilState('found', (state) => state.devices.some(isSoftware));
    const adapter = idOf(found, isSoftware);

    let began = false;
    const following = follow(home, ({ benchmarks }) => {
      began ||= benchmarks.running !== null;
      return began && benchmarks.running === null;
    });
    const measuring = commandJson(home, 'benchmark', 'run');
    await machine.untilState('measuring', ({ benchmarks }) => (benchmarks.running?.progress ?? 0) > 0);
    await expect.poll(async () => (await toldOf(machine)).offers, POLL).toEqual([]);
    // Now whatever the processors are busy with would count, but for what the agent itself does.
    await set(home, { 'presence.cpuByOthersShare': 0.05, 'presence.dedicated': false });
    const [ended] = await Promise.allSettled([measuring]);
    await set(home, { 'presence.cpuByOthersShare': 1, 'presence.dedicated': true });
    if (ended.status === 'rejected') throw ended.reason;
    const [measured] = measuredDevices.parse(ended.value);
    if (measured === undefined) throw new Error('nothing was measured');
    const { result } = measured;
    expect(result).toMatchObject({ deviceId: adapter, occasion: 'asked', conditions: { proof: 'only-device' } });
    expect(result.durationMs).toBeLessThan(55_000);
    expect(result.vector.gemmF32Tflops?.value).toBeGreaterThan(0);
    const seen = (await following).filter(({ run }) => run !== null && run.progress > 0);
    const progress = seen.flatMap(({ run }) => run?.progress ?? []);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(new Set(progress).size).toBeGreaterThan(20);
    expect(progress.at(-1)).toBeGreaterThan(0.9);
    expect(new Set(seen.map(({ run }) => run?.runId))).toEqual(new Set([result.runId]));
    const codes = seen.map((each) => each.codes);
    expect(codes.filter((each) => !each.includes('benchmarking'))).toEqual([]);
    expect(codes.filter((each) => each.includes('cpu-in-use') || each.includes('gpu-in-use'))).toEqual([]);

    const [shown, past] = await Promise.all([
      command(home, 'benchmark', 'show', adapter),
      commandJson(home, 'benchmark', 'history', adapter),
    ]);
    expect(shown.out).toMatch(/matrix product f32 +[\d.]+ TFLOPS/);
    expect(past).toEqual([{ kind: 'result', result: expect.objectContaining({ runId: result.runId }) }]);
    expect((await machine.state()).benchmarks.devices.find(({ deviceId }) => deviceId === adapter)).toMatchObject({
      standing: 'current',
      nextAtMs: null,
    });
    await expect.poll(async () => (await toldOf(machine)).offers.map(({ deviceClass }) => deviceClass), POLL).toEqual(['cpu']);
  });

  it('keep a job waiting while they are measured, end that within a second, and are not measured beside the job', async () => {
    const { home } = machine;
    await withAgent(home, (agent) => agent.benchmarks.start({ deviceIds: [] }));
    await machine.untilState('measuring', ({ benchmarks }) => benchmarks.running !== null && benchmarks.running.step !== 'starting');
    await expect.poll(async () => (await toldOf(machine)).offers, POLL).toEqual([]);
    const { id } = await machine.client.jobs.create({ spec: smallJob(image, { env: { RUN_MS: '3000' } }), idempotencyKey: randomUUID() });
    await expect.poll(async () => (await machine.client.jobs.get({ id })).reason, POLL).toMatch(/2 workers are online/);
    expect(await machine.client.jobs.get({ id })).toMatchObject({ state: 'queued' });

    const startedMs = performance.now();
    const ended = follow(home, ({ benchmarks }) => benchmarks.running === null);
    await withAgent(home, (agent) => agent.benchmarks.cancel());
    await ended;
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    expect(benchmarkChildrenOf(machine.agent().pid)).toEqual([]);

    await machine.untilJob(id, 'ran', (job) => job.state === 'running');
    await expect(withAgent(home, (agent) => agent.benchmarks.start({ deviceIds: [] }))).rejects.toMatchObject({
      problem: { code: 'device-busy' },
    });
    expect(await machine.untilEnded(id)).toMatchObject({ state: 'succeeded', attempt: 1 });
    await machine.untilState('wiped', ({ leases }) => leases.length === 0);
    const adapter = idOf(await machine.state(), isSoftware);
    const { records } = await withAgent(home, (agent) => agent.benchmarks.history({ deviceId: adapter }));
    expect(endOf(records)).toBe('cancelled');
  });

  it('say after kill -9 that the benchmark was interrupted, leave no process of it, and then know what work pays', async () => {
    const { home } = machine;
    await withAgent(home, (agent) => agent.benchmarks.start({ deviceIds: [] }));
    const before = await machine.untilState(
      'measuring',
      ({ benchmarks }) => benchmarks.running !== null && benchmarks.running.step !== 'starting',
    );
    const children = benchmarkChildrenOf(machine.agent().pid);
    expect(children).toHaveLength(1);
    await machine.kill('agent');
    await expect.poll(() => children.filter(isAlive), POLL).toEqual([]);
    await machine.killAndRestart('network'); // which tells prices that are a minute old
    await machine.restart('agent');

    const { deviceId = '' } = before.benchmarks.running ?? {};
    await withAgent(home, (agent) => agent.devices.rescan());
    const { records } = await withAgent(home, (agent) => agent.benchmarks.history({ deviceId }));
    expect(endOf(records)).toBe('interrupted');
    const { costs } = await machine.untilState('paid', (state) => state.costs.some(({ market }) => market !== null));
    expect(costs).toMatchObject([{ market: { paidMicroPerHour: 50_000 }, verdict: expect.stringMatching(/^(earns|loses)$/) }]);
  });
});
