import type { ContainerInspectInfo } from 'dockerode';
import type { Logger } from '../../../lib/log.ts';
import type { Engine } from '../engine.ts';
import { isLeaseId, LEASE_LABEL, OWNER_LABEL, PART_LABEL } from '../names.ts';
import { unless } from '../switch-run.ts';
import type { BackstopRules } from './backstop.ts';
import { egressNamesOf } from './egress-names.ts';
import { hostNetwork, isInterfaceHere } from './host-network.ts';
import type { ProxyOrder } from './program/proxy-order.ts';

/**
 * Looks whether the rules behind each proxy of this owner are still there, which go when somebody has the firewall read its own anew. Makes
 * those that are gone once more, from what the proxy was started with; where that fails, the proxy is ended, so that nothing gets out. Throws
 * `engine-lost`, and when the firewall does not say what it has.
 */
export async function restoreRules(engine: Engine, owner: string, backstop: BackstopRules, logger: Logger): Promise<void> {
  if (backstop.whyNone() !== null) return;
  const filters = { label: [`${OWNER_LABEL}=${owner}`, `${PART_LABEL}=proxy`], status: ['running', 'paused'] };
  for (const { Id, Labels } of await engine.ask((docker) => docker.listContainers({ filters }))) {
    const leaseId = Labels[LEASE_LABEL] ?? '';
    if (!isLeaseId(leaseId) || !isInterfaceHere(egressNamesOf(leaseId).bridge) || (await backstop.stand(leaseId))) continue;
    const proxy = await engine.find((docker) => docker.getContainer(Id).inspect());
    if (proxy === null) continue; // closed meanwhile
    try {
      const { addresses, ownNetworks } = hostNetwork();
      await backstop.add({ owner, leaseId, ...startedWith(proxy), hostAddresses: addresses, ownNetworks });
      logger.warn({ leaseId }, 'the rules of the firewall behind the proxy of a job were gone; they are there again');
    } catch (error) {
      await engine.ask((docker) => docker.getContainer(Id).kill()).catch(unless(404, 409));
      logger.error({ leaseId, err: error }, 'the rules of the firewall behind the proxy of a job are gone and cannot be made; it is ended');
    }
  }
}

function startedWith({ Config, HostConfig }: ContainerInspectInfo): { ports: readonly number[]; resolvers: readonly string[] } {
  const order: ProxyOrder = JSON.parse([Config.Entrypoint ?? []].flat().at(-1) ?? ''); // written by proxyContainer
  return { ports: portsOf(order.allow), resolvers: HostConfig.Dns ?? [] };
}

/** Of addresses `host:port`. */
export const portsOf = (allow: readonly string[]): readonly number[] => allow.map((address) => Number(address.split(':')[1]));
