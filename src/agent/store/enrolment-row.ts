import { type NetworkInfo, networkInfo } from '../../contract/cloud-api.ts';
import type { Db } from './open.ts';

/** The network this worker belongs to, with the key it pinned when it enrolled. */
export interface Enrolment {
  readonly networkUrl: string;
  readonly workerId: string;
  readonly network: NetworkInfo;
}

export function readEnrolment(db: Db): Enrolment | null {
  const row = db
    .prepare<[], { network_url: string; worker_id: string; network: string }>('SELECT network_url, worker_id, network FROM enrolment')
    .get();
  return row ? { networkUrl: row.network_url, workerId: row.worker_id, network: networkInfo.parse(JSON.parse(row.network)) } : null;
}

export function writeEnrolment(db: Db, enrolment: Enrolment, nowMs: number): void {
  db.prepare(
    `INSERT INTO enrolment (only, network_url, worker_id, network, enrolled_at_ms) VALUES (1, ?, ?, ?, ?)
     ON CONFLICT (only) DO UPDATE SET network_url = excluded.network_url, worker_id = excluded.worker_id, network = excluded.network, enrolled_at_ms = excluded.enrolled_at_ms`,
  ).run(enrolment.networkUrl, enrolment.workerId, JSON.stringify(enrolment.network), nowMs);
}
