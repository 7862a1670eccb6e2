import type { OwnerMode, Presence, Reason } from '../../contract/model/presence.ts';
import type { EngineState, SessionState } from '../../contract/worker-api.ts';

/** Everything the decision depends on. Unknown is a value of its own, never a guess. */
export interface Signals {
  readonly mode: OwnerMode;
  /** From the setting `presence.dedicated`: nobody sits at this machine. */
  readonly dedicated: boolean;
  readonly engine: EngineState;
  readonly session: SessionState;
  readonly deviceCount: number;
  readonly stopping: boolean;
}

/** What holds for a job that already runs. */
export interface RunningJob {
  /** The owner's "run now" was given for this job. */
  readonly runNow: boolean;
}

/** All reasons why no new job may start now, the most telling first. Empty: it may. */
export function reasonsNotToStart(signals: Signals, nowMs: number): readonly Reason[] {
  return [
    ...ownerReasons(signals, nowMs),
    ...engineReasons(signals.engine),
    ...sessionReasons(signals.session),
    ...(signals.deviceCount === 0
      ? [reason('no-device', 'This machine has no device that can be offered.', 'Check `npx nightshift worker status` for what was found.')]
      : []),
    ...inputReasons(signals, { runNow: signals.mode.kind === 'run-now' }),
  ];
}

/** All reasons why a running job must be frozen now. Empty: it may go on. Being offline is none: work goes on and is reported later. */
export function reasonsNotToContinue(signals: Signals, job: RunningJob, nowMs: number): readonly Reason[] {
  return [...ownerReasons(signals, nowMs), ...inputReasons(signals, job)];
}

/** What the owner has said or is doing with Nightshift itself. */
function ownerReasons(signals: Signals, nowMs: number): readonly Reason[] {
  const reasons: Reason[] = [];
  if (signals.stopping) reasons.push(reason('stopping', 'Nightshift is being closed.', null));
  if (signals.mode.kind === 'paused' && (signals.mode.untilMs === null || signals.mode.untilMs > nowMs)) {
    reasons.push(
      signals.mode.untilMs === null
        ? reason('paused-by-owner', 'You paused Nightshift.', 'Press Resume.')
        : reason('paused-by-owner', 'You paused Nightshift for a while.', 'Press Resume to go on earlier.', signals.mode.untilMs),
    );
  }
  return reasons;
}

/** No sensor on this build yet: whether the owner is here is unknown, which is said aloud and means "do not run". */
function inputReasons(signals: Signals, job: RunningJob): readonly Reason[] {
  if (signals.dedicated || job.runNow) return [];
  return [
    reason(
      'input-unknown',
      'Nightshift cannot tell whether you are using this machine, so it does not start work by itself.',
      'Run the next job now (`npx nightshift worker run-now`), or, if nobody sits at this machine: `npx nightshift settings set presence.dedicated true`',
    ),
  ];
}

/** The presence slice: what the owner is told. */
export function decide(signals: Signals, running: RunningJob | null, nowMs: number): Presence {
  const reasons = running ? reasonsNotToContinue(signals, running, nowMs) : reasonsNotToStart(signals, nowMs);
  const untils = reasons.map((each) => each.untilMs);
  const known = untils.filter((untilMs) => untilMs !== null);
  return {
    decision: reasons.length === 0 ? 'run' : 'freeze',
    reasons: [...reasons],
    mode: signals.mode,
    nextEligibleAtMs: known.length > 0 && known.length === untils.length ? Math.max(...known) : null,
  };
}

function engineReasons(engine: EngineState): readonly Reason[] {
  switch (engine.kind) {
    case 'ready':
      return [];
    case 'starting':
      return [reason('engine-starting', 'The container engine is starting.', null)];
    case 'missing':
      return [reason('engine-missing', engine.detail, engine.fix)];
  }
}

function sessionReasons(session: SessionState): readonly Reason[] {
  switch (session.kind) {
    case 'online':
      return [];
    case 'connecting':
      return [reason('network-unreachable', 'Connecting to the network.', null)];
    case 'offline':
      return [reason('network-unreachable', session.detail, 'Nothing to do: Nightshift tries again by itself.')];
    case 'not-enrolled':
      return [reason('not-enrolled', 'This worker belongs to no network yet.', session.fix)];
  }
}

function reason(code: Reason['code'], detail: string, fix: string | null, untilMs: number | null = null): Reason {
  return { code, detail, fix, untilMs };
}
