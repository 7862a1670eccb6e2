import { expect, test } from 'vitest';
import { PUBLIC_REGISTRIES } from '../../../contract/model/settings.ts';
import {
  apiHostOf,
  givesTokens,
  isLoopback,
  isOwnersOwn,
  parsePinnedName,
  registryOf,
  requireAllowedRegistry,
  spell,
} from './registries.ts';

const digest = `@sha256:${'0'.repeat(64)}`;

test.each([
  ['python', 'docker.io'],
  ['library/python', 'docker.io'],
  ['docker.io/library/python', 'docker.io'],
  ['ghcr.io/owner/image', 'ghcr.io'],
  ['192.168.1.1/x', '192.168.1.1'],
  ['router:5000/x', 'router:5000'],
  ['localhost/x', 'localhost'],
  ['nas.lan/x', 'nas.lan'],
])('the registry of %s is %s', (name, registry) => {
  expect(registryOf(name + digest)).toBe(registry);
});

test('a public registry is used; a host of the owner’s network is never dialled', () => {
  expect(() => requireAllowedRegistry(`ghcr.io/owner/image${digest}`, PUBLIC_REGISTRIES)).not.toThrow();
  for (const host of ['192.168.1.1', 'router:5000', 'localhost', 'nas.lan', '169.254.169.254', 'ghcr.io.evil.example']) {
    expect(() => requireAllowedRegistry(`${host}/x${digest}`, PUBLIC_REGISTRIES)).toThrow(/are not pulled/);
  }
  expect(() => requireAllowedRegistry(`ghcr.io/x${digest}`, [])).toThrow(/allows no registry/);
});

test.each([
  ['python', 'docker.io/library/python'],
  ['python:3.12', 'docker.io/library/python'],
  ['bitnami/redis', 'docker.io/bitnami/redis'],
  ['docker.io/python', 'docker.io/library/python'],
  ['ghcr.io/owner/image:v1', 'ghcr.io/owner/image'],
  ['localhost:5000/a/b__c/d-e.f', 'localhost:5000/a/b__c/d-e.f'],
])('%s is spelt %s', (name, spelt) => {
  const parsed = parsePinnedName(name + digest);
  expect(parsed && spell(parsed)).toBe(spelt + digest);
});

test.each([
  'ghcr.io/../../x',
  'ghcr.io/a//b',
  'ghcr.io/',
  'ghcr.io/A',
  'ghcr.io/a?x=y',
  `ghcr.io/${'a'.repeat(256)}`,
  'ghcr.io/.a',
  'a:b:c',
])('%s is no name', (name) => {
  expect(parsePinnedName(name + digest)).toBeNull();
});

test('a digest has 64 digits and nothing behind them', () => {
  for (const bad of ['', '@sha256:00', `@sha512:${'0'.repeat(64)}`, `${digest}/x`, `${digest}0`])
    expect(parsePinnedName(`x${bad}`)).toBeNull();
});

test('a registry that the owner put in the list may be anywhere; the public ones only on the internet', () => {
  const isOwn = (address: string, ...listed: string[]) => isOwnersOwn(new URL(address), [...PUBLIC_REGISTRIES, ...listed]);
  expect(isOwn('https://nas.lan:5000/v2/', 'nas.lan:5000')).toBe(true);
  expect(isOwn('https://nas.lan/v2/', 'nas.lan:443')).toBe(true);
  expect(isOwn('https://nas.lan/v2/', 'nas.lan:5000')).toBe(false);
  expect(isOwn('https://ghcr.io/v2/')).toBe(false);
  expect(isOwn(`https://${apiHostOf('docker.io')}/v2/`)).toBe(false);
});

test('only this very machine is asked without TLS', () => {
  for (const host of ['localhost', 'localhost:5000', '127.0.0.1:5000', '127.1.2.3']) expect(isLoopback(host)).toBe(true);
  for (const host of ['nas.lan', '192.168.1.1', 'localhost.evil.example', '127.0.0.1.evil.example', '0.0.0.0'])
    expect(isLoopback(host)).toBe(false);
});

test('Docker Hub gives its tokens out at its own host, and to nobody else', () => {
  const gives = (host: string, registry: string, ...listed: string[]) =>
    givesTokens(new URL(`https://${host}/token`), registry, [...PUBLIC_REGISTRIES, ...listed]);
  expect(gives('auth.docker.io', 'docker.io')).toBe(true);
  expect(gives('registry-1.docker.io', 'docker.io')).toBe(true);
  expect(gives('auth.docker.io', 'quay.io')).toBe(false);
  expect(gives('reg.corp.example', 'reg.corp.example:443')).toBe(true);
  expect(gives('login.corp.example', 'reg.corp.example', 'login.corp.example')).toBe(true);
  expect(gives('login.corp.example', 'reg.corp.example')).toBe(false);
});
