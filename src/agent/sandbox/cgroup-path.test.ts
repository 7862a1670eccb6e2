import { expect, it } from 'vitest';
import { findCgroups } from './cgroup-path.ts';

const id = 'c'.repeat(64);
const other = 'd'.repeat(64);
const unifiedMount = '29 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate';
const freezerMount = '37 31 0:34 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer';
const cpuMount = '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct';
const none = { unified: null, freezer: null, cpu: null, usage: null };

it('finds the control group of version 2 with either driver of the engine', () => {
  expect(findCgroups(id, `0::/docker/${id}\n`, unifiedMount)).toEqual({
    ...none,
    unified: `/sys/fs/cgroup/docker/${id}`,
    usage: `/sys/fs/cgroup/docker/${id}`,
  });
  expect(findCgroups(id, `0::/system.slice/docker-${id}.scope\n`, unifiedMount)).toEqual({
    ...none,
    unified: `/sys/fs/cgroup/system.slice/docker-${id}.scope`,
    usage: `/sys/fs/cgroup/system.slice/docker-${id}.scope`,
  });
});

it('finds those of version 1, each in its own hierarchy, and those of a host that uses both versions', () => {
  const procCgroup = `9:name=systemd:/docker/${id}\n6:freezer:/docker/${id}\n1:cpu,cpuacct:/docker/${id}\n0::/docker/${id}\n`;
  expect(findCgroups(id, procCgroup, `${cpuMount}\n${freezerMount}\n`)).toEqual({
    unified: null,
    freezer: `/sys/fs/cgroup/freezer/docker/${id}`,
    cpu: `/sys/fs/cgroup/cpu,cpuacct/docker/${id}`,
    usage: `/sys/fs/cgroup/cpu,cpuacct/docker/${id}`,
  });
  const hybrid = '41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw';
  expect(findCgroups(id, procCgroup, `${cpuMount}\n${hybrid}\n`)).toEqual({
    unified: `/sys/fs/cgroup/unified/docker/${id}`,
    freezer: null,
    cpu: `/sys/fs/cgroup/cpu,cpuacct/docker/${id}`,
    usage: `/sys/fs/cgroup/cpu,cpuacct/docker/${id}`,
  });
});

it('takes the whole container where its first process sits in a folder further down', () => {
  const podman = `0::/machine.slice/libpod-${id}.scope/container\n`;
  expect(findCgroups(id, podman, unifiedMount).unified).toBe(`/sys/fs/cgroup/machine.slice/libpod-${id}.scope`);
});

it('counts from what is mounted, and tells a mount of a part of the hierarchy', () => {
  const part = '77 76 0:26 /user.slice /mnt/my\\040groups rw - cgroup2 cgroup2 rw';
  expect(findCgroups(id, `0::/user.slice/docker/${id}\n`, part).unified).toBe(`/mnt/my groups/docker/${id}`);
  expect(findCgroups(id, `0::/docker/${id}\n`, part)).toEqual(none);
  expect(findCgroups(id, `0::/user.slices/${id}\n`, part)).toEqual(none);
});

it('takes nothing that is outside its own cgroup namespace, or that does not bear the id of our container', () => {
  expect(findCgroups(id, `0::/../../docker/${id}\n`, unifiedMount)).toEqual(none);
  expect(findCgroups(id, `0::/docker/${other}\n`, unifiedMount)).toEqual(none);
  expect(findCgroups(id, '0::/init.scope\n', unifiedMount)).toEqual(none);
  expect(findCgroups('', '0::/docker/\n', unifiedMount)).toEqual(none);
});
