import { expect, test } from 'vitest';
import { hostNetwork, isInterfaceHere, reachableResolvers } from './host-network.ts';

test('resolvers are those that a container can reach', () => {
  const text =
    '# nameserver 1.2.3.4\nsearch lan\nnameserver 127.0.0.53\nnameserver\t192.168.1.1 \nnameserver fe80::1%eth0\nnameserver 9.9.9.9\n';
  expect(reachableResolvers(text)).toEqual(['192.168.1.1', '9.9.9.9']);
  expect(reachableResolvers('nameserver 127.0.0.1\nnameserver ::1\n')).toEqual([]);
  expect(reachableResolvers('nameserver 1.0.0.1\n'.repeat(5))).toHaveLength(3);
});

const at = (address: string, prefix: number) => ({
  address,
  cidr: `${address}/${prefix}`,
  netmask: '',
  mac: '',
  internal: false,
  ...(address.includes(':') ? { family: 'IPv6' as const, scopeid: 0 } : { family: 'IPv4' as const }),
});

test('the owner’s neighbours count as own, where their addresses look public', () => {
  const interfaces = {
    lo: [at('127.0.0.1', 8), at('::1', 128)],
    eth0: [at('192.168.1.5', 24), at('5.9.1.7', 26), at('2a00:1::5', 64), at('fe80::1', 64)],
    tun0: [at('9.1.2.3', 0), at('2a02::1', 3)],
  };
  expect(hostNetwork(interfaces).ownNetworks).toEqual(['5.9.1.7/26', '2a00:1::5/64', '9.1.2.3/32', '2a02::1/128']);
  expect(hostNetwork(interfaces).addresses).toContain('192.168.1.5');
});

test.runIf(process.platform === 'linux')('an interface is found by its name', () => {
  expect(isInterfaceHere('lo')).toBe(true);
  expect(isInterfaceHere('ns-none')).toBe(false);
});
