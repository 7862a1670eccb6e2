import { ProblemError } from '../contract/model/problem.ts';
import type { Earnings, SessionState } from '../contract/worker-api.ts';
import { newId } from '../lib/ids.ts';
import { VERSION } from '../lib/version.ts';
import { enrol } from './session/enrol.ts';
import type { Identity } from './session/identity.ts';
import { type DialDeps, keepSession } from './session/session.ts';
import { type Enrolment, readEnrolment, writeEnrolment } from './store/enrolment-row.ts';

export interface NetworkLinkDeps extends Omit<DialDeps, 'show' | 'compared' | 'bootId' | 'version' | 'signer'> {
  readonly identity: Identity;
  /** A session with this network stands. */
  readonly online: (networkUrl: string) => void;
  readonly stopping: AbortSignal;
  /** What it says of itself has changed. */
  readonly changed: () => void;
}

/** The network that this worker belongs to, and the session with it. */
export interface NetworkLink extends AsyncDisposable {
  session(): SessionState;
  enrolment(): Enrolment | null;
  /** How the two ledgers compared last; null: not yet. */
  reconciliation(): Earnings['reconciliation'];
  /** Keeps a session up from now on, where this worker has enrolled. */
  begin(): void;
  /** Enrols with a network, and leaves the one before. Returns the worker's id. Throws ProblemError. */
  enrol(networkUrl: string, token: string): Promise<string>;
}

export function openNetworkLink(deps: NetworkLinkDeps): NetworkLink {
  const { db, logger, clock, identity } = deps;
  const bootId = newId('boot', clock.nowMs());
  let session: SessionState = {
    kind: 'not-enrolled',
    fix: 'Start with `npm start`, or join a network: `npx nightshift worker enrol <network address> <token>`',
  };
  let reconciliation: Earnings['reconciliation'] = null;
  let enrolled = readEnrolment(db);
  let ended = Promise.resolve();
  let stop = new AbortController();

  function connect(enrolment: Enrolment): void {
    stop = new AbortController();
    ended = keepSession(
      {
        ...deps,
        signer: identity.signer,
        bootId,
        version: VERSION,
        compared(own, network) {
          const equal =
            own.sealedLeases === network.sealedLeases && own.chargeMicro === network.chargeMicro && own.netMicro === network.netMicro;
          if (!equal) logger.error({ own, network }, "this worker's ledger and the network's differ");
          reconciliation = { atMs: clock.nowMs(), ownMicro: own.netMicro, networkMicro: network.netMicro, equal };
          deps.changed();
        },
        show(next) {
          session = next;
          if (next.kind === 'online') deps.online(next.networkUrl);
          deps.changed();
        },
      },
      enrolment,
      stop.signal,
    );
  }

  async function leave(): Promise<void> {
    for (let seen = null; seen !== ended; ) {
      stop.abort(); // again where another enrolment has connected meanwhile
      seen = ended;
      await seen;
    }
  }

  return {
    session: () => session,
    enrolment: () => enrolled,
    reconciliation: () => reconciliation,
    begin() {
      if (enrolled) connect(enrolled);
    },
    async enrol(networkUrl, token) {
      const enrolment = await enrol(identity, deps.devices(), networkUrl, token);
      await leave();
      if (deps.stopping.aborted) throw new ProblemError('already-running', 'Nightshift is being closed.', 'Start it again, then enrol.');
      writeEnrolment(db, enrolment, clock.nowMs());
      enrolled = enrolment;
      connect(enrolment);
      return enrolment.workerId;
    },
    [Symbol.asyncDispose]: leave,
  };
}
