import type { Attempt } from './attempts.ts';
import type { Arrival } from './node.ts';
import {
  ALLOWED,
  BRIDGE,
  CARRIER,
  COMPANY,
  EXFILTRATION_DOMAIN,
  FOREIGN,
  HOST,
  METADATA,
  NAS,
  PORTS,
  PROXY_V6,
  ROUTER,
} from './topology.ts';

/** A direct way out of a container, and the station that it leads to. */
export interface Target {
  readonly attempt: Attempt;
  readonly station: string;
}

const bothOf = (station: 'host' | 'router' | 'nas' | 'internet' | 'neighbour', addresses: readonly string[]): readonly Target[] =>
  addresses.flatMap((host): Target[] => [
    ...PORTS[station].tcp.map((port): Target => ({ station, attempt: { kind: 'tcp', host, port } })),
    ...PORTS[station].udp.map((port): Target => ({ station, attempt: { kind: 'udp', host, port } })),
    { station, attempt: { kind: 'ping', host } },
  ]);
const dns = (attempt: Attempt): Target => ({ station: 'router', attempt });

/** What a container on the engine's default bridge reaches unless something keeps it. */
export const bridgeTargets = (neighbour: { readonly v4: string; readonly v6: string }): readonly Target[] => [
  ...bothOf('host', [HOST.v4, HOST.v6, HOST.publicV4, HOST.publicV6, BRIDGE.v4, BRIDGE.v6, `${BRIDGE.linkLocal}%eth0`]),
  ...bothOf('router', [ROUTER.v4, ROUTER.v6, METADATA, CARRIER, COMPANY]),
  ...bothOf('nas', [NAS.v4, NAS.v6, NAS.publicV4, NAS.publicV6]),
  ...bothOf('neighbour', [neighbour.v4, neighbour.v6]),
  ...bothOf('internet', [ALLOWED, FOREIGN.v4, FOREIGN.v6]),
  dns({ kind: 'lookup', name: `system.${EXFILTRATION_DOMAIN}` }),
  dns({ kind: 'lookup', name: 'nas.home.arpa' }),
  dns({ kind: 'query', server: ROUTER.v4, name: `direct.${EXFILTRATION_DOMAIN}` }),
  dns({ kind: 'query', server: `[${ROUTER.v6}]`, name: `direct6.${EXFILTRATION_DOMAIN}` }),
];

/** What only a container in the host's own network reaches. */
export const hostNetworkTargets: readonly Target[] = [
  ...bothOf('host', ['127.0.0.1', '::1']),
  ...bothOf('router', [`${ROUTER.linkLocal}%lan0`]),
  ...bothOf('nas', [`${NAS.linkLocal}%lan0`]),
];

/** What a program in the proxy's place reaches unless something keeps it. `gateway`: the host on the proxy's bridge. */
export const proxyTargets = (gateway: string): readonly Target[] => [
  ...bothOf('host', [gateway, HOST.v4, HOST.v6, HOST.publicV4, HOST.publicV6, BRIDGE.v4, PROXY_V6.host]),
  ...bothOf('router', [ROUTER.v4, ROUTER.v6, METADATA, CARRIER, COMPANY]),
  ...bothOf('nas', [NAS.v4, NAS.v6, NAS.publicV4, NAS.publicV6]),
  ...bothOf('internet', [FOREIGN.v4, FOREIGN.v6]),
];

/** Ways that lead nowhere from a default bridge and may from others: to the engine's own resolver, which asks the router in turn. */
export const resolverAttempts: readonly Attempt[] = [{ kind: 'query', server: '127.0.0.11', name: `engine.${EXFILTRATION_DOMAIN}` }];

const withoutZone = (host: string): string => host.replace(/%.*/, '');

/** Whether what came at its station shows that a target was reached. Echo replies say nothing of whom they answer: see the count. */
export function isReached({ attempt }: Target, arrivals: readonly Arrival[]): boolean {
  switch (attempt.kind) {
    case 'tcp':
      return arrivals.some(({ kind, to }) => kind === 'tcp' && to === `${withoutZone(attempt.host)}:${attempt.port}`);
    case 'udp':
      return arrivals.some(({ kind, to, what }) => kind === 'udp' && to === String(attempt.port) && what === `to ${attempt.host}`);
    case 'lookup':
    case 'query':
      return arrivals.some(({ kind, what }) => kind === 'dns' && what === attempt.name);
    case 'ping':
      return arrivals.some(({ kind }) => kind === 'echo');
    case 'tunnel':
    case 'proxied':
      throw new TypeError(`no direct way: ${attempt.kind}`);
  }
}
