import { BlockList, isIPv4, isIPv6 } from 'node:net';

/**
 * IPv4 that is not everybody's: what IANA's special-purpose registry (RFC 6890) does not call globally reachable, the deprecated relay of
 * 6to4 (RFC 7526), multicast (RFC 5771), and Azure's platform address, which looks public and answers virtual machines only.
 */
export const SPECIAL_V4: readonly string[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

/**
 * IPv6 that is not everybody's. All outside 2000::/3, which is all that is given out as global unicast (RFC 4291): loopback, IPv4 in
 * IPv6, discard, segment routing, unique local, link-local, multicast. And inside it IANA's special ones: protocol assignments with Teredo,
 * benchmarking and ORCHID, documentation twice, and 6to4.
 */
const SPECIAL_V6: readonly string[] = ['::/3', '4000::/2', '8000::/1', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

/** NAT64 (RFC 6052): an IPv4 address in the last 32 bits, and as good as that. */
const NAT64_PREFIX = '64:ff9b::/96';

/** Tells whether an address must not be reached: a special one, one of `own` networks (`address/prefix`), or no address at all. */
export function refusing(own: readonly string[]): (address: string) => boolean {
  // A list for each version: Node's own finds an IPv4 address in `::/3` too, as an IPv4-mapped one.
  const v4 = listOf([...SPECIAL_V4, ...own], 'ipv4');
  const v6 = listOf([...SPECIAL_V6, ...own], 'ipv6');
  const nat64 = listOf([NAT64_PREFIX], 'ipv6');
  return (address) => {
    if (isIPv4(address)) return v4.check(address, 'ipv4');
    if (!isIPv6(address) || address.includes('%')) return true; // with a zone it is of one link only
    return nat64.check(address, 'ipv6') ? v4.check(wrappedV4(address), 'ipv4') : v6.check(address, 'ipv6');
  };
}

function listOf(networks: readonly string[], version: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix = ''] = network.split('/');
    if (isIPv4(address) === (version === 'ipv4')) list.addSubnet(address, Number(prefix), version);
  }
  return list;
}

/** The IPv4 address in the last 32 bits of a NAT64 address. */
function wrappedV4(address: string): string {
  const { hostname } = new URL(`http://[${address}]/`); // the one spelling of RFC 5952, such as [64:ff9b::a00:1]
  const groups = hostname.slice('[64:ff9b::'.length, -1).split(':');
  const value = groups.reduce((sum, group) => sum * 2 ** 16 + (Number.parseInt(group, 16) || 0), 0);
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
