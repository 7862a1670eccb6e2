import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isInCgroups, isOurs, parseCgroupLines } from './our-processes.ts';

const JOB = 'a'.repeat(64);
const V1 = `9:name=systemd:/docker/${JOB}\n4:memory:/docker/${JOB}\n2:cpu,cpuacct:/docker/${JOB}\n0::/\n`;
const V2 = `0::/system.slice/docker-${JOB}.scope\n`;

describe('processes of our jobs', () => {
  test('are known by their cgroup, version 1 and 2', () => {
    expect(isInCgroups(V1, [`/sys/fs/cgroup/cpuacct/docker/${JOB}`])).toBe(true);
    expect(isInCgroups(V1, [`/sys/fs/cgroup/cpu,cpuacct/docker/${JOB}`])).toBe(true);
    expect(isInCgroups(V1, [`/sys/fs/cgroup/systemd/docker/${JOB}`])).toBe(true);
    expect(isInCgroups(V2, [`/sys/fs/cgroup/system.slice/docker-${JOB}.scope/`])).toBe(true);
    expect(isInCgroups(V2, [`/sys/fs/cgroup/unified/system.slice/docker-${JOB}.scope`])).toBe(true);
  });

  test('may have made cgroups of their own below', () => {
    expect(isInCgroups(`0::/system.slice/docker-${JOB}.scope/init\n`, [`/sys/fs/cgroup/system.slice/docker-${JOB}.scope`])).toBe(true);
  });

  test('are not those of other containers, of names that merely begin alike, or of the owner', () => {
    const folders = [`/sys/fs/cgroup/cpuacct/docker/${JOB}`, `/sys/fs/cgroup/system.slice/docker-${JOB}.scope`];
    expect(isInCgroups(`2:cpuacct:/docker/${'b'.repeat(64)}\n`, folders)).toBe(false);
    expect(isInCgroups(`0::/system.slice/docker-${JOB}.scope2\n`, folders)).toBe(false);
    expect(isInCgroups('0::/user.slice/user-1000.slice/session-2.scope\n', folders)).toBe(false);
    expect(isInCgroups('0::/\n2:cpuacct:/\n', ['/sys/fs/cgroup/', '/sys/fs/cgroup/cpuacct/'])).toBe(false);
    expect(isInCgroups(V2, [])).toBe(false);
  });

  test('may outlive their cgroup for a moment', () => {
    expect(isInCgroups(V2.replace('\n', ' (deleted)\n'), [`/sys/fs/cgroup/system.slice/docker-${JOB}.scope`])).toBe(true);
  });

  test('lines with a colon in the path are understood', () => {
    expect(parseCgroupLines('0::/a:b\n\n')).toEqual([{ controllers: '', path: '/a:b' }]);
  });

  test.skipIf(process.platform !== 'linux')('and so are the agent and what it has started, but nobody else', async () => {
    const child = spawn('sleep', ['60']);
    try {
      await new Promise((resolve) => child.once('spawn', resolve));
      expect(isOurs('/proc', child.pid ?? 0, [], process.pid)).toBe(true);
      expect(isOurs('/proc', process.pid, [], process.pid)).toBe(true);
      expect(isOurs('/proc', process.ppid, [], process.pid)).toBe(false);
      const own = parseCgroupLines(readFileSync('/proc/self/cgroup', 'utf8')).find(
        ({ path, controllers }) => path !== '/' && controllers !== '',
      );
      if (own !== undefined) expect(isOurs('/proc', process.ppid, [`/sys/fs/cgroup/${own.controllers}${own.path}`], 0)).toBe(true);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
