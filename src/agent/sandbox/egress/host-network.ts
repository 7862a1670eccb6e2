import { existsSync, readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { refusing } from './program/special-addresses.ts';

/** What systemd-resolved asks, where /etc/resolv.conf names only itself (man 8 systemd-resolved). */
const RESOLVER_FILES = ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf'];
/** More than this no resolver library asks (man 5 resolv.conf, MAXNS). */
const MAX_RESOLVERS = 3;

/** This host's resolvers, those that can be reached from a container by IPv4. Empty: only the engine may know one. */
export function hostResolvers(): readonly string[] {
  for (const path of RESOLVER_FILES) {
    const found = existsSync(path) ? reachableResolvers(readFileSync(path, 'utf8')) : [];
    if (found.length > 0) return found;
  }
  return [];
}

/** The name servers of a resolv.conf but those on loopback, which is another one in a container. */
export function reachableResolvers(resolvConf: string): readonly string[] {
  const named = [...resolvConf.matchAll(/^nameserver[ \t]+(\S+)/gm)].map(([, address = '']) => address);
  return named.filter((address) => isIPv4(address) && !/^(?:127|0)\./.test(address)).slice(0, MAX_RESOLVERS);
}

type Interfaces = ReturnType<typeof networkInterfaces>;

export interface HostNetwork {
  /** Networks that this host is in although their addresses look like everybody's, `address/prefix`: the owner's neighbours, and the host itself. */
  readonly ownNetworks: readonly string[];
  readonly addresses: readonly string[];
}

/** A prefix shorter than these is no neighbourhood but a route to everybody, as tunnels have them; then only the address itself counts. */
const SHORTEST_PREFIX = { IPv4: 8, IPv6: 32 } as const;

export function hostNetwork(interfaces: Interfaces = networkInterfaces()): HostNetwork {
  const isSpecial = refusing([]);
  const all = Object.values(interfaces).flatMap((addresses) => addresses ?? []);
  const own = all
    .filter(({ address }) => !isSpecial(address))
    .map(({ address, family, cidr }) => {
      const prefix = Number(cidr?.split('/')[1] ?? Number.NaN);
      return `${address}/${prefix >= SHORTEST_PREFIX[family] ? prefix : family === 'IPv4' ? 32 : 128}`;
    });
  return { ownNetworks: [...new Set(own)], addresses: all.map(({ address }) => address) };
}

/** Whether a network interface of this name is on this machine: not where the engine runs in another one. By /proc, which shows them down too. */
export function isInterfaceHere(name: string): boolean {
  return readFileSync('/proc/net/dev', 'utf8')
    .split('\n')
    .some((line) => line.split(':', 1)[0]?.trim() === name);
}
