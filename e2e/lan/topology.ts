/*
 * The fake home network. A worker's machine ("host") hangs on a LAN with a router and a NAS; behind the router lies a fake internet. Every
 * address exists in the lab's own network namespaces only. `public`: of the LAN too, although it looks like everybody's, as IPv6 from a
 * provider does, and IPv4 at universities.
 */
export const HOST = { v4: '192.168.77.10', v6: 'fd77::10', publicV4: '44.9.9.10', publicV6: '2602:ff79::10' };
export const ROUTER = { v4: '192.168.77.1', v6: 'fd77::1', linkLocal: 'fe80::1:1' };
export const NAS = { v4: '192.168.77.20', v6: 'fd77::20', linkLocal: 'fe80::1:20', publicV4: '44.9.9.20', publicV6: '2602:ff79::20' };
/** Of the router too: what clouds, carriers and companies put there. */
export const METADATA = '169.254.169.254';
export const CARRIER = '100.64.7.1';
export const COMPANY = '10.9.9.9';
/** The internet: the host that jobs may reach, and one that they may not. */
export const ALLOWED = '44.7.7.7';
export const FOREIGN = { v4: '44.7.7.8', v6: '2602:ff77::8' };
/** The engine's default bridge, and what a machine with IPv6 has on it. */
export const BRIDGE = { v4: '172.28.0.1', v4Network: '172.28.0.1/24', v6Network: 'fd17:5::/64', v6: 'fd17:5::1', linkLocal: 'fe80::1' };
/** IPv6 put on a proxy's bridge by force. */
export const PROXY_V6 = { host: 'fd17:6::1', proxy: 'fd17:6::2' };
/** All bridges of the worker's machine, as the router knows them. */
export const BRIDGES_V6 = 'fd17::/16';

export type LanNode = 'host' | 'router' | 'nas' | 'internet';

/** TCP ports (each serves HTTP) and UDP ports of each node. */
export const PORTS: Readonly<Record<LanNode | 'neighbour', { readonly tcp: readonly number[]; readonly udp: readonly number[] }>> = {
  host: { tcp: [22, 8022], udp: [8022] },
  router: { tcp: [80], udp: [1900] },
  nas: { tcp: [80, 445], udp: [137, 5353] },
  internet: { tcp: [80, 443, 8443], udp: [123] },
  neighbour: { tcp: [80], udp: [8022] },
};

/** A name's addresses; each inner list is one answer, given in turn. */
export type Zone = Readonly<Record<string, readonly (readonly string[])[]>>;

/** What the router's DNS knows. Names that end in `*` stand for all that begin so or lie below. */
export const ZONE: Zone = {
  'allowed.example': [[ALLOWED]],
  'foreign.example': [[FOREIGN.v4]],
  'rebind.example': [[NAS.v4]],
  'alternate.example': [[ALLOWED], [NAS.v4]],
  'both.example': [[NAS.v4, ALLOWED]],
  'ula.example': [[NAS.v6]],
  'mapped.example': [[`::ffff:${NAS.v4}`]],
  'campus.example': [[NAS.publicV4]],
  'metadata.example': [[METADATA]],
  'carrier.example': [[CARRIER]],
  'loopback.example': [['127.0.0.1']],
  'unspecified.example': [['0.0.0.0']],
  'host.example': [[HOST.v4]],
  'nas.home.arpa': [[NAS.v4, NAS.v6]],
};
/** Any name below it is known, so that whoever asks for one has told something. */
export const EXFILTRATION_DOMAIN = 'leak.example';
