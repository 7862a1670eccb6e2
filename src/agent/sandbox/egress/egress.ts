import type { JobNetwork } from '../../../contract/model/job.ts';
import { ProblemError } from '../../../contract/model/problem.ts';
import type { ConnectionRecord } from '../../../contract/model/sandbox.ts';
import type { Logger } from '../../../lib/log.ts';
import type { EngineCapabilities } from '../capabilities.ts';
import type { Engine } from '../engine.ts';
import { isLeaseId, LEASE_LABEL, OWNER_LABEL } from '../names.ts';
import { removed } from '../removed.ts';
import { together } from '../together.ts';
import { openBackstop } from './backstop.ts';
import { readConnections } from './connections.ts';
import { egressNamesOf } from './egress-names.ts';
import { egressNetwork, holderContainer, PROXY_URL, proxyContainer, socketVolume } from './helper-container.ts';
import { openHelperImage } from './helper-image.ts';
import { type HostNetwork, hostNetwork, hostResolvers, isInterfaceHere } from './host-network.ts';
import { startHelper } from './start-helper.ts';

/** What a job's container needs to reach its proxy: whose network it shares, and the environment that says so. */
export interface EgressPlace {
  readonly networkMode: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface EgressLease {
  readonly leaseId: string;
  /** Of the job; its helpers run under uids of their own that derive from it. */
  readonly uid: number;
  readonly network: Extract<JobNetwork, { kind: 'egress' }>;
}

export interface EgressOptions {
  readonly engine: Engine;
  readonly owner: string;
  /** Text of resources/sandbox/seccomp.json. */
  readonly seccompProfile: string;
  /** What the engine can do now. Throws `engine-lost`. */
  readonly capabilities: (signal: AbortSignal) => Promise<EngineCapabilities>;
  readonly logger: Logger;
}

/**
 * The way out for jobs that ask for one. The job shares the network of a holder, which has nothing but a loopback port; that leads through
 * a socket to a proxy, which connects to what the job listed and to nothing else. What dies is not started again: then nothing gets out.
 */
export interface Egress {
  /** Why jobs with connections cannot run here, in plain words; null: they can. Asks nobody. */
  unavailable(): string | null;
  /** What protects less than it could, in plain words. */
  missing(): readonly string[];
  /** Makes network, rules, volume, holder and proxy of a lease, running. Throws ProblemError; leaves nothing behind when it fails. */
  open(lease: EgressLease, signal: AbortSignal): Promise<EgressPlace>;
  /** What the job connected to so far; empty where there is nothing. */
  connections(leaseId: string): Promise<readonly ConnectionRecord[]>;
  /** Removes all of it; none need be there. Throws `engine-lost`. */
  close(leaseId: string): Promise<void>;
  /** Leases of this owner of which a rule or network is left. */
  leftovers(): Promise<ReadonlySet<string>>;
}

/** By which programs find a proxy; what talks to itself needs none. */
const ENV = {
  HTTP_PROXY: PROXY_URL,
  HTTPS_PROXY: PROXY_URL,
  http_proxy: PROXY_URL,
  https_proxy: PROXY_URL,
  NO_PROXY: 'localhost,127.0.0.1,::1',
  no_proxy: 'localhost,127.0.0.1,::1',
} as const;

export function openEgress({ engine, owner, seccompProfile, capabilities, logger }: EgressOptions): Egress {
  const image = openHelperImage(engine);
  const backstop = openBackstop(owner);
  /** Why the last lease had no rules although they can be made. */
  let fault: string | null = null;

  /** Makes network and rules; returns whom the proxy asks for names, none where only the engine knows. */
  const makeWayOut = async ({ leaseId, network }: EgressLease, host: HostNetwork): Promise<readonly string[]> => {
    await engine.ask((docker) => docker.createNetwork(egressNetwork(owner, leaseId)));
    if (backstop.whyNone() !== null) return [];
    if (!isInterfaceHere(egressNamesOf(leaseId).bridge)) {
      fault = 'the container engine runs in another machine';
      return [];
    }
    const resolvers = hostResolvers();
    const ports = network.allow.map((address) => Number(address.split(':')[1]));
    try {
      await backstop.add({ owner, leaseId, resolvers, hostAddresses: host.addresses, ownNetworks: host.ownNetworks, ports });
      fault = null;
    } catch (error) {
      fault = 'the firewall refused them';
      logger.warn({ leaseId, err: error }, 'the proxy of a job has no rules of the firewall behind it');
    }
    return resolvers;
  };

  const close = async (leaseId: string): Promise<void> => {
    const { holder, proxy, network, socketVolume } = egressNamesOf(leaseId);
    await together(
      [holder, proxy].map((name) =>
        dropOwn(
          engine,
          (docker) => docker.getContainer(name).inspect(),
          ({ Config }) => Config.Labels[OWNER_LABEL] === owner,
          (docker, { Id }) => docker.getContainer(Id).remove({ force: true, v: true }),
        ),
      ),
    );
    await together([
      dropOwn(
        engine,
        (docker) => docker.getVolume(socketVolume).inspect(),
        ({ Labels }) => Labels?.[OWNER_LABEL] === owner,
        (docker) => docker.getVolume(socketVolume).remove(),
      ),
      dropOwn(
        engine,
        (docker) => docker.getNetwork(network).inspect(),
        ({ Labels }) => Labels?.[OWNER_LABEL] === owner,
        (docker, { Id }) => docker.getNetwork(Id).remove(),
      ),
      backstop.remove(leaseId), // only now: no proxy ever runs without them
    ]);
  };

  const makeAll = async (lease: EgressLease, signal: AbortSignal): Promise<EgressPlace> => {
    const { leaseId, uid, network } = lease;
    const host = hostNetwork();
    const [imageId, now, resolvers] = await together([
      image.ready(signal),
      capabilities(signal),
      makeWayOut(lease, host),
      engine.ask((docker) => docker.createVolume(socketVolume(owner, leaseId, uid))),
    ]);
    signal.throwIfAborted();
    const helper = { owner, leaseId, uid, imageId, capabilities: now, seccompProfile };
    const { allow, maxUploadBytes, maxDownloadBytes } = network;
    const order = { allow, ownNetworks: host.ownNetworks, maxUploadBytes, maxDownloadBytes };
    const [holder] = await together([
      startHelper(engine, holderContainer(helper), signal),
      startHelper(engine, proxyContainer({ ...helper, order, resolvers }), signal),
    ]);
    return { networkMode: `container:${holder}`, env: ENV };
  };

  return {
    unavailable: () => (process.platform === 'linux' ? null : 'the proxy for that can only be made on Linux so far'),
    missing: () => {
      const why = backstop.whyNone() ?? fault;
      return why === null ? [] : [`No rules of the firewall stand behind the proxy of jobs with connections: ${why}.`];
    },
    async open(lease, signal) {
      try {
        return await makeAll(lease, signal);
      } catch (error) {
        await close(lease.leaseId).catch((cause: unknown) =>
          logger.warn(
            { leaseId: lease.leaseId, err: cause },
            'the proxy of a lease that failed to start is not removed yet; the next sweep does it',
          ),
        );
        signal.throwIfAborted();
        if (error instanceof ProblemError) throw error;
        logger.error({ leaseId: lease.leaseId, err: error }, 'the way out of a job could not be made');
        throw new ProblemError(
          'internal',
          'The way to the addresses that the job lists could not be made.',
          'Run the job again; the log of the worker says why it failed.',
          { cause: error },
        );
      }
    },
    connections: (leaseId) => readConnections(engine, egressNamesOf(leaseId).proxy),
    close,
    async leftovers() {
      const filters = { label: [`${OWNER_LABEL}=${owner}`] };
      const networks = await engine.ask((docker) => docker.listNetworks({ filters }));
      const named = networks.map(({ Labels }) => Labels?.[LEASE_LABEL]).filter((leaseId) => leaseId !== undefined);
      return new Set([...named.filter(isLeaseId), ...(await backstop.leases())]);
    },
  };
}

/** Removes what there is and is ours. Takes it as done when somebody else removed it, or is about to. */
async function dropOwn<T>(
  engine: Engine,
  inspect: (docker: Engine['docker']) => Promise<T>,
  isOurs: (found: T) => boolean,
  remove: (docker: Engine['docker'], found: T) => Promise<unknown>,
): Promise<void> {
  const found = await engine.find(inspect);
  if (found !== null && isOurs(found)) await removed(engine.ask((docker) => remove(docker, found)));
}
