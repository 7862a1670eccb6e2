import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { type Granted, isEmpty } from './granted.ts';
import { HOST_CONFIG, is, mount, type Rule, within } from './host-config.ts';
import { faultsByRules } from './policy.ts';

/*
 * What the two containers that let a job out may be, written anew from the policy as that of the job is: as hard, smaller, and with nothing
 * of the job's own.
 */

const MIB = 2 ** 20;

/** `granted`: of the job that it helps. */
export function faultsOfHelper(part: 'holder' | 'proxy', request: unknown, granted: Granted): readonly string[] {
  const { name, HostConfig, ...config } = z.record(z.string(), z.unknown()).parse(request);
  return [
    ...(name === `nightshift-${granted.leaseId}.${part}` ? [] : [`the ${part} is called ${String(name)}`]),
    ...faultsByRules('', configOf(part), config, granted),
    ...faultsByRules('HostConfig.', hostConfigOf(part), z.record(z.string(), z.unknown()).parse(HostConfig), granted),
  ];
}

const configOf = (part: 'holder' | 'proxy'): Readonly<Record<string, Rule>> => ({
  Image: (value, { imageId }) => value === imageId,
  Entrypoint: (value) => z.tuple([z.literal('/usr/local/bin/node')], z.string()).safeParse(value).success,
  Env: is([]),
  User: (value, { uid }) => {
    const [user = 0, group = 0] = String(value).split(':').map(Number);
    return user === group && user > uid && user >= 200_000 && user < 2 ** 31;
  },
  WorkingDir: is('/'),
  // The job is in the holder's network, and sees its name.
  Hostname: is(part === 'holder' ? 'job' : 'proxy'),
  Healthcheck: is({ Test: ['NONE'] }),
  Labels: (value, { owner, leaseId }) =>
    isDeepStrictEqual(value, {
      'nightshift.managed': '1',
      'nightshift.worker': owner,
      'nightshift.lease': leaseId,
      'nightshift.part': part,
    }),
});

const { Tmpfs: _, ...OF_ANY } = HOST_CONFIG;

const hostConfigOf = (part: 'holder' | 'proxy'): Readonly<Record<string, Rule>> => ({
  ...OF_ANY,
  NetworkMode: (value, { leaseId }) => value === (part === 'holder' ? 'none' : `nightshift-${leaseId}.egress`),
  // The job reads the holder's; the proxy asks whom the host asks.
  Dns: part === 'holder' ? is(['127.0.0.1']) : (value) => z.array(z.ipv4()).safeParse(value).success,
  DnsSearch: is(['.']),
  Mounts: (value, { leaseId }) => {
    const [only] = z.tuple([mount]).safeParse(value).data ?? [];
    return only?.Source === `nightshift-${leaseId}.socket` && only.Target === '/socket';
  },
  DeviceRequests: isEmpty,
  Memory: within(1, () => 256 * MIB),
  MemorySwap: within(1, () => 256 * MIB),
  ShmSize: within(1, () => MIB),
  NanoCpus: within(1, () => 1e9),
  PidsLimit: within(1, () => 64),
});
