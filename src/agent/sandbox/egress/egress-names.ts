import { createHash } from 'node:crypto';
import { namesOf } from '../names.ts';

/** What the things of a lease with connections are called, besides those of every lease; see LeaseNames. */
export interface EgressNames {
  readonly holder: string;
  readonly proxy: string;
  readonly network: string;
  /** Volume of the socket between the two. */
  readonly socketVolume: string;
  /** Interface of the network on the host, and the chain of rules for it. At most 15 characters (IFNAMSIZ), so a digest. */
  readonly bridge: string;
}

export function egressNamesOf(leaseId: string): EgressNames {
  const stem = namesOf(leaseId).container;
  return {
    holder: `${stem}.holder`,
    proxy: `${stem}.proxy`,
    network: `${stem}.egress`,
    socketVolume: `${stem}.socket`,
    bridge: `ns-${createHash('sha256').update(leaseId).digest('hex').slice(0, 10)}`,
  };
}
