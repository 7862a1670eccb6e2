import type { JobNetwork } from '../../../contract/model/job.ts';
import { ProblemError } from '../../../contract/model/problem.ts';
import type { ConnectionRecord } from '../../../contract/model/sandbox.ts';
import type { Logger } from '../../../lib/log.ts';
import type { EngineCapabilities } from '../capabilities.ts';
import type { Engine } from '../engine.ts';
import { statusOf } from '../engine-fault.ts';
import { isLeaseId, LEASE_LABEL, labelsOf, OWNER_LABEL, type Part } from '../names.ts';
import { removed } from '../removed.ts';
import { unless } from '../switch-run.ts';
import { together } from '../together.ts';
import { openBackstop } from './backstop.ts';
import { readConnections } from './connections.ts';
import { egressNamesOf } from './egress-names.ts';
import { egressNetwork, holderContainer, PROXY_URL, proxyContainer, socketVolume } from './helper-container.ts';
import { openHelperImage } from './helper-image.ts';
import { type HostNetwork, hostNetwork, hostResolvers, isInterfaceHere } from './host-network.ts';
import { portsOf, restoreRules } from './restore-rules.ts';
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
  /** Pauses holder and proxy by the engine, or lets them go on; nothing happens where there are none, or it is so already. */
  hold(leaseId: string, held: boolean): Promise<void>;
  /** Makes rules anew that somebody has removed from behind a proxy, or ends that proxy. Throws `engine-lost`, and what the firewall says. */
  verify(): Promise<void>;
  /** Removes all of it; none need be there. Throws `engine-lost`, and what the firewall says. */
  close(leaseId: string): Promise<void>;
  /** Leases of this owner of which a rule or network is left. */
  leftovers(): Promise<ReadonlySet<string>>;
}

const HELPERS = ['holder', 'proxy'] as const;

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
  /** Of the last lease: its bridge is not on this machine. */
  let engineIsElsewhere = false;

  const isOurs = (labels: Readonly<Record<string, string>> | null | undefined, leaseId: string, part: Part): boolean =>
    Object.entries(labelsOf(owner, leaseId, part)).every(([name, value]) => labels?.[name] === value);

  const findHelper = async (leaseId: string, part: 'holder' | 'proxy') => {
    const found = await engine.find((docker) => docker.getContainer(egressNamesOf(leaseId)[part]).inspect());
    return found !== null && isOurs(found.Config.Labels, leaseId, part) ? found : null;
  };

  /** Makes network and rules; returns whom the proxy asks for names, none where only the engine knows. */
  const makeWayOut = async ({ leaseId, network }: EgressLease, host: HostNetwork): Promise<readonly string[]> => {
    await engine.ask((docker) => docker.createNetwork(egressNetwork(owner, leaseId)));
    if (backstop.whyNone() !== null) return [];
    engineIsElsewhere = !isInterfaceHere(egressNamesOf(leaseId).bridge);
    if (engineIsElsewhere) return [];
    const resolvers = hostResolvers();
    try {
      const { addresses, ownNetworks } = host;
      await backstop.add({ owner, leaseId, resolvers, hostAddresses: addresses, ownNetworks, ports: portsOf(network.allow) });
    } catch (error) {
      logger.error({ leaseId, err: error }, 'the firewall refused the rules behind the proxy of a job');
      throw new ProblemError(
        'internal',
        'The firewall refused the rules that hold a job with connections back, so it did not start.',
        'Look whether `iptables -S` and `ip6tables -S` work as root; if not, turn the setting network.egress off.',
        { cause: error },
      );
    }
    return resolvers;
  };

  const close = async (leaseId: string): Promise<void> => {
    const { network, socketVolume } = egressNamesOf(leaseId);
    await together(
      HELPERS.map(async (part) => {
        const found = await findHelper(leaseId, part);
        if (found !== null) await removed(engine.ask((docker) => docker.getContainer(found.Id).remove({ force: true, v: true })));
      }),
    );
    await together([
      dropOwn(
        engine,
        (docker) => docker.getVolume(socketVolume).inspect(),
        ({ Labels }) => isOurs(Labels, leaseId, 'volume'),
        (docker) => docker.getVolume(socketVolume).remove(),
      ),
      dropOwn(
        engine,
        (docker) => docker.getNetwork(network).inspect(),
        ({ Labels }) => isOurs(Labels, leaseId, 'network'),
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
      const why = backstop.whyNone() ?? (engineIsElsewhere ? 'the container engine runs in another machine' : null);
      return why === null ? [] : [`No rules of the firewall stand behind the proxy of jobs with connections: ${why}.`];
    },
    async open(lease, signal) {
      try {
        return await makeAll(lease, signal).catch(async (error: unknown) => {
          if (statusOf(error) !== 404) throw error;
          await close(lease.leaseId); // another version of this program has taken the helpers' image away before it was used
          return makeAll(lease, signal);
        });
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
    async connections(leaseId) {
      const proxy = await findHelper(leaseId, 'proxy');
      return proxy === null ? [] : readConnections(engine, proxy.Id);
    },
    async hold(leaseId, held) {
      await together(
        HELPERS.map(async (part) => {
          const found = await findHelper(leaseId, part);
          if (found?.State.Status !== (held ? 'running' : 'paused')) return;
          const container = engine.docker.getContainer(found.Id);
          await engine.ask(() => (held ? container.pause() : container.unpause())).catch(unless(404, 409));
        }),
      );
    },
    verify: () => restoreRules(engine, owner, backstop, logger),
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
