import { accessSync, constants, existsSync, readdirSync, readlinkSync, statfsSync } from 'node:fs';
import { release, totalmem } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { readTextIfPresent } from '../../lib/files.ts';

/** What there is of NVIDIA's driver, by files alone. */
export interface NvidiaFacts {
  /** Version of the kernel module that runs; null: none does. */
  readonly moduleVersion: string | null;
  /** Its library; the version is null where the file does not tell it. */
  readonly library: { readonly version: string | null } | null;
  /** Whether this user may open the device files. */
  readonly nodes: 'usable' | 'denied' | 'absent';
}

/** What the machine is, as far as it decides what can be shared and how to mend what cannot. */
export interface HostFacts {
  readonly platform: NodeJS.Platform;
  readonly osName: string;
  /** `ID` and `ID_LIKE` of os-release(5), such as `['linuxmint', 'ubuntu', 'debian']`. */
  readonly distributions: readonly string[];
  readonly kernel: string;
  readonly architecture: string;
  readonly memoryBytes: number;
  readonly isRoot: boolean;
  /** Such as "Wayland session (GNOME)"; null: none that this process belongs to, or not Linux. */
  readonly session: string | null;
  readonly disk: { readonly path: string; readonly freeBytes: number };
  readonly hasEngineProgram: boolean;
  readonly nvidia: NvidiaFacts;
}

/** Where distributions keep the libraries of drivers; the last are those of WSL2 and NixOS. */
const LIBRARY_FOLDERS = [
  'usr/lib/x86_64-linux-gnu',
  'usr/lib/aarch64-linux-gnu',
  'usr/lib64',
  'usr/lib',
  'usr/lib/x86_64-linux-gnu/nvidia/current',
  'usr/lib/wsl/lib',
  'run/opengl-driver/lib',
];
const ENGINE_PROGRAMS = ['usr/bin/dockerd', 'usr/sbin/dockerd', 'usr/local/bin/dockerd', 'usr/bin/podman', 'snap/bin/dockerd'];

/** Reads files only, and none that a user may not. `root` is / but in tests; `dataDir` need not exist yet. */
export function readHostFacts(root: string, dataDir: string, env: Readonly<Record<string, string | undefined>>): HostFacts {
  const { platform } = process;
  const osRelease = (platform === 'linux' && readTextIfPresent(join(root, 'etc/os-release'))) || '';
  const value = (key: string): string => new RegExp(`^${key}="?([^"\n]*)"?$`, 'm').exec(osRelease)?.[1] ?? '';
  const disk = statfsSync(nearestExisting(dataDir));
  const constrainedBytes = process.constrainedMemory(); // 0 where there is no limit
  return {
    platform,
    osName: platform === 'darwin' ? 'macOS' : platform === 'win32' ? 'Windows' : value('PRETTY_NAME') || platform,
    distributions: [value('ID'), ...value('ID_LIKE').split(' ')].filter((name) => name !== ''),
    kernel: release(),
    architecture: process.arch,
    memoryBytes: constrainedBytes > 0 ? Math.min(constrainedBytes, totalmem()) : totalmem(),
    isRoot: process.getuid?.() === 0,
    session: platform === 'linux' ? sessionOf(env) : null,
    disk: { path: dataDir, freeBytes: disk.bavail * disk.bsize },
    hasEngineProgram: ENGINE_PROGRAMS.some((path) => existsSync(join(root, path))),
    nvidia: readNvidia(root),
  };
}

function sessionOf(env: Readonly<Record<string, string | undefined>>): string | null {
  const desktop = env.XDG_CURRENT_DESKTOP ? ` (${env.XDG_CURRENT_DESKTOP})` : '';
  if (env.WAYLAND_DISPLAY || env.XDG_SESSION_TYPE === 'wayland') return `Wayland session${desktop}`;
  return env.DISPLAY ? `X11 session${desktop}` : null;
}

function readNvidia(root: string): NvidiaFacts {
  const library = LIBRARY_FOLDERS.map((folder) => join(root, folder, 'libnvidia-ml.so.1')).find((path) => existsSync(path));
  const nodes = (existsSync(join(root, 'dev')) ? readdirSync(join(root, 'dev')) : []).filter((name) =>
    /^nvidia(?:ctl|\d+)$|^dxg$/.test(name),
  );
  return {
    moduleVersion: readTextIfPresent(join(root, 'sys/module/nvidia/version'))?.trim() ?? null,
    library: library === undefined ? null : { version: linkedVersion(library) },
    nodes: nodes.length === 0 ? 'absent' : nodes.every((name) => isUsable(join(root, 'dev', name))) ? 'usable' : 'denied',
  };
}

/** The library's name ends with its version, and `libnvidia-ml.so.1` leads there, over one more link on Debian. */
function linkedVersion(path: string): string | null {
  try {
    const target = readlinkSync(path);
    return /^libnvidia-ml\.so\.(\d+\.[\d.]+)$/.exec(basename(target))?.[1] ?? linkedVersion(join(dirname(path), target));
  } catch {
    return null; // no link: WSL2 has the file itself
  }
}

function isUsable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false; // not ours to open
  }
}

function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path));
}
