import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { readTextIfPresent } from '../../lib/files.ts';
import type { EngineFacts, PackageManager } from './engine-plan.ts';

/** Debian keeps dockerd and service scripts here, and a user's PATH often lacks it. */
export const systemFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not ours to run
  }
}

/** The path of an executable on the PATH or in a system folder, or null. POSIX only. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...systemFolders].filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

const managers: readonly (readonly [program: string, manager: PackageManager])[] = [
  ['apt-get', 'apt'],
  ['dnf', 'dnf'],
  ['zypper', 'zypper'],
  ['pacman', 'pacman'],
  ['apk', 'apk'],
];

/** `ID` first, then `ID_LIKE`, of the text of an os-release file (os-release(5)). */
export function distributionsOf(osRelease: string): readonly string[] {
  const value = (key: string): string => new RegExp(`^${key}="?([^"\n]*)"?$`, 'm').exec(osRelease)?.[1] ?? '';
  return [value('ID'), ...value('ID_LIKE').split(' ')].filter((name) => name !== '');
}

function isInGroup(groupFile: string, group: string, user: string): boolean {
  const members = groupFile
    .split('\n')
    .find((line) => line.startsWith(`${group}:`))
    ?.split(':')[3];
  return members?.split(',').includes(user) ?? false;
}

/** Looks at this machine. Reads files only. */
export function readEngineFacts(): EngineFacts {
  switch (process.platform) {
    case 'darwin':
      return { platform: 'darwin', hasDockerApp: existsSync('/Applications/Docker.app') };
    case 'win32':
      return { platform: 'win32' };
    case 'linux': {
      const userName = userInfo().username;
      return {
        platform: 'linux',
        distributions: distributionsOf(readTextIfPresent('/etc/os-release') ?? ''),
        packageManager: managers.find(([program]) => findProgram(program) !== null)?.[1] ?? null,
        isWsl: readFileSync('/proc/sys/kernel/osrelease', 'utf8').toLowerCase().includes('microsoft'),
        isRoot: process.getuid?.() === 0,
        hasSystemd: existsSync('/run/systemd/system'), // sd_booted(3)
        hasDockerd: findProgram('dockerd') !== null,
        userName,
        isInDockerGroup: isInGroup(readTextIfPresent('/etc/group') ?? '', 'docker', userName),
      };
    }
    default:
      return { platform: 'other', name: process.platform };
  }
}
