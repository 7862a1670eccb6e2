import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import koffi from 'koffi';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tempFolder } from '../../../../lib/testing/temp-folder.ts';
import { type NvmlSensors, openNvml } from './nvml.ts';
import { NVML_SIGNATURES } from './nvml-library.ts';
import { madeMachine } from './testing/made-machine.ts';

const GPU = 'sys/bus/pci/devices/0000:01:00.0';
const hasCompiler = process.platform === 'linux' && spawnSync('gcc', ['--version']).status === 0;

describe.skipIf(process.platform !== 'linux')('NVIDIA GPUs without a usable driver', () => {
  const open = (machine: ReturnType<typeof madeMachine>) =>
    openNvml(machine.context, { jobCgroups: () => [], agentPid: 50, libraryPath: 'libnightshift-none.so.1' });

  test('have no source where none is on the bus', async () => {
    const machine = madeMachine();
    machine.writeAll('sys/bus/pci/devices/0000:00:02.0', { vendor: '0x8086', class: '0x030000' });
    machine.writeAll('sys/bus/pci/devices/0000:01:00.1', { vendor: '0x10de', class: '0x040300' });
    expect(await open(machine)).toBeNull();
  });

  test('have no source where a virtual machine or nouveau has them', async () => {
    for (const driver of ['vfio-pci', 'nouveau']) {
      const machine = madeMachine();
      machine.writeAll(GPU, { vendor: '0x10de', class: '0x030000' });
      machine.link(`${GPU}/driver`, `../../../../bus/pci/drivers/${driver}`);
      expect(await open(machine)).toBeNull();
    }
  });

  test('are unknown, with the driver as the fix', async () => {
    const machine = madeMachine();
    machine.writeAll(GPU, { vendor: '0x10de', class: '0x030200' });
    const sensors = await open(machine);
    for (const sensor of Object.values(sensors ?? {})) {
      expect(sensor.read()).toMatchObject({ kind: 'unknown', fix: expect.stringContaining("Install NVIDIA's driver") });
    }
    expect(Object.keys(sensors ?? {})).toEqual(['gpu', 'temperature', 'draw']);
  });
});

// A double, not the driver: it holds us to the prototypes that we declare, and to what nvml.h says of each answer.
describe.skipIf(!hasCompiler)('NVIDIA GPUs, against a double of the management library (needs gcc)', () => {
  const libraryPath = hasCompiler ? compileDouble() : '';
  const double = hasCompiler ? control(libraryPath) : null;
  let machine = madeMachine();
  let sensors: NvmlSensors | null = null;
  let jobs: readonly string[] = [];
  beforeEach(() => {
    jobs = ['docker-1.scope'];
    double?.reset();
    machine = madeMachine();
    machine.writeAll(GPU, { vendor: '0x10de', class: '0x030000' });
    program(100, 'game');
    program(101, 'gnome-shell');
    program(102, 'python3', '/system.slice/docker-1.scope');
  });
  afterEach(async () => {
    await Promise.all(Object.values(sensors ?? {}).map((sensor) => sensor.close()));
    expect(double?.isInitialised()).toBe(0);
  });
  const program = (pid: number, comm: string, cgroup = '/user.slice') =>
    machine.writeAll(`proc/${pid}`, { comm, cgroup: `0::${cgroup}`, stat: `${pid} (${comm}) S 1 1 1 0` });
  async function open(): Promise<NvmlSensors> {
    const jobCgroups = () => jobs.map((job) => join(machine.root, 'sys/fs/cgroup/system.slice', job));
    sensors = await openNvml(machine.context, { jobCgroups, agentPid: 50, libraryPath });
    if (sensors === null) throw new Error('the source does not apply');
    return sensors;
  }

  test('tell what others use, each process once, and nothing of our jobs', async () => {
    double?.process(0, 0, 102, 8n << 30n);
    double?.process(0, 0, 100, 2n << 30n);
    double?.process(0, 1, 100, 2n << 30n);
    double?.process(1, 1, 101, 0xffff_ffff_ffff_ffffn);
    double?.sample(100, 5_000_000n, 73, 12);
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
    double?.process(0, 0, 103, 1n);
    jobs = [];
    const { gpu } = await open();
    expect(gpu.read()).toMatchObject({ value: [{ program: 'python3' }] });
    jobs = ['docker-2.scope'];
    expect(gpu.read()).toMatchObject({ value: [] });
  });

  test('tell the newest share, and none of long ago', async () => {
    double?.process(0, 0, 100, 1n);
    double?.process(0, 0, 101, 1n);
    double?.sample(101, 1_000_000n, 99, 0);
    double?.sample(100, 60_000_000n, 40, 0);
    double?.sample(100, 60_500_000n, 10, 55);
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
    double?.process(0, 0, 100, 1n);
    double?.refuseSamples(3);
    expect((await open()).gpu.read()).toMatchObject({ value: [{ busyShare: null, vramBytes: 1 }] });
  });

  test('tell of more processes than there was room for at first', async () => {
    for (let pid = 1_000; pid < 1_400; pid += 1) {
      program(pid, `worker${pid}`);
      double?.process(0, 0, pid, 1n);
    }
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
    [4, 'may not see'],
  ])('are unknown to all three when the driver answers %i, and known again by themselves', async (code, detail) => {
    const { gpu, temperature, draw } = await open();
    expect(gpu.read().kind).toBe('known');
    double?.refuse(code);
    machine.pass(2_000);
    expect(gpu.read()).toMatchObject({ kind: 'unknown', detail: expect.stringContaining(detail), fix: expect.any(String) });
    expect([temperature.read().kind, draw.read().kind]).toEqual(['unknown', 'unknown']);
    double?.refuse(0);
    machine.pass(5_000);
    await expect
      .poll(() => [gpu.read().kind, temperature.read().kind, draw.read().kind], { timeout: 10_000 })
      .toEqual(['known', 'known', 'known']);
    expect(double?.inits()).toBe(2);
  });

  test('are known once the driver is loaded', async () => {
    double?.refuse(9);
    const { gpu } = await open();
    expect(gpu.read()).toMatchObject({ kind: 'unknown', fix: expect.stringContaining('modprobe') });
    double?.refuse(0);
    machine.pass(5_000);
    await expect.poll(() => gpu.read().kind, { timeout: 10_000 }).toBe('known');
  });
});

function compileDouble(): string {
  const folder = tempFolder();
  const prototypes = Object.values(NVML_SIGNATURES).map((signature) => `${signature};\n`);
  writeFileSync(join(folder, 'prototypes.h'), prototypes.join(''));
  const library = join(folder, 'libnvidia-ml.so.1');
  const source = join(import.meta.dirname, 'testing/nvml-double.c');
  execFileSync('gcc', ['-shared', '-fPIC', '-Wall', '-Werror', '-I', folder, '-o', library, source]);
  return library;
}

function control(libraryPath: string) {
  const library = koffi.load(libraryPath);
  return {
    reset: library.func('void double_reset()'),
    refuse: library.func('void double_refuse(int code)'),
    refuseSamples: library.func('void double_refuse_samples(int code)'),
    process: library.func('void double_process(int gpu, int list, unsigned int pid, unsigned long long memory)'),
    sample: library.func('void double_sample(unsigned int pid, unsigned long long stamp, unsigned int sm, unsigned int enc)'),
    inits: library.func('int double_inits()'),
    isInitialised: library.func('int double_is_initialised()'),
  };
}
