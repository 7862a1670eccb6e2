import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import koffi from 'koffi';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connectNvml, type NvmlConnection } from '../../../hardware/nvml/nvml-connection.ts';
import { nvmlPlayer } from '../../../hardware/testing/nvml-player.ts';
import type { NvmlAnswers } from '../../../hardware/testing/nvml-recording.ts';
import { type NvmlSensors, openNvml } from './nvml.ts';
import { madeMachine } from './testing/made-machine.ts';

const GPU = 'sys/bus/pci/devices/0000:01:00.0';
const hasCompiler = process.platform === 'linux' && spawnSync('gcc', ['--version']).status === 0;

async function openOn(machine: ReturnType<typeof madeMachine>, libraryPath: string, jobCgroups: () => readonly string[]) {
  const { root, context } = machine;
  const connection = await connectNvml({ root, platform: 'linux', libraryPath, monotonicMs: context.monotonicMs });
  return { connection, sensors: openNvml(context, { jobCgroups, agentPid: 50, connection }) };
}

describe.skipIf(process.platform !== 'linux')('NVIDIA GPUs without a usable driver', () => {
  const open = async (machine: ReturnType<typeof madeMachine>) => (await openOn(machine, 'libnightshift-none.so.1', () => [])).sensors;

  const kinds = (sensors: NvmlSensors) => Object.values(sensors).map((sensor) => sensor.read().kind);

  test('say nothing where none is on the bus', async () => {
    const machine = madeMachine();
    machine.writeAll('sys/bus/pci/devices/0000:00:02.0', { vendor: '0x8086', class: '0x030000' });
    machine.writeAll('sys/bus/pci/devices/0000:01:00.1', { vendor: '0x10de', class: '0x040300' });
    expect(kinds(await open(machine))).toEqual(['absent', 'absent', 'absent']);
  });

  test('say nothing where a virtual machine or nouveau has them', async () => {
    for (const driver of ['vfio-pci', 'nouveau']) {
      const machine = madeMachine();
      machine.writeAll(GPU, { vendor: '0x10de', class: '0x030000' });
      machine.link(`${GPU}/driver`, `../../../../bus/pci/drivers/${driver}`);
      expect(kinds(await open(machine))).toEqual(['absent', 'absent', 'absent']);
    }
  });

  test('are unknown, with the driver as the fix', async () => {
    const machine = madeMachine();
    machine.writeAll(GPU, { vendor: '0x10de', class: '0x030200' });
    const sensors = await open(machine);
    for (const sensor of Object.values(sensors)) {
      expect(sensor.read()).toMatchObject({ kind: 'unknown', fix: expect.stringContaining("Install NVIDIA's driver") });
    }
    expect(Object.keys(sensors)).toEqual(['gpu', 'temperature', 'draw']);
  });
});

/** What NVIDIA's library says of two GPUs: processes by the list they are in, samples, and how it refuses. */
interface Said {
  processes: { gpu: number; list: 'Compute' | 'Graphics'; pid: number; vram: bigint }[];
  samples: { pid: number; stamp: bigint; sm: number; encoder: number }[];
  refused: { all: number; samples: number; gpus: Partial<Record<number, number>> };
}

// A player of what nvml.h says, not the driver: it holds us to the prototypes that we declare.
describe.skipIf(!hasCompiler)('NVIDIA GPUs, against a player of the management library (needs gcc)', () => {
  const player = hasCompiler ? nvmlPlayer({ system: {}, gpus: [] }) : null;
  const libraryPath = player?.path ?? '';
  const inits: () => number = hasCompiler ? koffi.load(libraryPath).func('int player_inits()') : () => 0;
  const isInitialised: () => number = hasCompiler ? koffi.load(libraryPath).func('int player_is_initialised()') : () => 0;
  let said: Said = { processes: [], samples: [], refused: { all: 0, samples: 0, gpus: {} } };
  const double = {
    process: (gpu: number, list: 0 | 1, pid: number, vram: bigint) => {
      said.processes.push({ gpu, list: list === 0 ? 'Compute' : 'Graphics', pid, vram });
      play();
    },
    sample: (pid: number, stamp: bigint, sm: number, encoder: number) => {
      said.samples.push({ pid, stamp, sm, encoder });
      play();
    },
    refuse: (all: number) => {
      said.refused.all = all;
      play();
    },
    refuseSamples: (code: number) => {
      said.refused.samples = code;
      play();
    },
    refuseGpu: (gpu: number, code: number) => {
      said.refused.gpus = { ...said.refused.gpus, [gpu]: code };
      play();
    },
  };
  function play(): void {
    const { all } = said.refused;
    const system: NvmlAnswers = all === 0 ? {} : { nvmlInit_v2: { refused: all }, '*': { refused: all } };
    player?.play({ system, gpus: [0, 1].map(gpuSaid) });
  }
  function gpuSaid(gpu: number): NvmlAnswers {
    const { refused, processes, samples } = said;
    const code = refused.all || refused.gpus[gpu];
    if (code) return { '*': { refused: code }, nvmlDeviceGetHandleByIndex_v2: { refused: code } };
    const inList = (list: string) =>
      processes
        .filter((each) => each.gpu === gpu && each.list === list)
        .map(({ pid, vram }) => ({ pid, vram: `${vram}`, instance: 0xffff_ffff, computeInstance: 0xffff_ffff }));
    return {
      nvmlDeviceGetUUID: gpu === 0 ? 'GPU-a' : 'GPU-b',
      nvmlDeviceGetName: 'NVIDIA GeForce RTX 4090',
      'nvmlDeviceGetTemperature 0': gpu === 0 ? 44 : 61,
      'nvmlDeviceGetTemperatureThreshold 1': gpu === 0 ? 90 : { refused: 3 },
      nvmlDeviceGetPowerUsage: gpu === 0 ? 31_000 : 22_500,
      nvmlDeviceGetComputeRunningProcesses_v3: inList('Compute'),
      nvmlDeviceGetGraphicsRunningProcesses_v3: inList('Graphics'),
      nvmlDeviceGetMPSComputeRunningProcesses_v3: { refused: 3 },
      nvmlDeviceGetProcessUtilization:
        refused.samples === 0
          ? samples
              .filter(() => gpu === 0)
              .map(({ pid, stamp, sm, encoder }) => ({ pid, stamp: `${stamp}`, sm, encoder, memory: 1, decoder: 0 }))
          : { refused: refused.samples },
    };
  }
  let machine = madeMachine();
  let connection: NvmlConnection | null = null;
  let jobs: readonly string[] = [];
  let initsBefore = 0;
  beforeEach(() => {
    jobs = ['docker-1.scope'];
    said = { processes: [], samples: [], refused: { all: 0, samples: 0, gpus: {} } };
    play();
    initsBefore = inits();
    machine = madeMachine();
    machine.writeAll(GPU, { vendor: '0x10de', class: '0x030000' });
    program(100, 'game');
    program(101, 'gnome-shell');
    program(102, 'python3', '/system.slice/docker-1.scope');
  });
  afterEach(() => {
    connection?.close();
    expect(isInitialised()).toBe(0);
  });
  const program = (pid: number, comm: string, cgroup = '/user.slice') =>
    machine.writeAll(`proc/${pid}`, { comm, cgroup: `0::${cgroup}`, stat: `${pid} (${comm}) S 1 1 1 0` });
  async function open(): Promise<NvmlSensors> {
    const opened = await openOn(machine, libraryPath, () => jobs.map((job) => join(machine.root, 'sys/fs/cgroup/system.slice', job)));
    connection = opened.connection;
    return opened.sensors;
  }

  test('tell what others use, each process once, and nothing of our jobs', async () => {
    double.process(0, 0, 102, 8n << 30n);
    double.process(0, 0, 100, 2n << 30n);
    double.process(0, 1, 100, 2n << 30n);
    double.process(1, 1, 101, 0xffff_ffff_ffff_ffffn);
    double.sample(100, 5_000_000n, 73, 12);
    expect((await open()).gpu.read()).toEqual({
      kind: 'known',
      source: 'NVML',
      value: [
        { gpu: 'GPU-a', program: 'game', vramBytes: 2 ** 31, busyShare: 0.73 },
        { gpu: 'GPU-b', program: 'gnome-shell', vramBytes: null, busyShare: 0 },
      ],
    });
  });

  test('stop telling of a process once its job is known as ours', async () => {
    program(103, 'python3', '/system.slice/docker-2.scope');
    double.process(0, 0, 103, 1n);
    jobs = [];
    const { gpu } = await open();
    expect(gpu.read()).toMatchObject({ value: [{ program: 'python3' }] });
    jobs = ['docker-2.scope'];
    expect(gpu.read()).toMatchObject({ value: [] });
  });

  test('tell the newest share, and none of long ago', async () => {
    double.process(0, 0, 100, 1n);
    double.process(0, 0, 101, 1n);
    double.sample(101, 1_000_000n, 99, 0);
    double.sample(100, 60_000_000n, 40, 0);
    double.sample(100, 60_500_000n, 10, 55);
    const { gpu } = await open();
    expect(gpu.read()).toMatchObject({
      value: [
        { program: 'game', busyShare: 0.55 },
        { program: 'gnome-shell', busyShare: 0 },
      ],
    });
    machine.pass(4_000);
    expect(gpu.read()).toMatchObject({ value: [{ busyShare: 0 }, { busyShare: 0 }] });
  });

  test('leave the share unknown where the driver has none', async () => {
    double.process(0, 0, 100, 1n);
    double.refuseSamples(3);
    expect((await open()).gpu.read()).toMatchObject({ value: [{ busyShare: null, vramBytes: 1 }] });
  });

  test('leave the share unknown only as long as the driver has a fault', async () => {
    double.process(0, 0, 100, 1n);
    double.refuseSamples(999);
    const { gpu } = await open();
    expect(gpu.read()).toMatchObject({ value: [{ busyShare: null }] });
    double.refuseSamples(0);
    double.sample(100, 5_000_000n, 73, 12);
    machine.pass(1_000);
    expect(gpu.read()).toMatchObject({ value: [{ busyShare: 0.73 }] });
  });

  test('tell of more processes than there was room for at first', async () => {
    for (let pid = 1_000; pid < 1_400; pid += 1) {
      program(pid, `worker${pid}`);
      said.processes.push({ gpu: 0, list: 'Compute', pid, vram: 1n });
    }
    play();
    const reading = (await open()).gpu.read();
    expect(reading.kind === 'known' && reading.value).toHaveLength(400);
  });

  test('tell temperatures with where they slow down, and the power of all together', async () => {
    const { temperature, draw } = await open();
    expect(temperature.read()).toMatchObject({
      value: [
        { place: 'NVIDIA GeForce RTX 4090 0', part: 'gpu', celsius: 44, criticalC: 90 },
        { place: 'NVIDIA GeForce RTX 4090 1', part: 'gpu', celsius: 61, criticalC: null },
      ],
    });
    expect(draw.read()).toMatchObject({ value: { watts: 53.5 } });
  });

  test.each([
    [15, 'no longer answers'],
    [999, 'code 999'],
    [8, 'power'],
    [4, 'may not see'],
  ])('are unknown to all three when the driver answers %i, and known again by themselves', async (code, detail) => {
    const { gpu, temperature, draw } = await open();
    expect(gpu.read().kind).toBe('known');
    double.refuse(code);
    machine.pass(2_000);
    expect(gpu.read()).toMatchObject({ kind: 'unknown', detail: expect.stringContaining(detail), fix: expect.any(String) });
    expect([temperature.read().kind, draw.read().kind]).toEqual(['unknown', 'unknown']);
    double.refuse(0);
    machine.pass(5_000);
    await expect
      .poll(() => [gpu.read().kind, temperature.read().kind, draw.read().kind], { timeout: 10_000 })
      .toEqual(['known', 'known', 'known']);
    expect(inits() - initsBefore).toBe(2);
  });

  test.each([15, 16])('are known without the one that is lost (code %i)', async (code) => {
    double.process(1, 0, 100, 1n);
    const { gpu, temperature, draw } = await open();
    expect(draw.read()).toMatchObject({ value: { watts: 53.5 } });
    double.refuseGpu(0, code);
    machine.pass(2_000);
    expect(gpu.read()).toMatchObject({ kind: 'known', value: [{ gpu: 'GPU-b' }] });
    expect(temperature.read()).toMatchObject({ kind: 'known', value: [{ celsius: 61 }] });
    expect(draw.read()).toMatchObject({ kind: 'known', value: { watts: 22.5 } });
  });

  test('are all unknown where one refuses for another reason than being lost', async () => {
    const { gpu } = await open();
    double.refuseGpu(0, 4);
    expect(gpu.read()).toMatchObject({ kind: 'unknown', detail: expect.stringContaining('may not see') });
  });

  test('are left asleep: nobody uses them, and they draw nothing', async () => {
    machine.write(`${GPU}/power/runtime_status`, 'suspended\n');
    const { gpu, temperature, draw } = await open();
    expect(gpu.read()).toMatchObject({ kind: 'known', value: [] });
    expect(temperature.read().kind).toBe('absent');
    expect(draw.read()).toMatchObject({ value: { watts: 0 } });
    expect(inits()).toBe(initsBefore);
    machine.write(`${GPU}/power/runtime_status`, 'active\n');
    const later = () => {
      machine.pass(5_000);
      return draw.read();
    };
    await expect.poll(later, { timeout: 10_000 }).toMatchObject({ value: { watts: 53.5 } });
  });

  test('are seen from the moment on at which the first one was plugged in and connected to', async () => {
    machine.remove('sys/bus/pci');
    const { gpu, temperature } = await open();
    expect(gpu.read().kind).toBe('absent');
    machine.writeAll(GPU, { vendor: '0x10de', class: '0x030000' });
    double.process(0, 1, 100, 2n << 30n);
    await connection?.reconnect(); // as the inventory does
    expect(gpu.read()).toMatchObject({ kind: 'known', value: [{ program: 'game' }] });
    machine.pass(2_000);
    expect(temperature.read().kind).toBe('known');
  });

  test('are known once the driver is loaded', async () => {
    double.refuse(9);
    const { gpu } = await open();
    expect(gpu.read()).toMatchObject({ kind: 'unknown', fix: expect.stringContaining('modprobe') });
    double.refuse(0);
    machine.pass(5_000);
    await expect.poll(() => gpu.read().kind, { timeout: 10_000 }).toBe('known');
  });
});
