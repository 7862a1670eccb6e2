import { implement, ORPCError } from '@orpc/server';
import type { Device } from '../../contract/model/device.ts';
import type { Offer } from '../../contract/model/offer.ts';
import type { LedgerTotals } from '../../contract/session-api.ts';
import { type HelloProof, sessionContract, signatureContext } from '../../contract/session-api.ts';
import type { Logger } from '../../lib/log.ts';
import type { Pulse } from '../../lib/pulse.ts';
import { type Signer, verifySignature } from '../../lib/signing.ts';
import type { Leases } from '../lease/leases.ts';
import type { Enrolment } from '../store/enrolment-row.ts';
import { readInvoiceTotals } from '../store/invoice-rows.ts';
import type { Db } from '../store/open.ts';
import { continueOutboxAbove, deleteOutbox, readOutbox } from '../store/outbox-rows.ts';
import { readReceipt, setCosignature } from '../store/receipt-rows.ts';

export interface SessionDeps {
  readonly db: Db;
  readonly logger: Logger;
  readonly signer: Signer;
  readonly leases: Leases;
  readonly devices: () => readonly Device[];
  readonly offers: () => readonly Offer[];
  readonly reportChanged: Pulse;
  readonly outboxGrew: Pulse;
  readonly compared: (own: LedgerTotals, network: LedgerTotals) => void;
  readonly bootId: string;
  readonly version: string;
}

/** One dialled session, as the handlers see it. */
export interface SessionContext {
  readonly enrolment: Enrolment;
  readonly workerNonce: string;
  /** Ends with the session. */
  readonly closed: AbortSignal;
  /** Whether the network has proved who it is; before that nothing but the handshake is served. The last record it was sent. An object of its own, because handlers get a copy of the context. */
  readonly trust: { proved: boolean; sentSeq: number };
  readonly onAccepted: (sessionEpoch: number) => void;
}

const OUTBOX_BATCH = 200;

/** What the worker serves on its session: the network calls, the worker answers. */
export function createSessionRouter(deps: SessionDeps) {
  const { db, leases } = deps;
  const os = implement(sessionContract).$context<SessionContext>();
  const trusted = os.middleware(({ context, next }) => {
    if (!context.trust.proved) throw new ORPCError('FORBIDDEN', { message: 'the handshake is not done' });
    return next();
  });
  const done = { ok: true } as const;

  return os.router({
    hello: os.hello.handler(({ input, context }) => {
      const { enrolment } = context;
      if (input.networkId !== enrolment.network.id) throw new ORPCError('FORBIDDEN', { message: 'this worker belongs to another network' });
      const proof: HelloProof = {
        networkId: input.networkId,
        networkNonce: input.networkNonce,
        workerNonce: context.workerNonce,
        workerId: enrolment.workerId,
        bootId: deps.bootId,
        version: deps.version,
      };
      return { proof, workerSignature: deps.signer.sign(signatureContext.hello, proof) };
    }),
    accepted: os.accepted.handler(({ input, context }) => {
      const { accepted, networkSignature } = input;
      const { enrolment } = context;
      const genuine =
        accepted.workerId === enrolment.workerId &&
        accepted.workerNonce === context.workerNonce &&
        verifySignature(enrolment.network.publicKey, signatureContext.accepted, accepted, networkSignature);
      if (!genuine) throw new ORPCError('FORBIDDEN', { message: 'this is not the network this worker enrolled with' });
      context.trust.proved = true;
      context.onAccepted(accepted.sessionEpoch);
      return done;
    }),
    report: os.report.use(trusted).handler(async function* ({ context, signal }) {
      const ended = anySignal(context.closed, signal);
      using changes = deps.reportChanged.listen(ended);
      do yield { devices: [...deps.devices()], offers: [...deps.offers()], leases: [...leases.report()] };
      while (await changes.next());
    }),
    outbox: {
      stream: os.outbox.stream.use(trusted).handler(async function* ({ input, context, signal }) {
        const ended = anySignal(context.closed, signal);
        using growth = deps.outboxGrew.listen(ended);
        continueOutboxAbove(db, input.afterSeq);
        let sentSeq = 0; // what is still here was not acknowledged, even if the network has it: the answer, with its signatures, was lost
        for (;;) {
          const records = readOutbox(db, sentSeq, OUTBOX_BATCH);
          for (const record of records) {
            sentSeq = record.seq;
            context.trust.sentSeq = Math.max(context.trust.sentSeq, sentSeq);
            yield record;
          }
          if (records.length === 0 && !(await growth.next())) return;
          if (ended.aborted) return;
        }
      }),
      ack: os.outbox.ack.use(trusted).handler(({ input, context }) => {
        db.transaction(() => {
          for (const each of input.cosignatures) {
            const found = readReceipt(db, each.leaseId, each.leaseEpoch, each.interval);
            if (!found) continue;
            const { receipt, workerSignature } = found;
            if (
              verifySignature(
                context.enrolment.network.publicKey,
                signatureContext.receiptAccepted,
                { receipt, workerSignature },
                each.networkSignature,
              )
            ) {
              setCosignature(db, each.leaseId, each.leaseEpoch, each.interval, each.networkSignature);
            } else {
              deps.logger.error(
                { leaseId: each.leaseId, interval: each.interval },
                'the network sent a signature that does not fit the receipt',
              );
            }
          }
          deleteOutbox(db, Math.min(input.upToSeq, context.trust.sentSeq)); // what was never sent cannot have arrived
        })();
        return done;
      }),
    },
    leases: {
      grant: os.leases.grant.use(trusted).handler(({ input }) => leases.grant(input)),
      start: os.leases.start.use(trusted).handler(({ input }) => leases.start(input.leaseId, input.leaseEpoch)),
      cancel: os.leases.cancel.use(trusted).handler(({ input }) => {
        leases.cancel(input.leaseId, input.leaseEpoch);
        return done;
      }),
      seal: os.leases.seal.use(trusted).handler(({ input }) => {
        leases.seal(input);
        return done;
      }),
    },
    ledger: {
      compare: os.ledger.compare.use(trusted).handler(({ input }) => {
        const own = readInvoiceTotals(db);
        deps.compared(own, input);
        return own;
      }),
    },
  });
}

const anySignal = (closed: AbortSignal, signal: AbortSignal | undefined): AbortSignal =>
  signal ? AbortSignal.any([closed, signal]) : closed;
