import type { Offer } from '../../contract/model/offer.ts';
import type { WorkerReport } from '../../contract/session-api.ts';
import type { Clock } from '../../lib/clock.ts';
import type { WorkerSession } from '../gateway/session.ts';
import type { Candidate } from '../market/match.ts';

/** A worker's report with its place in time: `revision` counts the reports of this process, `atMonotonicMs` is when it came. */
export interface ReceivedReport extends WorkerReport {
  readonly revision: number;
  readonly atMonotonicMs: number;
}

interface Presence {
  session: WorkerSession | null;
  report: ReceivedReport | null;
  offlineSinceMonotonicMs: number;
}

/** Who is online now, in memory. Nothing here is worth keeping over a restart: every worker dials again. */
export interface Sessions {
  /** The session of the higher epoch stays, whichever comes here first; the other is closed. */
  add(session: WorkerSession): void;
  /** Forgets the session, unless a newer one has replaced it. */
  remove(session: WorkerSession): void;
  /** Keeps the report. An offer of a device that the report does not name, or not as this class, and a second one of the same device are left out. */
  report(session: WorkerSession, report: WorkerReport): void;
  get(workerId: string): WorkerSession | null;
  reportOf(workerId: string): ReceivedReport | null;
  /** For how long the worker has been away, ms; 0 while online. Counted from our own start at the earliest: our outage expires nobody. */
  offlineForMs(workerId: string): number;
  candidates(): readonly Candidate[];
  offers(): readonly Offer[];
  onlineWorkers(): number;
  all(): readonly WorkerSession[];
}

function offersOf({ devices, offers }: WorkerReport): Offer[] {
  const classes = new Map(devices.map(({ id, class: deviceClass }) => [id, deviceClass]));
  const told = offers.filter(({ deviceId, deviceClass }) => classes.get(deviceId) === deviceClass);
  return [...new Map(told.map((offer) => [offer.deviceId, offer])).values()];
}

export function createSessions(clock: Clock, onChange: () => void): Sessions {
  const startedAtMonotonicMs = clock.monotonicMs();
  const presences = new Map<string, Presence>();
  let revision = 0;

  const presenceOf = (workerId: string): Presence => {
    const known = presences.get(workerId);
    if (known) return known;
    const fresh: Presence = { session: null, report: null, offlineSinceMonotonicMs: startedAtMonotonicMs };
    presences.set(workerId, fresh);
    return fresh;
  };
  const candidates = (): readonly Candidate[] =>
    [...presences].flatMap(([workerId, { report }]) => (report?.offers ?? []).map((offer) => ({ workerId, offer })));

  return {
    add: (session) => {
      const presence = presenceOf(session.workerId);
      const older = presence.session;
      if (older && older.sessionEpoch > session.sessionEpoch) {
        session.close('a newer session of this worker was here first');
        return;
      }
      presence.session = session;
      presence.report = null;
      older?.close('a newer session of this worker has replaced it');
      onChange();
    },
    remove: (session) => {
      const presence = presenceOf(session.workerId);
      if (presence.session !== session) return;
      presence.session = null;
      presence.report = null;
      presence.offlineSinceMonotonicMs = clock.monotonicMs();
      onChange();
    },
    report: (session, report) => {
      const presence = presenceOf(session.workerId);
      if (presence.session !== session) return;
      revision += 1;
      presence.report = { ...report, offers: offersOf(report), revision, atMonotonicMs: clock.monotonicMs() };
      onChange();
    },
    get: (workerId) => presences.get(workerId)?.session ?? null,
    reportOf: (workerId) => presences.get(workerId)?.report ?? null,
    offlineForMs: (workerId) => {
      const presence = presences.get(workerId);
      if (presence?.session) return 0;
      return clock.monotonicMs() - (presence?.offlineSinceMonotonicMs ?? startedAtMonotonicMs);
    },
    candidates,
    offers: () => candidates().map(({ offer }) => offer),
    onlineWorkers: () => [...presences.values()].filter(({ session }) => session !== null).length,
    all: () => [...presences.values()].flatMap(({ session }) => session ?? []),
  };
}
