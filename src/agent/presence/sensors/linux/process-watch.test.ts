import { beforeEach, describe, expect, test } from 'vitest';
import { watchProcesses } from './process-watch.ts';
import { madeMachine } from './testing/made-machine.ts';

describe.skipIf(process.platform !== 'linux')('the watch over processes', () => {
  let machine = madeMachine();
  let looks: { pid: number; thorough: boolean }[] = [];
  let forgotten: number[] = [];
  beforeEach(() => {
    machine = madeMachine();
    looks = [];
    forgotten = [];
  });
  const start = (...pids: readonly number[]) => {
    for (const pid of pids) machine.folder(`proc/${pid}`);
  };
  const watch = () =>
    watchProcesses<number>({
      procFolder: `${machine.root}/proc`,
      inspect: (pid, _before, thorough) => {
        looks.push({ pid, thorough });
        return pid;
      },
      matters: (pid) => pid >= 1_000,
      forget: (pid) => forgotten.push(pid),
    });
  const pids = Array.from({ length: 64 }, (_, index) => index + 1);

  test.each([2, 16, 33, 64])('looks thoroughly at each of %i processes in the long run', (count) => {
    start(...pids.slice(0, count));
    const processes = watch();
    for (let reads = 0; reads < 400; reads += 1) {
      machine.pass(250);
      processes.refresh(machine.context.monotonicMs());
    }
    expect(new Set(looks.filter(({ thorough }) => thorough).map(({ pid }) => pid)).size).toBe(count);
  });

  test('looks at few of those that are old, at all that are new', () => {
    start(...pids);
    const processes = watch();
    processes.refresh(0);
    expect(new Set(looks.map(({ pid }) => pid)).size).toBe(64);
    looks = [];
    start(70, 71);
    processes.refresh(500);
    expect(looks.map(({ pid }) => pid)).toEqual(expect.arrayContaining([70, 71]));
    expect(looks.length).toBeLessThan(15);
  });

  test('looks again at what is young, and at what matters for ever', () => {
    start(...pids);
    const processes = watch();
    processes.refresh(0);
    start(70, 1_000);
    processes.refresh(500);
    const looksAt = (pid: number, fromMs: number): number => {
      looks = [];
      for (let ms = fromMs; ms < fromMs + 4_000; ms += 250) processes.refresh(ms);
      return looks.filter((each) => each.pid === pid).length;
    };
    expect(looksAt(70, 750)).toBeGreaterThanOrEqual(3);
    expect(looksAt(70, 60_000)).toBeLessThanOrEqual(3);
    expect(looksAt(1_000, 70_000)).toBeGreaterThanOrEqual(3);
  });

  test('tells only what matters, and frees what is gone', () => {
    start(1, 1_000, 1_001);
    const processes = watch();
    expect([...processes.refresh(0).keys()].sort()).toEqual([1_000, 1_001]);
    machine.remove('proc/1000');
    expect([...processes.refresh(1_000).keys()]).toEqual([1_001]);
    expect(forgotten).toEqual([1_000]);
    processes.close();
    expect(forgotten.toSorted()).toEqual([1, 1_000, 1_001]);
  });

  test('does not list processes while the kernel has given out no number', () => {
    start(1);
    machine.write('proc/loadavg', '0.00 0.00 0.00 1/105 500\n');
    const processes = watch();
    processes.refresh(0);
    start(1_000);
    expect([...processes.refresh(1_000).keys()]).toEqual([]);
    machine.write('proc/loadavg', '0.00 0.00 0.00 1/105 501\n');
    expect([...processes.refresh(2_000).keys()]).toEqual([1_000]);
  });

  test('is ready after its first look in slices', async () => {
    start(...pids);
    await watch().prepare(0);
    expect(new Set(looks.map(({ pid }) => pid)).size).toBe(64);
  });
});
