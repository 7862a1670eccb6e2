import type { LeaseTerms } from '../../contract/model/lease.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { replaceConnections } from '../store/connection-rows.ts';
import type { Db } from '../store/open.ts';

export interface ConnectionsDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly sandbox: Pick<Sandbox, 'connections'>;
}

/** Writes down what the job connected to, before the wipe takes its proxy away. May be repeated. Throws `engine-lost`. */
export async function keepConnections({ db, clock, sandbox }: ConnectionsDeps, { leaseId, spec }: LeaseTerms): Promise<void> {
  if (spec.network.kind === 'none') return;
  const found = await sandbox.connections(leaseId);
  if (found.length > 0) replaceConnections(db, leaseId, found, clock.nowMs());
}
