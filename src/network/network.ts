import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ProblemError } from '../contract/model/problem.ts';
import type { Clock } from '../lib/clock.ts';
import { ensurePrivateDir } from '../lib/files.ts';
import { lockFolder } from '../lib/folder-lock.ts';
import type { Logger } from '../lib/log.ts';
import { ensureOperator } from './accounts/operator.ts';
import { openBlobs } from './blobs.ts';
import { inProcessTopics, jobTopic, MARKET_TOPIC } from './bus/topics.ts';
import { openCheckpoints } from './checkpoints.ts';
import { DEFAULT_OPTIONS, type NetworkOptions } from './constants.ts';
import { openGateway } from './gateway/gateway.ts';
import { createHttpServer } from './http/server.ts';
import { openIdentity } from './identity.ts';
import { createLedger } from './ledger/ledger.ts';
import { openLogs } from './logs.ts';
import { startReconciler } from './market/reconciler.ts';
import { createSessions } from './registry/sessions.ts';
import { openDatabase } from './store/open.ts';

export interface NetworkSettings {
  /** Everything the network keeps: database, key, blobs, checkpoints, logs, and `operator.json` with the operator's API key. */
  readonly dataDir: string;
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly name?: string;
  readonly options?: Partial<NetworkOptions>;
}

export interface RunningNetwork extends AsyncDisposable {
  /** Where it listens, for example `http://127.0.0.1:7400`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts the network backend: the only file that knows all its rooms. Resolves once it listens. Throws ProblemError
 * `already-running` (data directory in use), `port-in-use` or `database-newer`.
 */
export async function startNetwork(settings: NetworkSettings): Promise<RunningNetwork> {
  const { dataDir, clock, logger } = settings;
  const options: NetworkOptions = { ...DEFAULT_OPTIONS, ...settings.options };
  await using starting = new AsyncDisposableStack();

  const lock = lockFolder(ensurePrivateDir(dataDir));
  if (!lock) {
    throw new ProblemError(
      'already-running',
      `Another network already uses ${dataDir}.`,
      'Stop it first, or choose another data directory.',
    );
  }
  starting.use(lock);
  const db = await openDatabase(join(dataDir, 'network.db'), clock.nowMs());
  starting.defer(() => db.destroy());
  const network = await openIdentity(db, clock, dataDir, settings.name);
  await ensureOperator(db, clock, dataDir);

  const closing = new AbortController();
  const topics = inProcessTopics();
  const ledger = createLedger(clock);
  const blobs = openBlobs(ensurePrivateDir(join(dataDir, 'blobs')));
  const checkpoints = await openCheckpoints(join(dataDir, 'checkpoints'), db, logger);
  const logs = openLogs(join(dataDir, 'logs'));
  let nudge = (): void => undefined; // until the reconciler runs, which looks at everything first
  const sessions = createSessions(clock, () => {
    topics.publish(MARKET_TOPIC);
    nudge();
  });
  const server = createHttpServer({
    db,
    ledger,
    clock,
    network,
    options,
    sessions,
    topics,
    logs,
    blobs,
    checkpoints,
    logger,
    nudge: () => nudge(),
    closing: closing.signal,
  });
  const url = await listen(server, settings.host, settings.port);
  starting.defer(() => stopServer(server));
  starting.use(
    openGateway(server, network, {
      db,
      signer: network.signer,
      clock,
      sessions,
      logger,
      onJobsChanged: (jobIds) => {
        for (const jobId of jobIds) topics.publish(jobTopic(jobId));
        nudge();
      },
    }),
  );
  const reconciler = startReconciler({
    db,
    ledger,
    signer: network.signer,
    clock,
    options,
    sessions,
    topics,
    blobs,
    checkpoints,
    logs,
    logger,
    random: Math.random,
  });
  nudge = reconciler.nudge;
  starting.use(reconciler);
  starting.defer(() => closing.abort());
  logger.info({ url, networkId: network.id }, 'the network is up');

  const running = starting.move();
  const close = (): Promise<void> => running.disposeAsync();
  return { url, close, [Symbol.asyncDispose]: close };
}

async function listen(server: Server, host: string, port: number): Promise<string> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new ProblemError('port-in-use', `Port ${port} on ${host} is in use.`, 'Choose another port, or stop what uses it.', {
        cause: error,
      });
    }
    throw error;
  }
  const address = server.address() as AddressInfo; // a listening TCP server has one
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
}

async function stopServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
