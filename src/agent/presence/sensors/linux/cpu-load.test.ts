import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { openCpuLoad } from './cpu-load.ts';
import { madeMachine } from './testing/made-machine.ts';

const V2_JOB = 'sys/fs/cgroup/system.slice/docker-1.scope';
const V1_JOB = 'sys/fs/cgroup/cpuacct/docker/2';

describe.skipIf(process.platform !== 'linux')('processor use by others', () => {
  let machine = madeMachine();
  let folders: readonly string[] = [];
  let ownMicros = 0;
  const times = { user: 1_000, idle: 10_000, iowait: 50, steal: 70 };
  beforeEach(() => {
    machine = madeMachine();
    folders = [];
    ownMicros = 0;
    use({});
  });

  /** Adds hundredths of a second and writes what the kernel would. */
  function use(more: Partial<typeof times>): void {
    for (const key of ['user', 'idle', 'iowait', 'steal'] as const) times[key] += more[key] ?? 0;
    machine.write('proc/stat', `cpu  ${times.user} 0 0 ${times.idle} ${times.iowait} 0 0 ${times.steal} 0 0\ncpu0 1 2 3 4\nctxt 99\n`);
  }
  const open = async () => {
    const sensor = await openCpuLoad(machine.context, {
      jobCgroups: () => folders.map((each) => join(machine.root, each)),
      ownCpuMicros: () => ownMicros,
    });
    if (sensor === null) throw new Error('the source does not apply');
    return sensor;
  };
  const jobUsed = (seconds: number) => {
    machine.write(`${V2_JOB}/cpu.stat`, `usage_usec ${seconds * 1_000_000}\nuser_usec 1\n`);
    machine.write(`${V1_JOB}/cpu.stat`, 'nr_periods 0\n');
    machine.write(`${V1_JOB}/cpuacct.usage`, `${seconds * 1_000_000_000}\n`);
  };

  test('is the busy share of all processors', async () => {
    const sensor = await open();
    expect(sensor.read()).toMatchObject({ kind: 'unknown', fix: null });
    machine.pass(1_000);
    use({ user: 50, idle: 150 });
    expect(sensor.read()).toEqual({ kind: 'known', source: 'proc', value: { shareByOthers: 0.25 } });
    await sensor.close();
  });

  test('does not hold waiting for disks or time that a hypervisor took', async () => {
    const sensor = await open();
    machine.pass(1_000);
    use({ iowait: 100, steal: 100 });
    expect(sensor.read()).toMatchObject({ value: { shareByOthers: 0 } });
    await sensor.close();
  });

  test('does not hold our jobs or the agent itself', async () => {
    folders = [V2_JOB, V1_JOB];
    jobUsed(10);
    const sensor = await open();
    machine.pass(1_000);
    use({ user: 300, idle: 100 });
    jobUsed(11);
    ownMicros += 600_000;
    expect(sensor.read()).toMatchObject({ value: { shareByOthers: (3 - 1 - 1 - 0.6) / 4 } });
    await sensor.close();
  });

  test('does not blame others for a job that has just ended', async () => {
    folders = [V2_JOB];
    jobUsed(10);
    const sensor = await open();
    machine.pass(1_000);
    use({ user: 100, idle: 100 });
    jobUsed(11);
    sensor.read();
    machine.remove(V2_JOB);
    machine.pass(1_000);
    use({ user: 100, idle: 100 });
    expect(sensor.read()).toMatchObject({ value: { shareByOthers: 0 } });
    machine.pass(1_000);
    use({ user: 100, idle: 100 });
    expect(sensor.read()).toMatchObject({ value: { shareByOthers: 0.25 } });
    await sensor.close();
  });

  test('forgets what was five seconds ago', async () => {
    const sensor = await open();
    machine.pass(1_000);
    use({ user: 200 });
    expect(sensor.read()).toMatchObject({ value: { shareByOthers: 1 } });
    for (let second = 0; second < 5; second += 1) {
      machine.pass(1_000);
      use({ idle: 200 });
      sensor.read();
    }
    expect(sensor.read()).toMatchObject({ value: { shareByOthers: 0 } });
    await sensor.close();
  });

  test('is unknown while it cannot be read, and mends itself', async () => {
    const sensor = await open();
    machine.pass(1_000);
    machine.write('proc/stat', 'garbage\n');
    expect(sensor.read()).toMatchObject({ kind: 'unknown', fix: expect.any(String) });
    use({ user: 10, idle: 90 });
    machine.pass(1_000);
    expect(sensor.read()).toMatchObject({ value: { shareByOthers: 0.1 } });
    await sensor.close();
  });

  test('is measured on this very machine', async () => {
    let nowMs = 0;
    const context = { ...machine.context, root: '/', monotonicMs: () => nowMs };
    const sensor = await openCpuLoad(context, { jobCgroups: () => [], ownCpuMicros: () => 0 });
    const until = performance.now() + 300;
    while (performance.now() < until);
    nowMs = 1_000;
    const reading = sensor?.read();
    expect(reading?.kind === 'known' && reading.value.shareByOthers).toBeGreaterThan(0);
    await sensor?.close();
  });
});
