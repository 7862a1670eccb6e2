import fc from 'fast-check';
import { expect, test } from 'vitest';
import { namesOf } from '../names.ts';
import { egressNamesOf } from './egress-names.ts';

const ids = fc
  .array(fc.constantFrom('a', '-', '_', 'holder', 'proxy', 'filler', 'egress', 'socket', 'job', 'in'), { maxLength: 4 })
  .map((words) => `a${words.join('')}`);

/** Of each kind of thing, because only those share one set of names. */
function namesByKind(leaseId: string): readonly (readonly string[])[] {
  const { container, filler, jobVolume, inputsVolume, diskFile } = namesOf(leaseId);
  const { holder, proxy, network, socketVolume, bridge } = egressNamesOf(leaseId);
  return [[container, filler, holder, proxy], [jobVolume, inputsVolume, socketVolume], [network], [diskFile], [bridge]];
}

test('no two leases share a name, whatever ids the network chooses for them', () => {
  fc.assert(
    fc.property(ids, ids, (one, other) => {
      fc.pre(one !== other);
      const others = namesByKind(other);
      return namesByKind(one).every((names, kind) => names.every((name) => !others[kind]?.includes(name)));
    }),
  );
  expect(egressNamesOf('a').proxy).not.toBe(namesOf('a-proxy').container);
  expect(namesOf('a').filler).not.toBe(namesOf('a-filler').container);
});
