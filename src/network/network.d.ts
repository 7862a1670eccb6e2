import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { type NetworkOptions } from './constants.ts';
export interface NetworkSettings {
  /** Everything the network keeps: database, key, blobs, logs, and `operator.json` with the operator's API key. */
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
export declare function startNetwork(settings: NetworkSettings): Promise<RunningNetwork>;
