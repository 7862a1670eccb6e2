import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http2 from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { implement } from '@orpc/server';
import { RPCHandler } from '@orpc/server/node';
import { createWebSocketStream, WebSocket } from 'ws';
import type { NetworkInfo } from '../../contract/cloud-api.ts';
import type { ArchiveRef, LeaseOutcome, LeaseTerms, SignedInvoice } from '../../contract/model/lease.ts';
import { chargeMicro } from '../../contract/model/money.ts';
import type { Offer } from '../../contract/model/offer.ts';
import type { SignedReceipt } from '../../contract/model/receipt.ts';
import {
  type LedgerTotals,
  type OutboxAck,
  type OutboxRecord,
  SESSION_PATH,
  SESSION_RPC_PREFIX,
  sessionContract,
  signatureContext,
  type WorkerLease,
  type WorkerReport,
} from '../../contract/session-api.ts';
import { newPrivateKeyPem, openSigner, type Signer, verifySignature } from '../../lib/signing.ts';
import { cloudFor } from './network.ts';
import { WORKER_DEVICE, WORKER_OFFER } from './offer.ts';

interface HeldLease {
  readonly terms: LeaseTerms;
  state: WorkerLease['state'];
  inputs: Buffer | null;
  checkpoint: Buffer | null;
  intervals: number;
}

const refOf = (bytes: Buffer | undefined): ArchiveRef | null =>
  bytes ? { digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, sizeBytes: bytes.length } : null;

async function bytesOf(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/**
 * A worker by hand: the real session protocol over a real WebSocket with a real key, but no engine. The test says what happens;
 * what it says survives reconnecting, as a real worker's store does.
 */
export class ScriptedWorker {
  readonly signer: Signer = openSigner(newPrivateKeyPem());
  readonly leases = new Map<string, HeldLease>();
  readonly logs = new Map<string, string>();
  readonly artifacts = new Map<string, Buffer>();
  /** What a lease's run has saved. */
  readonly checkpoints = new Map<string, Buffer>();
  readonly invoices: SignedInvoice[] = [];
  readonly acks: OutboxAck[] = [];
  readonly cancelled: string[] = [];
  readonly compared: LedgerTotals[] = [];
  outbox: OutboxRecord[] = [];
  /** Put into the outbox stream as it is, to see what the network makes of it. */
  poison: unknown = null;
  /** Takes no inputs in: the stream stays open. */
  stallsInputs = false;
  refusal: { readonly code: 'device-busy'; readonly detail: string } | null = null;
  offers: readonly Offer[] = [WORKER_OFFER];
  id = '';
  private info: NetworkInfo | null = null;
  private seq = 0;
  private socket: WebSocket | null = null;

  async enrol(url: string, token: string): Promise<void> {
    const claim = { token, publicKey: this.signer.publicKey, name: 'scripted', devices: [WORKER_DEVICE] };
    const signature = this.signer.sign(signatureContext.enrol, claim);
    const { workerId, network } = await cloudFor(url, null).workers.enrol({ claim, signature });
    this.id = workerId;
    this.info = network;
  }

  private network(): NetworkInfo {
    if (!this.info) throw new Error('the scripted worker has not enrolled');
    return this.info;
  }

  private held(leaseId: string): HeldLease {
    const lease = this.leases.get(leaseId);
    if (!lease) throw new Error(`the scripted worker has no lease ${leaseId}`);
    return lease;
  }

  private view(lease: HeldLease): WorkerLease {
    const { leaseId, leaseEpoch, spec, checkpoint } = lease.terms;
    const needsInputs = spec.inputs !== null && lease.inputs === null;
    return { leaseId, leaseEpoch, state: lease.state, needsInputs, needsCheckpoint: checkpoint !== null && lease.checkpoint === null };
  }

  report(): WorkerReport {
    const busy = new Set([...this.leases.values()].filter(({ state }) => state !== 'sealed').map(({ terms }) => terms.deviceId));
    const offers = this.offers.filter(({ deviceId }) => !busy.has(deviceId));
    return { devices: [WORKER_DEVICE], offers, leases: [...this.leases.values()].map((lease) => this.view(lease)) };
  }

  private record(make: (seq: number) => OutboxRecord): void {
    this.seq += 1;
    this.outbox.push(make(this.seq));
  }

  running(leaseId: string): void {
    const lease = this.held(leaseId);
    lease.state = 'running';
    this.record((seq) => ({ seq, kind: 'lease-running', leaseId, leaseEpoch: lease.terms.leaseEpoch, startedAtMs: Date.now() }));
  }

  receipt(leaseId: string, cumulativeUnfrozenMs: number): SignedReceipt {
    const lease = this.held(leaseId);
    lease.intervals += 1;
    const { terms } = lease;
    const receipt = {
      version: 0 as const,
      leaseId,
      leaseEpoch: terms.leaseEpoch,
      workerId: this.id,
      deviceId: terms.deviceId,
      interval: lease.intervals,
      cumulativeUnfrozenMs,
      microPerHour: terms.microPerHour,
      chargeMicro: chargeMicro(cumulativeUnfrozenMs, terms.microPerHour),
      currency: terms.currency,
      measuredAtMs: Date.now(),
    };
    return { receipt, workerSignature: this.signer.sign(signatureContext.receipt, receipt) };
  }

  usage(leaseId: string, cumulativeUnfrozenMs: number): void {
    const signed = this.receipt(leaseId, cumulativeUnfrozenMs);
    this.record((seq) => ({ seq, kind: 'usage', signed }));
  }

  ended(leaseId: string, outcome: LeaseOutcome, cumulativeUnfrozenMs: number | null): void {
    const lease = this.held(leaseId);
    const finalReceipt = cumulativeUnfrozenMs === null ? null : this.receipt(leaseId, cumulativeUnfrozenMs);
    lease.state = 'ended';
    const result = {
      leaseId,
      leaseEpoch: lease.terms.leaseEpoch,
      outcome,
      finalReceipt,
      logBytes: Buffer.byteLength(this.logs.get(leaseId) ?? ''),
      artifacts: refOf(this.artifacts.get(leaseId)),
      checkpoint: refOf(this.checkpoints.get(leaseId)),
      endedAtMs: Date.now(),
    };
    this.record((seq) => ({ seq, kind: 'result', result }));
  }

  /** Dials and resolves once the network has proved itself. */
  async connect(url: string): Promise<void> {
    const workerNonce = randomBytes(16).toString('base64url');
    const accepted = Promise.withResolvers<void>();
    const socket = new WebSocket(`${url.replace('http', 'ws')}${SESSION_PATH}?worker=${this.id}`, { perMessageDeflate: false });
    const gone = new AbortController();
    socket.once('close', () => {
      gone.abort();
      accepted.reject(new Error('the network closed the socket'));
    });
    socket.on('error', (error) => accepted.reject(error));
    const handler = new RPCHandler(this.router(workerNonce, accepted.resolve, gone.signal));
    const server = http2.createServer((request, response) => {
      const path = new URL(request.url, 'http://worker');
      const stream = /^\/leases\/([^/]+)\/(inputs|log|artifacts|checkpoint)$/.exec(path.pathname);
      const serving = stream?.[1]
        ? this.serveStream(stream[1], stream[2] ?? '', path, request, response, gone.signal)
        : handler.handle(request, response, { prefix: SESSION_RPC_PREFIX, context: {} });
      serving.catch(() => response.stream.destroy());
    });
    socket.once('open', () => {
      const duplex = createWebSocketStream(socket);
      duplex.on('error', () => socket.terminate());
      socket.prependOnceListener('close', () => duplex.destroy()); // see gateway.ts
      server.emit('connection', duplex);
    });
    this.socket = socket;
    await accepted.promise;
  }

  disconnect(): void {
    this.socket?.terminate();
  }

  isConnected(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  private async serveStream(
    leaseId: string,
    what: string,
    path: URL,
    request: http2.Http2ServerRequest,
    response: http2.Http2ServerResponse,
    gone: AbortSignal,
  ): Promise<void> {
    const lease = this.held(leaseId);
    if (what === 'inputs' && this.stallsInputs) {
      await once(gone, 'abort');
    } else if (what === 'inputs') {
      lease.inputs = await bytesOf(request);
      response.writeHead(204).end();
    } else if (what === 'checkpoint' && request.method === 'PUT') {
      lease.checkpoint = await bytesOf(request);
      response.writeHead(204).end();
    } else if (what === 'checkpoint') {
      response.end(this.checkpoints.get(leaseId) ?? Buffer.alloc(0));
    } else if (what === 'artifacts') {
      response.end(this.artifacts.get(leaseId) ?? Buffer.alloc(0));
    } else {
      let offset = Number(path.searchParams.get('offset'));
      response.writeHead(200);
      response.stream.write(Buffer.alloc(0));
      while (!gone.aborted && !response.stream.destroyed) {
        const log = Buffer.from(this.logs.get(leaseId) ?? '').subarray(offset);
        if (log.length > 0) response.write(log);
        offset += log.length;
        if (lease.state === 'ended' || lease.state === 'sealed') break;
        await sleep(5);
      }
      response.end();
    }
  }

  private router(workerNonce: string, onAccepted: () => void, gone: AbortSignal) {
    const os = implement(sessionContract);
    const done = { ok: true } as const;
    return os.router({
      hello: os.hello.handler(({ input }) => {
        const proof = { ...input, workerNonce, workerId: this.id, bootId: 'boot', version: '0' };
        return { proof, workerSignature: this.signer.sign(signatureContext.hello, proof) };
      }),
      accepted: os.accepted.handler(({ input: { accepted, networkSignature } }) => {
        const genuine = verifySignature(this.network().publicKey, signatureContext.accepted, accepted, networkSignature);
        if (!genuine || accepted.workerNonce !== workerNonce) throw new Error('this is another network');
        onAccepted();
        return done;
      }),
      report: os.report.handler(
        async function* (this: ScriptedWorker): AsyncGenerator<WorkerReport> {
          let last = '';
          while (!gone.aborted) {
            const report = this.report();
            if (JSON.stringify(report) !== last) yield report;
            last = JSON.stringify(report);
            await sleep(5);
          }
        }.bind(this),
      ),
      outbox: {
        stream: os.outbox.stream.handler(
          async function* (this: ScriptedWorker, { input }: { input: { afterSeq: number } }): AsyncGenerator<OutboxRecord> {
            let sentSeq = input.afterSeq;
            while (!gone.aborted) {
              if (this.poison !== null) yield this.poison as OutboxRecord; // what a broken worker would send
              for (const record of this.outbox.filter(({ seq }) => seq > sentSeq)) {
                yield record;
                sentSeq = record.seq;
              }
              await sleep(5);
            }
          }.bind(this),
        ),
        ack: os.outbox.ack.handler(({ input }) => {
          this.acks.push(input);
          this.outbox = this.outbox.filter(({ seq }) => seq > input.upToSeq);
          return done;
        }),
      },
      leases: {
        grant: os.leases.grant.handler(({ input: { terms, networkSignature } }) => {
          if (!verifySignature(this.network().publicKey, signatureContext.leaseTerms, terms, networkSignature)) {
            return { accepted: false as const, code: 'bad-terms' as const, detail: 'not signed by my network' };
          }
          if (this.refusal) return { accepted: false as const, ...this.refusal };
          const known = this.leases.get(terms.leaseId);
          const lease = known ?? { terms, state: 'granted' as const, inputs: null, checkpoint: null, intervals: 0 };
          this.leases.set(terms.leaseId, lease);
          return { accepted: true as const, lease: this.view(lease) };
        }),
        start: os.leases.start.handler(({ input }) => {
          const lease = this.held(input.leaseId);
          if (lease.state === 'granted') lease.state = 'starting';
          return this.view(lease);
        }),
        cancel: os.leases.cancel.handler(({ input }) => {
          this.cancelled.push(input.leaseId);
          return done;
        }),
        seal: os.leases.seal.handler(({ input }) => {
          if (!this.invoices.some(({ invoice }) => invoice.leaseId === input.invoice.leaseId)) this.invoices.push(input);
          const lease = this.leases.get(input.invoice.leaseId);
          if (lease) lease.state = 'sealed';
          return done;
        }),
      },
      ledger: {
        compare: os.ledger.compare.handler(({ input }) => {
          this.compared.push(input);
          return input;
        }),
      },
    });
  }
}
