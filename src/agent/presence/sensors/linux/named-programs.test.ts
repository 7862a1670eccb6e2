import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tempFolder } from '../../../../lib/testing/temp-folder.ts';
import { openNamedPrograms } from './named-programs.ts';
import { madeMachine } from './testing/made-machine.ts';

const JOB = 'sys/fs/cgroup/system.slice/docker-1.scope';

describe.skipIf(process.platform !== 'linux')('named programs', () => {
  let machine = madeMachine();
  let names: readonly string[] = [];
  beforeEach(() => {
    machine = madeMachine();
    machine.folder('proc');
    names = [];
  });
  const open = async (agentPid = 50) => {
    const options = { names: () => names, jobCgroups: () => [join(machine.root, JOB)], agentPid };
    const sensor = await openNamedPrograms(machine.context, options);
    if (sensor === null) throw new Error('the source does not apply');
    return sensor;
  };
  function start(pid: number, comm: string, command: readonly string[], { cgroup = '/user.slice', parent = 1 } = {}) {
    machine.writeAll(`proc/${pid}`, { comm, cgroup: `0::${cgroup}`, stat: `${pid} (${comm}) S ${parent} 1 1 0` });
    machine.write(`proc/${pid}/cmdline`, command.map((part) => `${part}\0`).join(''));
  }
  async function found(): Promise<unknown> {
    const sensor = await open();
    const reading = sensor.read();
    await sensor.close();
    return reading.kind === 'known' ? reading.value : reading;
  }

  test('are none where the owner named none', async () => {
    start(100, 'blender', ['/usr/bin/blender']);
    expect(await found()).toEqual([]);
  });

  test('are found by the name of the file or the process, in any case', async () => {
    start(100, 'Blender', ['/opt/blender/blender', '--python']);
    start(101, 'GameThread', ['/home/me/Games/Satisfactory-Linux', '-windowed']);
    start(102, 'factorio', ['anything']);
    names = ['BLENDER', 'satisfactory-linux', 'factorio', 'absent'];
    expect(await found()).toEqual(['BLENDER', 'satisfactory-linux', 'factorio']);
  });

  test('are found under Wine and Proton, with and without .exe', async () => {
    start(100, 'eldenring.exe', ['Z:\\games\\ELDEN RING\\Game\\eldenring.exe']);
    start(101, 'main', ['C:\\Program Files\\Witcher\\Witcher3.exe']);
    names = ['EldenRing', 'witcher3.EXE'];
    expect(await found()).toEqual(names);
  });

  test('are found by the fifteen characters that the kernel keeps of a long name', async () => {
    start(100, 'cities_skylines', ['./start']);
    start(101, 'twelve_chars.ex', ['./start']);
    names = ['cities_skylines_2', 'twelve_chars', 'cities_skylands'];
    expect(await found()).toEqual(['cities_skylines_2', 'twelve_chars']);
  });

  test('are no threads of the kernel, jobs of ours or children of the agent', async () => {
    start(100, 'blender', []);
    start(101, 'blender', ['blender'], { cgroup: '/system.slice/docker-1.scope' });
    start(50, 'node', ['node']);
    start(102, 'blender', ['blender'], { parent: 50 });
    names = ['blender', 'node'];
    expect(await found()).toEqual([]);
    start(103, 'blender', ['blender']);
    expect(await found()).toEqual(['blender']);
  });

  test('that a launcher becomes are found soon, and gone when they end', async () => {
    names = ['game'];
    start(90, 'init', ['init']);
    const sensor = await open();
    sensor.read();
    start(100, 'bash', ['bash', 'launch.sh']);
    machine.pass(500);
    expect(sensor.read()).toMatchObject({ value: [] });
    start(100, 'game', ['/opt/game']);
    machine.pass(1_000);
    expect(sensor.read()).toMatchObject({ value: ['game'] });
    machine.remove('proc/100');
    machine.pass(1_000);
    expect(sensor.read()).toMatchObject({ value: [] });
    await sensor.close();
  });

  test('whose number was given to another process are gone', async () => {
    names = ['game'];
    start(100, 'game', ['/opt/game']);
    const sensor = await open();
    expect(sensor.read()).toMatchObject({ value: ['game'] });
    start(100, 'cat', ['cat']);
    machine.pass(1_000);
    expect(sensor.read()).toMatchObject({ value: [] });
    await sensor.close();
  });

  test('are found among those that already ran when the owner adds their name', async () => {
    start(100, 'game', ['/opt/game']);
    const sensor = await open();
    expect(sensor.read()).toMatchObject({ value: [] });
    names = ['game'];
    expect(sensor.read()).toMatchObject({ value: ['game'] });
    await sensor.close();
  });

  describe('of this very machine', () => {
    let child: ChildProcess | null = null;
    afterEach(() => {
      child?.kill('SIGKILL');
    });

    test('are found as they start, and gone as they end', async () => {
      const program = join(tempFolder(), 'Nightshift Test Game.exe');
      copyFileSync('/bin/sleep', program);
      names = ['nightshift test game'];
      const context = { ...machine.context, root: '/', monotonicMs: () => performance.now() };
      const sensor = await openNamedPrograms(context, { names: () => names, jobCgroups: () => [], agentPid: 0 });
      if (sensor === null) throw new Error('the source does not apply');
      expect(sensor.read()).toMatchObject({ value: [] });
      const game = spawn(program, ['60']);
      child = game;
      await new Promise((resolve) => game.once('spawn', resolve));
      await expect.poll(() => sensor.read(), { timeout: 5_000 }).toMatchObject({ value: names });
      game.kill('SIGKILL');
      await new Promise((resolve) => game.once('exit', resolve));
      await expect.poll(() => sensor.read(), { timeout: 5_000 }).toMatchObject({ value: [] });
      await sensor.close();
    });
  });
});
