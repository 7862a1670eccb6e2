import { createHash } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { isLeaseId } from '../names.ts';
import { egressNamesOf } from './egress-names.ts';
import { SPECIAL_V4 } from './program/special-addresses.ts';

export type IpVersion = 4 | 6;

/** What the rules of a lease are made from. */
export interface Backstop {
  readonly owner: string;
  readonly leaseId: string;
  /** IPv4 addresses that the proxy asks for names. */
  readonly resolvers: readonly string[];
  /** This host's own addresses, one of which may be a resolver. */
  readonly hostAddresses: readonly string[];
  /** Networks of the host that look public, `address/prefix`. */
  readonly ownNetworks: readonly string[];
  /** Ports of the addresses that the job listed. */
  readonly ports: readonly number[];
}

/** iptables' multiport matches so many ports (man 8 iptables-extensions). */
const PORTS_A_RULE = 15;

const COMMENT = /--comment "?nightshift ([0-9a-f]{12}) ([A-Za-z0-9_-]+)"?/;
/** An owner's mark in its rules: the owner's own name is too long for a comment. */
const ownerMark = (owner: string): string => createHash('sha256').update(owner).digest('hex').slice(0, 12);

/**
 * The rules as iptables-restore reads them, all at once or none. Whatever comes from the proxy's bridge: the host answers none of it, the way
 * through the host leads to no special address but the resolvers, by TCP to the listed ports, and nowhere by IPv6. Docker's own chain for
 * others' rules comes before its own; where there is none, FORWARD has them. `listed`: what `iptables -S` says now; rules of the lease that
 * are there already are replaced.
 */
export function addingRules(version: IpVersion, backstop: Backstop, listed: string): string {
  const { owner, leaseId } = backstop;
  const { bridge } = egressNamesOf(leaseId);
  const mark = `-m comment --comment "nightshift ${ownerMark(owner)} ${leaseId}"`;
  const from = `-i ${bridge} ${mark}`;
  const passing = listed.split('\n').includes('-N DOCKER-USER') ? 'DOCKER-USER' : 'FORWARD';
  const ways = version === 4 ? waysOut(backstop).map((rule) => `-A ${bridge} ${rule}`) : [];
  const hostResolvers = version === 4 ? backstop.resolvers.filter((address) => backstop.hostAddresses.includes(address)) : [];
  return transaction([
    ...removals(listed, owner, leaseId),
    `:${bridge} - [0:0]`,
    ...ways,
    `-A ${bridge} ${mark} -j DROP`,
    `-I ${passing} 1 ${from} -j ${bridge}`,
    `-I INPUT 1 ${from} -j DROP`,
    ...hostResolvers.flatMap((address) => toPort53(address).map((rule) => `-I INPUT 1 ${from} ${rule} -j ACCEPT`)),
  ]);
}

/** What takes the lease's rules away again; null where there is none. */
export function removingRules(owner: string, leaseId: string, listed: string): string | null {
  const lines = removals(listed, owner, leaseId);
  return lines.length === 0 ? null : transaction(lines);
}

/** Whether all that bars the lease's bridge is among what `iptables -S` says: somebody else may have set the rules anew, without ours. */
export function hasRules(owner: string, leaseId: string, listed: string): boolean {
  const ours = listed.split('\n').filter((line) => leaseOf(line, owner) === leaseId);
  const { bridge } = egressNamesOf(leaseId);
  const chainEnds = ours.some((line) => line.startsWith(`-A ${bridge} `) && line.endsWith(' -j DROP'));
  const isLedTo = ours.some((line) => line.endsWith(` -j ${bridge}`));
  const hostIsShut = ours.some((line) => line.startsWith('-A INPUT ') && line.endsWith(' -j DROP'));
  return chainEnds && isLedTo && hostIsShut;
}

/** The leases of this owner that have rules in what `iptables -S` says. */
export function leasesWithRules(owner: string, listed: string): readonly string[] {
  return [...new Set(listed.split('\n').flatMap((line) => leaseOf(line, owner) ?? []))];
}

function waysOut({ resolvers, ownNetworks, ports }: Backstop): readonly string[] {
  const barred = [...SPECIAL_V4, ...ownNetworks.filter((network) => isIPv4(network.split('/')[0] ?? ''))];
  const distinct = [...new Set(ports)].toSorted((a, b) => a - b);
  const groups = Array.from({ length: Math.ceil(distinct.length / PORTS_A_RULE) }, (_, index) =>
    distinct.slice(index * PORTS_A_RULE, (index + 1) * PORTS_A_RULE),
  );
  return [
    ...resolvers.flatMap((address) => toPort53(address).map((rule) => `${rule} -j RETURN`)),
    ...barred.map((network) => `-d ${network} -j DROP`),
    ...groups.map((group) => `-p tcp -m multiport --dports ${group.join(',')} -j RETURN`),
  ];
}

const toPort53 = (address: string): readonly string[] =>
  ['udp', 'tcp'].map((protocol) => `-d ${address}/32 -p ${protocol} -m ${protocol} --dport 53`);

function removals(listed: string, owner: string, leaseId: string): readonly string[] {
  const all = listed.split('\n');
  const lines = all.filter((line) => leaseOf(line, owner) === leaseId);
  const { bridge } = egressNamesOf(leaseId);
  // It is ours also where somebody has taken away what led to it; not while rules of others do.
  const isOurs = all.includes(`-N ${bridge}`) && all.every((line) => !line.endsWith(`-j ${bridge}`) || lines.includes(line));
  const chain = isOurs ? [`-F ${bridge}`, `-X ${bridge}`] : [];
  return [...lines.map((line) => line.replace(/^-A /, '-D ')), ...chain];
}

/** The lease that a line of `iptables -S` belongs to; null where it is not a rule of this owner. */
function leaseOf(line: string, owner: string): string | null {
  const [, mark, leaseId] = (line.startsWith('-A ') && COMMENT.exec(line)) || [];
  return mark === ownerMark(owner) && leaseId !== undefined && isLeaseId(leaseId) ? leaseId : null;
}

const transaction = (lines: readonly string[]): string => ['*filter', ...lines, 'COMMIT', ''].join('\n');
