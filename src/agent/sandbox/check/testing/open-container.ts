import { existsSync, readFileSync } from 'node:fs';
import type { ContainerCreateOptions } from 'dockerode';

/** By number, as far as engines of Docker 20.10 know their names (capabilities(7)). */
const CAPABILITIES = [
  'CHOWN',
  'DAC_OVERRIDE',
  'DAC_READ_SEARCH',
  'FOWNER',
  'FSETID',
  'KILL',
  'SETGID',
  'SETUID',
  'SETPCAP',
  'LINUX_IMMUTABLE',
  'NET_BIND_SERVICE',
  'NET_BROADCAST',
  'NET_ADMIN',
  'NET_RAW',
  'IPC_LOCK',
  'IPC_OWNER',
  'SYS_MODULE',
  'SYS_RAWIO',
  'SYS_CHROOT',
  'SYS_PTRACE',
  'SYS_PACCT',
  'SYS_ADMIN',
  'SYS_BOOT',
  'SYS_NICE',
  'SYS_RESOURCE',
  'SYS_TIME',
  'SYS_TTY_CONFIG',
  'MKNOD',
  'LEASE',
  'AUDIT_WRITE',
  'AUDIT_CONTROL',
  'SETFCAP',
  'MAC_OVERRIDE',
  'MAC_ADMIN',
  'SYSLOG',
  'WAKE_ALARM',
  'BLOCK_SUSPEND',
  'AUDIT_READ',
];

/** What the engine itself may do, and so at most its containers: in a virtual machine or a container that need not be everything. */
export function engineCapabilities(): readonly string[] {
  const pidFile = '/var/run/docker.pid';
  const pid = existsSync(pidFile) ? readFileSync(pidFile, 'utf8').trim() : '1';
  const bounds = BigInt(`0x${/CapBnd:\s*([0-9a-f]+)/.exec(readFileSync(`/proc/${Number(pid)}/status`, 'utf8'))?.[1] ?? '0'}`);
  return CAPABILITIES.filter((_, number) => (bounds >> BigInt(number)) % 2n === 1n);
}

/**
 * A container with nothing of the hardening: root with every power the engine has, the machine's processes, network, shared memory and
 * devices, no filter, no limit, the engine's socket, and files of the machine, those to read only. (`Privileged` fails where the engine lacks
 * one of the powers.)
 */
export const openContainer = (
  image: string,
  command: readonly string[],
  labels: Readonly<Record<string, string>>,
): ContainerCreateOptions => ({
  Image: image,
  Cmd: [...command],
  Labels: labels,
  HostConfig: {
    CapAdd: [...engineCapabilities()],
    SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined'],
    MaskedPaths: [],
    ReadonlyPaths: [],
    DeviceCgroupRules: ['a *:* rwm'],
    PidMode: 'host',
    NetworkMode: 'host',
    IpcMode: 'host',
    ...{ CgroupnsMode: 'host' }, // of API 1.41; dockerode's types lack it
    // Not the root itself: the engine makes of that a copy into which all later mounts go, and the machine was full of them (fs.mount-max).
    Binds: ['/dev:/dev', '/sys:/sys', '/etc:/host:ro', '/var/run/docker.sock:/var/run/docker.sock'],
  },
});
