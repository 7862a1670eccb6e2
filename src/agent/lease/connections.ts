import type { LeaseTerms } from '../../contract/model/lease.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { isEngineLost } from '../sandbox/engine-fault.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { replaceConnections } from '../store/connection-rows.ts';
import type { Db } from '../store/open.ts';

export interface ConnectionsDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sandbox: Pick<Sandbox, 'connections'>;
}

/**
 * Writes down what the job connected to, before the wipe takes its proxy away. May be repeated. Throws `engine-lost`; whatever else fails
 * must not keep the lease from being wiped.
 */
export async function keepConnections({ db, clock, logger, sandbox }: ConnectionsDeps, { leaseId, spec }: LeaseTerms): Promise<void> {
  if (spec.network.kind === 'none') return;
  try {
    const found = await sandbox.connections(leaseId);
    if (found.length > 0) replaceConnections(db, leaseId, found, clock.nowMs());
  } catch (error) {
    if (isEngineLost(error)) throw error;
    logger.error({ leaseId, error }, 'what the job connected to could not be kept');
  }
}
