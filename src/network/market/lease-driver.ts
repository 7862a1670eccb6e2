import { ProblemError } from '../../contract/model/problem.ts';
import { leaseStreams } from '../../contract/session-api.ts';
import { delay } from '../../lib/delay.ts';
import { jobTopic, type Topics } from '../bus/topics.ts';
import { FOLLOW_AGAIN_MS, MAX_LOG_BYTES, REPEAT_CALL_MS, STEP_BACKOFF_CAP_MS, TRANSFER_TIMEOUT_MS } from '../constants.ts';
import type { WorkerSession } from '../gateway/session.ts';
import { getStream } from '../gateway/streams.ts';
import type { Sessions } from '../registry/sessions.ts';
import { type CollectRoom, collect } from './collect.ts';
import { createCooldowns } from './cooldowns.ts';
import type { Ending } from './disposition.ts';
import {
  callSignal,
  type EffectsRoom,
  grant,
  type OpenLease,
  offerOf,
  outcomeOf,
  pushCheckpoint,
  pushInputs,
  resultOf,
  seal,
  start,
} from './lease-effects.ts';
import { type LeaseSituation, type LeaseStep, nextStep } from './lease-step.ts';
import { afterFailure, afterSuccess, type LeaseWatch, watchOf } from './lease-watch.ts';

export interface DriverRoom extends EffectsRoom, CollectRoom {
  readonly sessions: Sessions;
  readonly topics: Topics;
  readonly random: () => number;
  readonly nudge: () => void;
}

/** A step that is being carried out. */
interface Underway {
  readonly kind: LeaseStep['kind'];
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/** Carries out the next step of each open lease, at most one at a time per lease, and follows the logs of those that run. */
export interface LeaseDriver {
  drive(leases: readonly OpenLease[]): void;
  /** Devices that took no lease a moment ago, by key. */
  coolingDown(): ReadonlySet<string>;
  /** Resolves when nothing is under way any more. */
  idle(): Promise<void>;
}

/** Whether the lease ends by it, whatever else has just failed. */
const isUrgent = (step: LeaseStep): boolean => step.kind === 'close' || step.kind === 'give-up-collecting';

export function createLeaseDriver(room: DriverRoom, closing: AbortSignal): LeaseDriver {
  const { sessions, clock, logger, options } = room;
  const watches = new Map<string, LeaseWatch>();
  const steps = new Map<string, Underway>();
  const followers = new Map<string, { readonly stop: AbortController; readonly done: Promise<void> }>();
  const cooldowns = createCooldowns(clock, sessions, options.refusalCooldownMs);

  function situationOf(lease: OpenLease, watch: LeaseWatch): LeaseSituation {
    const nowMs = clock.monotonicMs();
    const report = sessions.reportOf(lease.workerId);
    const reported = report?.leases.find(({ leaseId, state }) => leaseId === lease.id && state !== 'sealed');
    const unknownSinceMs = report && !reported ? Math.max(report.atMonotonicMs, watch.sinceMonotonicMs) : nowMs;
    return {
      state: lease.state,
      cancelRequested: lease.cancelRequestedAtMs !== null,
      online: sessions.get(lease.workerId) !== null,
      offlineForMs: sessions.offlineForMs(lease.workerId),
      atWorker: reported?.state ?? watch.answer?.state ?? null,
      unknownForMs: nowMs - unknownSinceMs,
      cancellingForMs: Math.min(nowMs - watch.sinceMonotonicMs, clock.nowMs() - (lease.cancelRequestedAtMs ?? clock.nowMs())),
      inStateForMs: nowMs - watch.sinceMonotonicMs,
      silentForMs: nowMs - watch.heardMonotonicMs,
      failingForMs: watch.failingSinceMonotonicMs === null ? 0 : nowMs - watch.failingSinceMonotonicMs,
    };
  }

  const patch = (leaseId: string, change: Partial<Pick<LeaseWatch, 'answer' | 'pushed'>>): void => {
    const watch = watches.get(leaseId);
    if (watch) watches.set(leaseId, { ...watch, ...change });
  };
  const closeLease = async (lease: OpenLease, ending: Ending): Promise<void> => {
    logger.info({ leaseId: lease.id, jobId: lease.jobId, ending }, 'a lease closes');
    await seal(room, lease, ending);
  };
  const sessionOf = (lease: OpenLease): WorkerSession => {
    const session = sessions.get(lease.workerId);
    if (!session) throw new Error('the worker went away');
    return session;
  };

  async function launch(lease: OpenLease, stop: AbortSignal): Promise<void> {
    const session = sessionOf(lease);
    const signal = AbortSignal.any([session.signal, closing, stop]);
    const reported = sessions.reportOf(lease.workerId)?.leases.find(({ leaseId }) => leaseId === lease.id);
    const watch = watches.get(lease.id);
    const asked = reported ?? watch?.answer;
    if (asked && !watch?.pushed) {
      if (asked.needsInputs) await pushInputs(room, session, lease, signal);
      if (asked.needsCheckpoint) await pushCheckpoint(room, session, lease, signal);
      patch(lease.id, { pushed: true });
    }
    const answer = await start(room, session, lease, signal);
    if (answer) patch(lease.id, { answer });
  }

  async function offer(lease: OpenLease): Promise<void> {
    const session = sessionOf(lease);
    const result = await grant(room, session, lease, AbortSignal.any([session.signal, closing]));
    if (result.kind === 'granted') {
      patch(lease.id, { answer: result.atWorker });
      cooldowns.accepted(lease);
    }
    if (result.kind !== 'refused') return;
    logger.info({ leaseId: lease.id, workerId: lease.workerId, code: result.code, detail: result.detail }, 'a worker refused a lease');
    cooldowns.refused(lease);
  }

  async function collectAndSeal(lease: OpenLease): Promise<void> {
    const follower = followers.get(lease.id);
    follower?.stop.abort();
    await follower?.done; // two writers would mix up the log
    const session = sessionOf(lease);
    const result = resultOf(lease);
    const grown = (): void => room.topics.publish(jobTopic(lease.jobId));
    const signal = AbortSignal.any([session.signal, closing, AbortSignal.timeout(TRANSFER_TIMEOUT_MS)]);
    await collect(room, session, result, offerOf(lease), grown, signal);
    await closeLease(lease, { by: 'worker', outcome: outcomeOf(lease, result) });
  }

  async function giveUpCollecting(lease: OpenLease): Promise<void> {
    const result = resultOf(lease);
    const ending: Ending =
      result.artifacts === null
        ? { by: 'worker', outcome: outcomeOf(lease, result) }
        : { by: 'network', reason: 'agent-lost', granted: true }; // the renter's results never arrived
    await closeLease(lease, ending);
  }

  async function perform(lease: OpenLease, step: Exclude<LeaseStep, { kind: 'wait' }>, stop: AbortSignal): Promise<void> {
    switch (step.kind) {
      case 'grant':
        return offer(lease);
      case 'launch':
        return launch(lease, stop);
      case 'cancel': {
        const session = sessionOf(lease);
        const signal = callSignal(AbortSignal.any([session.signal, closing]));
        await session.client.leases.cancel({ leaseId: lease.id, leaseEpoch: lease.leaseEpoch }, { signal });
        return;
      }
      case 'collect':
        return collectAndSeal(lease);
      case 'give-up-collecting':
        return giveUpCollecting(lease);
      case 'close':
        if (lease.state === 'proposed' && step.ending.reason === 'agent-lost') cooldowns.refused(lease);
        return closeLease(lease, step.ending);
    }
  }

  async function run(lease: OpenLease, step: Exclude<LeaseStep, { kind: 'wait' }>, stop: AbortSignal): Promise<void> {
    let pauseMs = 0;
    try {
      await perform(lease, step, stop);
      if (step.kind === 'launch' || step.kind === 'cancel') pauseMs = REPEAT_CALL_MS;
      const watch = watches.get(lease.id);
      if (watch) watches.set(lease.id, afterSuccess(watch, clock.monotonicMs(), pauseMs));
    } catch (error) {
      if (closing.aborted || stop.aborted) return;
      patch(lease.id, { pushed: false }); // its next report says what it has
      const ours = error instanceof ProblemError && error.problem.code === 'disk-full';
      const watch = watches.get(lease.id);
      if (watch) watches.set(lease.id, afterFailure(watch, clock.monotonicMs(), room.random(), !ours));
      logger.warn({ err: error, leaseId: lease.id, step: step.kind }, 'a step of a lease failed and will be tried again');
      if (isUrgent(step)) await delay(STEP_BACKOFF_CAP_MS, closing); // it waits for no pause of the watch, so it makes one itself
    }
  }

  function follow(lease: OpenLease, session: WorkerSession): void {
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, session.signal, closing]);
    const pull = async (): Promise<void> => {
      try {
        const offset = await room.logs.sizeOf(lease.id);
        if (offset >= MAX_LOG_BYTES) return;
        const path = leaseStreams.log(lease.id, offset);
        const stream = await getStream(session.http2, path, signal, null);
        await room.logs.append(lease.id, stream, MAX_LOG_BYTES, () => room.topics.publish(jobTopic(lease.jobId)));
      } catch (error) {
        if (!signal.aborted) logger.warn({ err: error, leaseId: lease.id }, 'the log stream of a lease broke and will be resumed');
      } finally {
        await delay(FOLLOW_AGAIN_MS, signal); // the run may have ended without us knowing yet: do not ask in a tight loop
        followers.delete(lease.id);
      }
    };
    followers.set(lease.id, { stop, done: pull() });
  }

  return {
    drive: (leases) => {
      const open = new Set(leases.map(({ id }) => id));
      for (const id of watches.keys()) if (!open.has(id)) watches.delete(id);
      for (const [id, follower] of followers) if (!open.has(id)) follower.stop.abort();
      for (const lease of leases) {
        if (closing.aborted) continue;
        const nowMs = clock.monotonicMs();
        const watch = watchOf(watches.get(lease.id), lease, nowMs);
        watches.set(lease.id, watch);
        const session = sessions.get(lease.workerId);
        if (lease.state === 'active' && session && !followers.has(lease.id)) follow(lease, session);
        const step = nextStep(situationOf(lease, watch), options);
        const underway = steps.get(lease.id);
        if (underway) {
          // Inputs are taken in at the worker's own speed: no cancel, deadline or result waits for that.
          if (underway.kind === 'launch' && step.kind !== 'launch' && step.kind !== 'wait') underway.stop.abort();
          continue;
        }
        if (step.kind === 'wait' || (!isUrgent(step) && nowMs < watch.notBeforeMonotonicMs)) continue;
        const stop = new AbortController();
        const done = run(lease, step, stop.signal).finally(() => {
          steps.delete(lease.id);
          room.topics.publish(jobTopic(lease.jobId));
          room.nudge();
        });
        steps.set(lease.id, { kind: step.kind, stop, done });
      }
    },
    coolingDown: cooldowns.now,
    idle: async () => {
      await Promise.all([...steps.values(), ...followers.values()].map(({ done }) => done));
    },
  };
}
