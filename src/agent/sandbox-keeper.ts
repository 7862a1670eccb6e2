import { ProblemError } from '../contract/model/problem.ts';
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
}

/** "Check my sandbox": the last report, the check that runs, and whether one is due. */
export interface SandboxKeeper extends AsyncDisposable {
  view(): { readonly check: SandboxCheck; readonly report: SignedSandboxReport | null; readonly isCurrent: boolean };
  standing(): SandboxStanding;
  /** Looks which engine is there now; to be called when it was looked for. */
  engineLookedAt(): void;
  /** Begins the check that is due, if one is: the first one at once, one for another engine only while nobody is here, and gives way to whoever comes. */
  lookAfter(ownerIsHere: boolean): void;
  /** Starts one at the owner's wish. Throws `device-busy`, `engine-missing`. */
  start(): void;
  /** Ends the check that runs, if one does, at the owner's wish; nothing of it is kept. */
  cancel(): void;
}

/** A check that broke off, or that the owner did not want, is begun anew by itself after so long. */
const AGAIN_MS = 3_600_000;

export function openSandboxKeeper(deps: SandboxKeeperDeps): SandboxKeeper {
  const { db, clock, logger, signer, sandbox } = deps;
  let report = ownReport(readSandboxReport(db), signer.publicKey);
  let identity: SandboxIdentity | null = null;
  let check: SandboxCheck = { kind: 'idle' };
  let notBeforeMs = Number.NEGATIVE_INFINITY; // monotonic
  let running: { readonly cancel: AbortController; readonly givesWay: boolean; readonly ended: Promise<void> } | null = null;

  const isCurrent = (): boolean => report !== null && identity !== null && isSame(report.report.identity, identity);

  async function run(asked: SandboxIdentity, signal: AbortSignal): Promise<void> {
    const startedAtMs = clock.nowMs();
    const startedMonotonicMs = clock.monotonicMs();
    const show = (total: number, current: string | null, probes: readonly ProbeResult[]): void => {
      check = { kind: 'running', startedAtMs, total, current, probes: [...probes] };
      deps.changed();
    };
    show(0, null, []);
    try {
      const { missing, probes } = await sandbox.check(signal, show);
      report = signReport(signer, {
        identity: asked,
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
      notBeforeMs = clock.monotonicMs() + AGAIN_MS;
      logger.warn({ error }, 'the sandbox could not be checked');
      const { detail, next } =
        error instanceof ProblemError
          ? error.problem
          : { detail: 'The check broke off.', next: 'Try again; the log of the agent has the cause.' };
      check = { kind: 'failed', atMs: clock.nowMs(), detail, fix: next };
    }
  }

  function begin(asked: SandboxIdentity, givesWay: boolean): void {
    const cancel = new AbortController();
    const ended = run(asked, cancel.signal).finally(() => {
      running = null;
      deps.changed();
    });
    running = { cancel, givesWay, ended };
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
      const now = sandbox.identity();
      if (now !== null && identity !== null && !isSame(now, identity)) notBeforeMs = Number.NEGATIVE_INFINITY;
      identity = now;
    },
    lookAfter(ownerIsHere) {
      if (running !== null) {
        if (running.givesWay && ownerIsHere) running.cancel.abort();
        return;
      }
      if (identity === null || isCurrent() || deps.isBusy() || clock.monotonicMs() < notBeforeMs) return;
      if (report === null || !ownerIsHere) begin(identity, report !== null);
    },
    start() {
      if (running !== null) throw new ProblemError('device-busy', 'The sandbox is being checked already.', 'Wait for it, or cancel it.');
      if (identity === null)
        throw new ProblemError('engine-missing', 'There is no container engine to check.', 'See `npx nightshift worker status`.');
      if (deps.isBusy())
        throw new ProblemError('device-busy', 'A job runs on this machine.', 'Check the sandbox when it has ended, or stop the job.');
      begin(identity, false);
    },
    cancel() {
      if (running !== null) notBeforeMs = clock.monotonicMs() + AGAIN_MS;
      running?.cancel.abort();
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
