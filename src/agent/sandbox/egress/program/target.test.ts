import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readAddress, readTunnel } from './target.ts';

const octets = fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 0, max: 255 })));
const radix = fc.constantFrom(
  (value: number) => String(value),
  (value: number) => `0${value.toString(8)}`,
  (value: number) => `0x${value.toString(16)}`,
  (value: number) => `0X${value.toString(16).toUpperCase()}`,
  (value: number) => `0x00${value.toString(16)}`,
);
/** As inet_aton reads them: one to four parts, each in any radix, the last one taking what is left. */
const numericHost = fc
  .tuple(octets, fc.integer({ min: 1, max: 4 }), fc.array(radix, { minLength: 4, maxLength: 4 }), fc.constantFrom('', '.', '..'))
  .map(([parts, count, radices, end]) => {
    const rest = parts.slice(count - 1).reduce((sum, part) => sum * 256 + part, 0);
    return [...parts.slice(0, count - 1), rest].map((value, index) => radices[index]?.(value) ?? '').join('.') + end;
  });

test('no spelling of an IPv4 address is taken for a name', () => {
  fc.assert(
    fc.property(numericHost, fc.constantFrom('', 'user@', 'example.org@', 'user:pass@'), (host, user) =>
      [readTunnel(`${user}${host}:443`), readAddress(`http://${user}${host}/`), readAddress(`http://${user}${host}:80/x`)].every(
        ({ kind }) => kind === 'refused',
      ),
    ),
  );
});

test('no spelling of an IPv6 address is taken for a name', () => {
  fc.assert(
    fc.property(fc.ipV6(), fc.boolean(), (address, brackets) => {
      const host = brackets ? `[${address}]` : address;
      return [readTunnel(`${host}:443`), readAddress(`http://${host}/`), readAddress(`http://${host}:80/`)].every(
        ({ kind }) => kind === 'refused',
      );
    }),
  );
});

test('what is read is in lower case, letter for letter, and nothing else changes', () => {
  const target = (host: string, port: number, path: string) => ({ kind: 'target', target: { host, port, path } });
  expect(readTunnel('Example.ORG:443')).toEqual(target('example.org', 443, ''));
  expect(readAddress('HTTP://xn--bcher-kva.example')).toEqual(target('xn--bcher-kva.example', 80, '/'));
  expect(readAddress('http://example.org:8080/a/../b?c=%2e&d')).toEqual(target('example.org', 8080, '/a/../b?c=%2e&d'));
  expect(readAddress('http://example.org?x=http://10.0.0.1/')).toEqual(target('example.org', 80, '/?x=http://10.0.0.1/'));
  expect(readTunnel('example.org.:443')).toEqual(target('example.org.', 443, '')); // another name than the listed one
});

test.each([
  ...['', 'example.org', 'example.org:', 'example.org:0', 'example.org:080', 'example.org:65536', 'example.org:443x', ' example.org:443'],
  ...[
    'example.org:443/',
    'http://example.org:443',
    'a@example.org:443',
    'exa%6Dple.org:443',
    'exämple.org:443',
    'example。org:443',
    '::1:443',
  ],
])('a tunnel to %j is refused', (text) => {
  expect(readTunnel(text).kind).toBe('refused');
});

test.each([
  ...['', '/', '*', 'https://example.org/', 'ftp://example.org/', '//example.org/', 'http:/example.org/', 'http:example.org', 'http://'],
  ...[
    'http://example.org#@10.0.0.1/',
    'http://example.org/#x',
    'http://example.org\\@10.0.0.1/',
    'http://a@example.org/',
    'http://example.org:/',
  ],
  ...[
    'http://example.org/ HTTP/1.1\r\nHost: x',
    'http://example.org/\u0000',
    'http://exa%6Dple.org/',
    'http://example.org/\u00e9',
    'http://[::1/',
  ],
])('the address %j is refused', (text) => {
  expect(readAddress(text).kind).toBe('refused');
});
