import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addingRules, type Backstop, hasRules, leasesWithRules, removingRules } from './backstop-rules.ts';
import { egressNamesOf } from './egress-names.ts';

const backstop: Backstop = {
  owner: 'inst_1',
  leaseId: 'lease_1',
  resolvers: ['192.168.1.1', '9.9.9.9'],
  hostAddresses: ['127.0.0.1', '9.9.9.9'],
  ownNetworks: ['198.41.0.4/24', '2a00::1/64'],
  ports: [443, 80, 443],
};
const { bridge } = egressNamesOf('lease_1');
const DOCKER = '-P INPUT ACCEPT\n-P FORWARD DROP\n-N DOCKER-USER\n-A FORWARD -j DOCKER-USER\n-A DOCKER-USER -j RETURN\n';

/** What `iptables -S` says after a transaction, as far as these rules need it. */
function applied(listed: string, restore: string): string {
  let lines = listed.split('\n').filter((line) => line !== '');
  for (const line of restore.split('\n').slice(1, -2)) {
    const [verb = '', chain = ''] = line.split(' ');
    const rest = line.slice(verb.length + 1);
    if (verb.startsWith(':'))
      lines = [
        ...lines.filter((each) => !each.startsWith(`-A ${verb.slice(1)} `) && each !== `-N ${verb.slice(1)}`),
        `-N ${verb.slice(1)}`,
      ];
    else if (verb === '-D') lines.splice(lines.indexOf(`-A ${rest}`), 1);
    else if (verb === '-F') lines = lines.filter((each) => !each.startsWith(`-A ${chain} `));
    else if (verb === '-X') lines.splice(lines.indexOf(`-N ${chain}`), 1);
    else if (verb === '-I')
      lines.splice(
        lines.findIndex((each) => each.startsWith('-A')),
        0,
        `-A ${rest.replace(/^(\S+) 1 /, '$1 ')}`,
      );
    else lines.push(line);
  }
  return `${lines.join('\n')}\n`;
}

test('the way to the host is shut, and the way through it but for names and the listed ports', () => {
  const lines = addingRules(4, backstop, DOCKER).split('\n');
  const mark = /--comment "(nightshift [0-9a-f]{12} lease_1)"/.exec(lines.join('\n'))?.[1];
  const from = `-i ${bridge} -m comment --comment "${mark}"`;
  expect(lines.slice(0, 6)).toEqual([
    '*filter',
    `:${bridge} - [0:0]`,
    `-A ${bridge} -d 192.168.1.1/32 -p udp -m udp --dport 53 -j RETURN`,
    `-A ${bridge} -d 192.168.1.1/32 -p tcp -m tcp --dport 53 -j RETURN`,
    `-A ${bridge} -d 9.9.9.9/32 -p udp -m udp --dport 53 -j RETURN`,
    `-A ${bridge} -d 9.9.9.9/32 -p tcp -m tcp --dport 53 -j RETURN`,
  ]);
  expect(lines.filter((line) => line.endsWith(' -j DROP')).length).toBeGreaterThan(16);
  expect(lines).toContain(`-A ${bridge} -d 198.41.0.4/24 -j DROP`);
  expect(lines.join()).not.toContain('2a00');
  expect(lines.slice(-8)).toEqual([
    `-A ${bridge} -p tcp -m multiport --dports 80,443 -j RETURN`,
    `-A ${bridge} -m comment --comment "${mark}" -j DROP`,
    `-I DOCKER-USER 1 ${from} -j ${bridge}`,
    `-I INPUT 1 ${from} -j DROP`,
    `-I INPUT 1 ${from} -d 9.9.9.9/32 -p udp -m udp --dport 53 -j ACCEPT`,
    `-I INPUT 1 ${from} -d 9.9.9.9/32 -p tcp -m tcp --dport 53 -j ACCEPT`,
    'COMMIT',
    '',
  ]);
});

test('no way leads anywhere by IPv6, and FORWARD is used where Docker has no chain', () => {
  expect(addingRules(6, backstop, '-P INPUT ACCEPT\n-P FORWARD ACCEPT\n').split('\n')).toEqual([
    '*filter',
    `:${bridge} - [0:0]`,
    expect.stringMatching(new RegExp(`^-A ${bridge} -m comment .* -j DROP$`)),
    expect.stringMatching(new RegExp(`^-I FORWARD 1 -i ${bridge} .* -j ${bridge}$`)),
    expect.stringMatching(new RegExp(`^-I INPUT 1 -i ${bridge} .* -j DROP$`)),
    'COMMIT',
    '',
  ]);
});

test('more ports than one rule can name take more rules', () => {
  const ports = Array.from({ length: 40 }, (_, index) => 1_000 + index);
  const groups = addingRules(4, { ...backstop, ports }, DOCKER).match(/--dports \S+/g) ?? [];
  expect(groups.map((group) => group.split(',').length)).toEqual([15, 15, 10]);
});

test('what was added is found by the owner alone, and taken away without a trace, however often it was added', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('lease_1', 'lease_2', 'x'), { minLength: 1, maxLength: 5 }),
      fc.constantFrom(4 as const, 6 as const),
      (leaseIds, version) => {
        let listed = DOCKER;
        for (const leaseId of leaseIds) listed = applied(listed, addingRules(version, { ...backstop, leaseId }, listed));
        expect(new Set(leasesWithRules('inst_1', listed))).toEqual(new Set(leaseIds));
        expect(leasesWithRules('inst_2', listed)).toEqual([]);
        expect(removingRules('inst_2', leaseIds[0] ?? '', listed)).toBeNull();
        for (const leaseId of new Set(leaseIds)) listed = applied(listed, removingRules('inst_1', leaseId, listed) ?? '');
        expect(listed).toBe(DOCKER);
        expect(removingRules('inst_1', 'lease_1', listed)).toBeNull();
      },
    ),
  );
});

test('rules of others are not taken for ours, whatever their comments say', () => {
  const listed = `${DOCKER}-A INPUT -i eth0 -m comment --comment "nightshift" -j DROP\n-A INPUT -m comment --comment "nightshift 000000000000 lease_1" -j DROP\n-A INPUT -m comment --comment "nightshift 000000000000 ../x" -j DROP\n`;
  expect(leasesWithRules('inst_1', listed)).toEqual([]);
  expect(removingRules('inst_1', 'lease_1', listed)).toBeNull();
});

test('a chain is found and goes also when somebody has taken away what led to it', () => {
  const listed = applied(DOCKER, addingRules(4, backstop, DOCKER))
    .split('\n')
    .filter((line) => !line.includes('nightshift') || line.startsWith(`-A ${bridge}`))
    .join('\n');
  expect(listed).toContain(`-N ${bridge}`);
  expect(leasesWithRules('inst_1', listed)).toEqual(['lease_1']);
  expect(leasesWithRules('inst_2', listed)).toEqual([]);
  expect(applied(listed, removingRules('inst_1', 'lease_1', listed) ?? '')).toBe(DOCKER);
});

test('rules are there only while none of those that bar the way is gone', () => {
  const listed = applied(DOCKER, addingRules(4, backstop, DOCKER));
  expect(hasRules('inst_1', 'lease_1', listed)).toBe(true);
  expect(hasRules('inst_2', 'lease_1', listed)).toBe(false);
  const lines = listed.split('\n');
  const barring = lines.filter((line) => line.includes('nightshift') && !line.endsWith('ACCEPT'));
  expect(barring).toHaveLength(3);
  for (const gone of barring) expect(hasRules('inst_1', 'lease_1', lines.filter((line) => line !== gone).join('\n'))).toBe(false);
});
