import fc from 'fast-check';
import { expect, test } from 'vitest';
import { refusing, SPECIAL_V4 } from './special-addresses.ts';

const isRefused = refusing(['198.41.0.0/24', '8.8.4.4/32']);

const toNumber = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const toAddress = (value: number): string => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
const inNetwork = (network: string): fc.Arbitrary<string> => {
  const [address = '', prefix = ''] = network.split('/');
  const size = 2 ** (32 - Number(prefix));
  return fc.integer({ min: 0, max: size - 1 }).map((offset) => toAddress(toNumber(address) + offset));
};
const special = fc.constantFrom(...SPECIAL_V4).chain(inNetwork);
const hexGroups = (address: string): string => {
  const value = toNumber(address);
  return `${Math.floor(value / 2 ** 16).toString(16)}:${(value % 2 ** 16).toString(16)}`;
};

test('every special IPv4 address is refused, also when IPv6 wraps it', () => {
  fc.assert(
    fc.property(special, (address) => {
      const spellings = [address, hexGroups(address)];
      const prefixes = ['::', '::ffff:', '64:ff9b::', '64:ff9b:1::', '2002:0:0:0:0:0:'];
      const wrapped = prefixes.flatMap((prefix) => spellings.map((spelling) => prefix + spelling));
      return [address, ...wrapped, `64:FF9B:0:0:0:0:${address}`].every(isRefused);
    }),
  );
});

test('addresses of everybody are not refused', () => {
  for (const address of ['1.1.1.1', '9.9.9.9', '100.63.255.255', '100.128.0.0', '172.32.0.1', '192.0.1.1', '223.255.255.255']) {
    expect([address, isRefused(address)]).toEqual([address, false]);
    expect([address, isRefused(`64:ff9b::${address}`)]).toEqual([address, false]);
    expect([address, isRefused(`64:ff9b::${hexGroups(address)}`)]).toEqual([address, false]);
  }
  for (const address of ['2606:4700::1111', '2a00::1', '2001:200::1', '2620:fe::fe'])
    expect([address, isRefused(address)]).toEqual([address, false]);
});

test('special IPv6 addresses, networks of the host and what is no address are refused', () => {
  const v6 = [
    ...['::', '::1', '100::1', '100:0:0:1::1', '2001::1', '2001:2::1', '2001:10::1', '2001:db8::1', '2002:0101:0101::1', '3fff::1'],
    ...['5f00::1', 'fc00::1', 'fd12:3456::1', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'ff02::1', '64:ff9b:1::1', '64:ff9b::', '2a00::1%eth0'],
  ];
  for (const address of [...v6, '198.41.0.4', '8.8.4.4', '', 'localhost', '127.1', '0x7f.0.0.1', '1.1.1.1.'])
    expect([address, isRefused(address)]).toEqual([address, true]);
});
