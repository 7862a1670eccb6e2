import { expect, test } from 'vitest';
import { PUBLIC_REGISTRIES, registryOf, requireAllowedRegistry } from './registries.ts';

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
});
