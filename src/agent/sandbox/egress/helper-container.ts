import type { ContainerCreateOptions } from 'dockerode';
import type { EngineCapabilities } from '../capabilities.ts';
import { confinement, logConfig, NOTHING_OF_THE_IMAGES, OWN_VOLUME } from '../hardening.ts';
import { labelsOf } from '../names.ts';
import { type EgressNames, egressNamesOf } from './egress-names.ts';
import { HOLDER_PROGRAM, PROXY_PROGRAM, SOCKET_FOLDER } from './helper-image.ts';
import type { ProxyOrder } from './program/proxy-order.ts';

/** What both helpers of a lease are made of. */
export interface HelperDescription {
  readonly owner: string;
  readonly leaseId: string;
  /** Of the job. */
  readonly uid: number;
  readonly imageId: string;
  readonly capabilities: EngineCapabilities;
  /** Text of resources/sandbox/seccomp.json. */
  readonly seccompProfile: string;
}

export interface ProxyDescription extends HelperDescription {
  readonly order: Omit<ProxyOrder, 'socketPath'>;
  /** Whom it asks for addresses; none: whom the engine asks. */
  readonly resolvers: readonly string[];
}

/** Squid's port, which programs expect of a proxy. */
const PROXY_PORT = 3128;
export const PROXY_URL = `http://127.0.0.1:${PROXY_PORT}`;
const SOCKET_PATH = `${SOCKET_FOLDER}/proxy`;

/** Jobs have uids from 200,000 up, one after another; these are as unique as the job's own and below what an engine takes (2^31). */
const HOLDER_UIDS = 500_000_000;
const PROXY_UIDS = 1_000_000_000;

/** Node takes 60 MB; the rest is for 128 connections. */
const MEMORY_BYTES = 160 * 2 ** 20;
/** Node has eleven threads; and the engine's init. */
const MAX_PROCESSES = 32;
/** Two descriptors a connection, and some. */
const MAX_FILES = 1024;
/** The first file holds all that the audit log may become (see audit.ts), so nothing of it is rotated away. */
const LOG_FILE_SIZE = '8m';

/** Small heaps, collected often and in less than a millisecond; bytes that pass through are outside of them. */
const NODE = ['/usr/local/bin/node', '--max-semi-space-size=1', '--max-old-space-size=48'];

/** The volume of the socket. Only the proxy may put something there, and only the two mount it; it is memory, so nothing stays. */
export function socketVolume(owner: string, leaseId: string, uid: number) {
  const proxyUid = PROXY_UIDS + uid;
  return {
    Name: egressNamesOf(leaseId).socketVolume,
    Driver: 'local',
    DriverOpts: {
      type: 'tmpfs',
      device: 'tmpfs',
      o: `nosuid,nodev,noexec,size=64k,nr_inodes=16,uid=${proxyUid},gid=${proxyUid},mode=0711`,
    },
    Labels: labelsOf(owner, leaseId, 'volume'),
  };
}

/** The proxy's own network: nobody else is in it, and it has no IPv6. */
export function egressNetwork(owner: string, leaseId: string) {
  const { network, bridge } = egressNamesOf(leaseId);
  return {
    Name: network,
    CheckDuplicate: true,
    Driver: 'bridge',
    Internal: false,
    Attachable: false,
    EnableIPv6: false,
    Options: { 'com.docker.network.bridge.name': bridge, 'com.docker.network.bridge.enable_icc': 'false' },
    Labels: labelsOf(owner, leaseId, 'network'),
  };
}

/** Whose network the job shares: loopback, and on it the port that leads to the proxy. */
export function holderContainer(description: HelperDescription): ContainerCreateOptions {
  const names = egressNamesOf(description.leaseId);
  const program = [HOLDER_PROGRAM, String(PROXY_PORT), SOCKET_PATH];
  const container = helper(description, names, 'holder', HOLDER_UIDS, program);
  return {
    ...container,
    Hostname: 'job', // the job's own, because it shares this too
    HostConfig: {
      ...container.HostConfig,
      NetworkMode: 'none',
      // Else the engine writes the host's own resolvers where the job can read them.
      Dns: ['127.0.0.1'],
      DnsSearch: ['.'],
    },
  };
}

export function proxyContainer(description: ProxyDescription): ContainerCreateOptions {
  const names = egressNamesOf(description.leaseId);
  const order: ProxyOrder = { ...description.order, socketPath: SOCKET_PATH };
  const container = helper(description, names, 'proxy', PROXY_UIDS, [PROXY_PROGRAM, JSON.stringify(order)]);
  return {
    ...container,
    Hostname: 'proxy',
    HostConfig: {
      ...container.HostConfig,
      NetworkMode: names.network,
      Dns: [...description.resolvers],
      DnsSearch: ['.'],
    },
  };
}

/** As hard as a job's container, and smaller. Nothing of it is started again: a proxy that has died lets nothing out. */
function helper(
  { owner, leaseId, uid, imageId, capabilities, seccompProfile }: HelperDescription,
  names: EgressNames,
  part: 'holder' | 'proxy',
  uids: number,
  program: readonly string[],
): ContainerCreateOptions {
  const user = `${uids + uid}:${uids + uid}`;
  return {
    name: names[part],
    Image: imageId,
    Entrypoint: [...NODE, ...program],
    Env: [],
    User: user,
    WorkingDir: '/',
    Labels: labelsOf(owner, leaseId, part),
    ...NOTHING_OF_THE_IMAGES,
    HostConfig: {
      ...confinement(capabilities, seccompProfile, MAX_FILES),
      Mounts: [{ Type: 'volume', Source: names.socketVolume, Target: SOCKET_FOLDER, ReadOnly: false, VolumeOptions: OWN_VOLUME }],
      ShmSize: 2 ** 16,
      Memory: MEMORY_BYTES,
      MemorySwap: MEMORY_BYTES,
      NanoCpus: 1e9,
      PidsLimit: MAX_PROCESSES,
      LogConfig: logConfig(LOG_FILE_SIZE),
    },
  };
}
