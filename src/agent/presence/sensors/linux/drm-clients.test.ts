import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { openDrmClients } from './drm-clients.ts';
import { amdgpuFdinfo } from './testing/fdinfo.ts';
import { madeMachine } from './testing/made-machine.ts';

const AMD = '0000:03:00.0';

describe.skipIf(process.platform !== 'linux')('GPU use by others', () => {
  let machine = madeMachine();
  let jobs: readonly string[] = [];
  beforeEach(() => {
    jobs = ['docker-1.scope'];
    machine = madeMachine();
    machine.folder('proc');
    card('card0', 'amdgpu');
    card('renderD128', 'amdgpu');
  });
  const card = (node: string, driver: string) => machine.link(`sys/class/drm/${node}/device/driver`, `../../../bus/pci/drivers/${driver}`);
  const open = async () => {
    const jobCgroups = () => jobs.map((job) => join(machine.root, 'sys/fs/cgroup/system.slice', job));
    const sensor = await openDrmClients(machine.context, { jobCgroups, agentPid: 50 });
    if (sensor === null) throw new Error('the source does not apply');
    return sensor;
  };
  function start(pid: number, comm: string, { cgroup = '/user.slice', parent = 1 } = {}) {
    machine.writeAll(`proc/${pid}`, { comm, cgroup: `0::${cgroup}`, stat: `${pid} (${comm}) S ${parent} 1 1 0` });
    machine.folder(`proc/${pid}/fd`);
    machine.link(`proc/${pid}/fd/0`, '/dev/null');
  }
  function openGpu(pid: number, fd: number, node = 'renderD128', fdinfo = amdgpuFdinfo({})) {
    machine.link(`proc/${pid}/fd/${fd}`, `/dev/dri/${node}`);
    machine.write(`proc/${pid}/fdinfo/${fd}`, fdinfo);
  }

  test('is told per program, with memory and share of the last two seconds', async () => {
    start(100, 'game');
    openGpu(100, 5, 'renderD128', amdgpuFdinfo({ client: 1, vramKib: 1_024, gfxNs: 0 }));
    openGpu(100, 6, 'renderD128', amdgpuFdinfo({ client: 1, vramKib: 1_024, gfxNs: 0 }));
    start(101, 'gnome-shell');
    openGpu(101, 9, 'card0', amdgpuFdinfo({ client: 2, vramKib: 10 }));
    const sensor = await open();
    expect(sensor.read()).toEqual({
      kind: 'known',
      source: 'fdinfo',
      value: [
        { gpu: AMD, program: 'game', vramBytes: 2 ** 20, busyShare: null },
        { gpu: AMD, program: 'gnome-shell', vramBytes: 10_240, busyShare: null },
      ],
    });
    machine.pass(250);
    machine.write('proc/100/fdinfo/5', amdgpuFdinfo({ client: 1, vramKib: 4_096, gfxNs: 200_000_000 }));
    expect(sensor.read()).toMatchObject({ value: [{ program: 'game', vramBytes: 2 ** 22, busyShare: 0.8 }, { busyShare: 0 }] });
    await sensor.close();
  });

  test('of several processes of one program is one use', async () => {
    for (const [pid, client] of [
      [100, 1],
      [101, 2],
    ] as const) {
      start(pid, 'chrome');
      openGpu(pid, 4, 'renderD128', amdgpuFdinfo({ client, vramKib: 100 }));
    }
    expect((await open()).read()).toMatchObject({ value: [{ program: 'chrome', vramBytes: 204_800 }] });
  });

  test('is not that of our jobs, the agent or its children', async () => {
    start(100, 'python3', { cgroup: '/system.slice/docker-1.scope' });
    start(50, 'nightshift');
    start(102, 'benchmark', { parent: 50 });
    for (const pid of [100, 50, 102]) openGpu(pid, 4);
    const sensor = await open();
    expect(sensor.read()).toMatchObject({ kind: 'known', value: [] });
    for (const pid of [100, 50, 102]) openGpu(pid, 5);
    for (let second = 0; second < 40; second += 1) {
      machine.pass(1_000);
      expect(sensor.read()).toMatchObject({ kind: 'known', value: [] });
    }
    await sensor.close();
  });

  test('is no longer told once its job is known as ours', async () => {
    start(100, 'python3', { cgroup: '/system.slice/docker-2.scope' });
    openGpu(100, 4);
    const sensor = await open();
    expect(sensor.read()).toMatchObject({ value: [{ program: 'python3' }] });
    jobs = ['docker-2.scope'];
    machine.pass(1_000);
    expect(sensor.read()).toMatchObject({ value: [] });
    await sensor.close();
  });

  test('is noticed when a program opens the GPU a while after its start, and over when it closes it', async () => {
    start(99, 'init');
    const sensor = await open();
    sensor.read();
    start(100, 'game');
    machine.pass(500);
    expect(sensor.read()).toMatchObject({ value: [] });
    openGpu(100, 5);
    machine.pass(1_000);
    expect(sensor.read()).toMatchObject({ value: [{ program: 'game' }] });
    machine.remove('proc/100/fdinfo');
    machine.remove('proc/100/fd');
    machine.folder('proc/100/fd');
    machine.pass(1_000);
    expect(sensor.read()).toMatchObject({ value: [] });
    await sensor.close();
  });

  test('is noticed of an old process that opens the GPU under a number it had used for a file', async () => {
    start(99, 'init');
    start(100, 'blender');
    machine.link('proc/100/fd/7', '/tmp/a.blend');
    const sensor = await open();
    sensor.read();
    machine.removeLink('proc/100/fd/7');
    openGpu(100, 7);
    const readings = Array.from({ length: 100 }, () => {
      machine.pass(250);
      return sensor.read();
    });
    expect(readings.at(-1)).toMatchObject({ value: [{ program: 'blender' }] });
    await sensor.close();
  });

  test('is told without figures where the kernel has none', async () => {
    start(100, 'game');
    openGpu(100, 5, 'renderD128', 'pos:\t0\nflags:\t02\n');
    expect((await open()).read()).toMatchObject({ value: [{ gpu: 'renderD128', program: 'game', vramBytes: null, busyShare: null }] });
  });

  test("of NVIDIA's driver is left to NVML", async () => {
    card('card1', 'nvidia');
    card('renderD129', 'nvidia');
    start(100, 'game');
    openGpu(100, 5, 'renderD129');
    expect((await open()).read()).toMatchObject({ value: [] });
  });

  test('has no source without a card, or with those of NVIDIA alone', async () => {
    machine.remove('sys/class/drm');
    expect(await openDrmClients(machine.context, { jobCgroups: () => [], agentPid: 50 })).toBeNull();
    card('card0', 'nvidia');
    expect(await openDrmClients(machine.context, { jobCgroups: () => [], agentPid: 50 })).toBeNull();
  });
});
