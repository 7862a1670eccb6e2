import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import type { ProbeAnswer } from '../answers.ts';
import type { Probe } from '../probes.ts';
import { engineCapabilities } from './open-container.ts';

const NO_SUCH_PROTOCOL = ['EAFNOSUPPORT', 'EPROTONOSUPPORT', 'ESOCKTNOSUPPORT'];
const NO_WAY = ['ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL'];
/** What only CAP_SYS_RESOURCE allows. */
const RAISES_LIMITS = ['never-killed', 'raise-open-files', 'raise-locked-memory', 'raise-core-dumps', 'raise-queues', 'swap-program-file'];

const textOf = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');
const isEmpty = (path: string): boolean =>
  !existsSync(path) || (statSync(path).isDirectory() ? readdirSync(path).length === 0 : readFileSync(path).length === 0);

/**
 * Why this machine stops a probe even without a sandbox, shown on the machine itself and not by the probe's word; null: there is no such
 * reason, and a probe that fails without a sandbox is worth nothing.
 */
export function whyNotHere({ id, group }: Probe, { detail }: ProbeAnswer): string | null {
  const [, problem, paths] = /^(ENOENT|empty): (.*)$/.exec(detail) ?? [];
  if (paths !== undefined) {
    const isGone = problem === 'empty' ? isEmpty : (path: string): boolean => !existsSync(path);
    return paths.split(' ').every(isGone) ? `the machine has no ${paths.replaceAll(' ', ', ')}` : null;
  }
  if (detail === 'ENOSYS') return 'this kernel has no such call';
  if (NO_SUCH_PROTOCOL.includes(detail)) return 'this kernel has no such protocol';
  if (group === 'devices' && ['ENODEV', 'ENXIO', 'EBUSY', 'EIO'].includes(detail)) return 'nothing is behind the device';
  if (RAISES_LIMITS.includes(id) && !engineCapabilities().includes('SYS_RESOURCE')) return 'the engine itself may not raise limits';
  if (['real-time', 'round-robin'].includes(id) && existsSync('/sys/fs/cgroup/cpu/cpu.rt_runtime_us'))
    return 'real time is granted by control groups, none by default';
  if (id === 'ping-socket' && textOf('/proc/sys/net/ipv4/ping_group_range').startsWith('1\t0'))
    return 'nobody may ping by this socket here';
  if (id === 'io-uring' && textOf('/proc/sys/kernel/io_uring_disabled').startsWith('2')) return 'io_uring is switched off';
  if (detail === 'EPERM' && /\[(?:integrity|confidentiality)\]/.test(textOf('/sys/kernel/security/lockdown')))
    return 'the kernel is locked down';
  const hasV6 = /^(?!0{31}1).*$/m.test(textOf('/proc/net/if_inet6').trim());
  if (id.endsWith('-v6') && NO_WAY.includes(detail) && (!hasV6 || id === 'internet-v6' || id === 'home-network-v6'))
    return 'the machine has no way to it';
  const hasRoute = /\t00000000\t/.test(textOf('/proc/net/route'));
  return NO_WAY.includes(detail) && !hasRoute ? 'the machine has no way to it' : null;
}
