import { makeProblem, type Problem, ProblemError } from '../contract/model/problem.ts';
import {
  hasPassed,
  type ProbeResult,
  type SandboxCheck,
  type SandboxIdentity,
  type SignedSandboxReport,
} from '../contract/model/sandbox.ts';
import { signatureContext } from '../contract/session-api.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { type Signer, verifySignature } from '../lib/signing.ts';
import type { SandboxStanding } from './presence/reasons.ts';
import { signReport } from './sandbox/check/report.ts';
import type { Sandbox } from './sandbox/sandbox.ts';
import type { Db } from './store/open.ts';
import { readSandboxReport, writeSandboxReport } from './store/sandbox-report-row.ts';

export interface SandboxKeeperDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signer: Signer;
  readonly sandbox: Pick<Sandbox, 'check' | 'identity'>;
  /** A job is on this machine: no check beside it. */
  readonly isBusy: () => boolean;
  /** What is shown has changed. */
  readonly changed: () => void;
  /** A check has ended, one way or the other, and what it needed can be given back. */
  readonly ended: () => void;
}

/** "Check my sandbox": the last report, the check that runs, and whether one is due. */
export interface SandboxKeeper extends AsyncDisposable {
  view(): { readonly check: SandboxCheck; readonly report: SignedSandboxReport | null; readonly isCurrent: boolean };
  standing(): SandboxStanding;
  /** Looks which engine is there now; to be called when it was looked for. */
  engineLookedAt(): void;
  /**
   * Begins the check that is due, if one is wanted: the first one at once, every other only while nobody is here, and it gives way to whoever
   * comes. One that is no longer wanted ends. What the owner has started is left alone.
   */
  lookAfter(now: { readonly ownerIsHere: boolean; readonly wanted: boolean }): void;
  /** Starts one at the owner's wish. Throws `device-busy`, `engine-missing`. */
  start(): void;
  /** Ends the check that runs, if one does, at the owner's wish; nothing of it is kept. */
  cancel(): void;
}

/** A check that broke off, or that the owner did not want, is begun anew by itself after so long. */
const AGAIN_MS = 3_600_000;
/** A check takes half a minute, and its probes are given 90 s on a busy machine, twice (check.ts). */
const LIMIT_MS = 300_000;

const TOO_LONG = makeProblem('internal', 'The check did not end within 5 minutes.', 'Restart the container engine, then check again.');
const BROKE_OFF = makeProblem('internal', 'The check broke off.', 'Try again; the log of the agent has the cause.');
/** Says nothing about the sandbox: it is tried again as soon as the engine is found. */
const isEngineAway = ({ code }: Problem): boolean => code === 'engine-lost' || code === 'engine-missing';

/** Why a check runs: at the owner's wish, as the first of this agent, or because the report is not about what is there now. */
type Occasion = 'asked' | 'first' | 'due';

interface RunningCheck {
  readonly of: SandboxIdentity;
  readonly occasion: Occasion;
  readonly cancel: AbortController;
  readonly ended: Promise<void>;
}

export function openSandboxKeeper(deps: SandboxKeeperDeps): SandboxKeeper {
  const { db, clock, logger, signer, sandbox } = deps;
  let report = ownReport(readSandboxReport(db), signer.publicKey);
  let identity: SandboxIdentity | null = null;
  let check: SandboxCheck = { kind: 'idle' };
  let begun = false;
  let putOff: { readonly of: SandboxIdentity; readonly untilMonotonicMs: number } | null = null;
  let running: RunningCheck | null = null;

  const isCurrent = (): boolean => report !== null && identity !== null && isSame(report.report.identity, identity);

  const putOffCheck = (of: SandboxIdentity): void => {
    putOff = { of, untilMonotonicMs: clock.monotonicMs() + AGAIN_MS };
  };
  const isPutOff = (of: SandboxIdentity): boolean =>
    putOff !== null && isSame(putOff.of, of) && clock.monotonicMs() < putOff.untilMonotonicMs;

  async function run(of: SandboxIdentity, signal: AbortSignal): Promise<void> {
    const startedAtMs = clock.nowMs();
    const startedMonotonicMs = clock.monotonicMs();
    const show = (total: number, current: string | null, probes: readonly ProbeResult[]): void => {
      check = { kind: 'running', startedAtMs, total, current, probes: [...probes] };
      deps.changed();
    };
    show(0, null, []);
    const limit = AbortSignal.timeout(LIMIT_MS);
    try {
      const { missing, probes } = await sandbox.check(AbortSignal.any([signal, limit]), show);
      report = signReport(signer, {
        identity: of,
        checkedAtMs: startedAtMs,
        durationMs: Math.round(clock.monotonicMs() - startedMonotonicMs),
        missing: [...missing],
        probes: [...probes],
      });
      writeSandboxReport(db, report);
      check = { kind: 'idle' };
    } catch (error) {
      if (signal.aborted) {
        check = { kind: 'idle' };
        return;
      }
      logger.warn({ error }, 'the sandbox could not be checked');
      const problem = error instanceof ProblemError ? error.problem : limit.aborted ? TOO_LONG : BROKE_OFF;
      if (isEngineAway(problem)) identity = null;
      else putOffCheck(of);
      check = { kind: 'failed', atMs: clock.nowMs(), detail: problem.detail, fix: problem.next };
    }
  }

  function begin(of: SandboxIdentity, occasion: Occasion): void {
    begun = true;
    const cancel = new AbortController();
    const ended = run(of, cancel.signal).finally(() => {
      running = null;
      deps.changed();
      deps.ended();
    });
    running = { of, occasion, cancel, ended };
    deps.changed();
  }

  return {
    view: () => ({ check, report, isCurrent: isCurrent() }),
    standing() {
      if (running !== null) return 'checking';
      if (report === null || !isCurrent()) return 'unchecked';
      return hasPassed(report.report) ? 'passed' : 'failed';
    },
    engineLookedAt() {
      identity = sandbox.identity();
    },
    lookAfter({ ownerIsHere, wanted }) {
      if (running !== null) {
        const { occasion, cancel } = running;
        if (occasion !== 'asked' && (!wanted || (occasion === 'due' && ownerIsHere))) cancel.abort();
        return;
      }
      const isFirst = report === null && !begun;
      if (!wanted || (ownerIsHere && !isFirst) || identity === null || isCurrent() || isPutOff(identity) || deps.isBusy()) return;
      begin(identity, isFirst ? 'first' : 'due');
    },
    start() {
      if (running !== null) throw new ProblemError('device-busy', 'The sandbox is being checked already.', 'Wait for it, or cancel it.');
      if (identity === null)
        throw new ProblemError('engine-missing', 'There is no container engine to check.', 'See `npx nightshift worker status`.');
      if (deps.isBusy())
        throw new ProblemError('device-busy', 'A job runs on this machine.', 'Check the sandbox when it has ended, or stop the job.');
      begin(identity, 'asked');
    },
    cancel() {
      if (running === null) return;
      putOffCheck(running.of);
      running.cancel.abort();
    },
    async [Symbol.asyncDispose]() {
      running?.cancel.abort();
      await running?.ended;
    },
  };
}

/** A report that this worker has not signed as it is counts as none. */
function ownReport(signed: SignedSandboxReport | null, publicKey: string): SignedSandboxReport | null {
  return signed !== null && verifySignature(publicKey, signatureContext.sandboxReport, signed.report, signed.signature) ? signed : null;
}

const isSame = (a: SandboxIdentity, b: SandboxIdentity): boolean => a.engine === b.engine && a.kernel === b.kernel && a.policy === b.policy;
