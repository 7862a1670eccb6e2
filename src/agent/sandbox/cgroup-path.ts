/** Where a container's control groups lie in this machine's file system. Null: there is none of that kind, or it is out of sight. */
export interface CgroupPaths {
  /** The unified hierarchy (version 2); on hosts that use both versions it holds processes but no controllers. */
  readonly unified: string | null;
  /** Version 1's freezer and CPU controllers. */
  readonly freezer: string | null;
  readonly cpu: string | null;
  /** Where the processor time is counted, in either version. */
  readonly usage: string | null;
}

interface Mount {
  /** Which folder of the hierarchy is mounted, as seen from the reader's cgroup namespace. */
  readonly root: string;
  readonly mountPoint: string;
  readonly version: 1 | 2;
  readonly controllers: readonly string[];
}

const CONTAINER_ID = /^[0-9a-f]{64}$/;

/**
 * Finds the control groups of a container from /proc/<pid>/cgroup of one of its processes and /proc/self/mountinfo (man 7 cgroups, man 5
 * proc). A path counts only where it names the container by its full id: what an engine in another machine calls a pid is somebody else here.
 */
export function findCgroups(containerId: string, procCgroup: string, mountinfo: string): CgroupPaths {
  const mounts = mountinfo.split('\n').flatMap(parseMount);
  const groups = procCgroup.split('\n').flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    const own = path === undefined || !CONTAINER_ID.test(containerId) ? null : upToContainer(path, containerId);
    return own === null ? [] : [{ controllers: (controllers ?? '').split(','), path: own }];
  });
  const locate = (version: 1 | 2, controller: string): string | null => {
    const group = groups.find((each) => each.controllers.includes(controller));
    if (!group) return null;
    const places = mounts
      .filter((mount) => mount.version === version && (version === 2 || mount.controllers.includes(controller)))
      .map((mount) => within(mount, group.path));
    return places.find((place) => place !== null) ?? null;
  };
  const unified = locate(2, '');
  return { unified, freezer: locate(1, 'freezer'), cpu: locate(1, 'cpu'), usage: locate(1, 'cpuacct') ?? unified };
}

/**
 * The path up to the folder that bears the container's id: `<id>` with the cgroupfs driver, `docker-<id>.scope` with systemd's,
 * `libpod-<id>.scope/container` with Podman, whose inner folder is not all of it.
 */
function upToContainer(path: string, containerId: string): string | null {
  const parts = path.split('/');
  if (parts.includes('..')) return null; // outside the reader's cgroup namespace
  const last = parts.findIndex((part) => part === containerId || part.endsWith(`-${containerId}.scope`));
  return last < 0 ? null : parts.slice(0, last + 1).join('/');
}

function within(mount: Mount, path: string): string | null {
  if (mount.root === '/') return mount.mountPoint + path;
  return path.startsWith(`${mount.root}/`) ? mount.mountPoint + path.slice(mount.root.length) : null;
}

function parseMount(line: string): Mount[] {
  const [place = '', filesystem = ''] = line.split(' - ');
  const [, , , root, mountPoint] = place.split(' ').map(withoutEscapes);
  const [type, , options = ''] = filesystem.split(' ');
  if (root === undefined || mountPoint === undefined || (type !== 'cgroup' && type !== 'cgroup2')) return [];
  return [{ root, mountPoint, version: type === 'cgroup2' ? 2 : 1, controllers: options.split(',') }];
}

/** mountinfo writes space, tab, newline and backslash as three octal digits. */
const withoutEscapes = (field: string): string =>
  field.replace(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
