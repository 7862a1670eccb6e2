import { once } from 'node:events';
import { ProblemError } from '../../contract/model/problem.ts';
import { reportFailure } from '../failure.ts';
import { line } from '../print.ts';
import type { ChildMessage } from './child.ts';

/** A part that runs until it is asked to stop. */
export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

/** Below what the one who started us waits before it kills. */
const CLOSE_MS = 15_000;
const LINGER_MS = 1_000;

/**
 * Runs the network or the agent in this process until SIGINT, SIGTERM, or the end of the one who started it. Tells a parent over
 * IPC when it is ready or why it cannot be; tells a person on stdout.
 */
export async function serve(start: () => Promise<Served>): Promise<void> {
  const tell = (message: ChildMessage): boolean => process.connected && (process.send?.(message) ?? false);
  const asked = Promise.race([
    once(process, 'SIGTERM'),
    once(process, 'SIGINT'),
    ...(process.connected ? [once(process, 'disconnect')] : []),
  ]);
  let served: Served;
  try {
    served = await start();
  } catch (error) {
    if (error instanceof ProblemError) tell({ kind: 'failed', problem: error.problem });
    reportFailure(error);
    if (process.connected) process.disconnect();
    return;
  }
  if (!tell({ kind: 'ready', url: served.url, pid: process.pid })) line(served.url);
  await asked;
  endBy(CLOSE_MS, 'is still not closed');
  await served.close();
  if (process.connected) process.disconnect();
  endBy(LINGER_MS, 'is closed, but something still keeps this process');
}

/** A hung engine or a forgotten socket must not keep a part from stopping; everything that matters is written before it is said. */
function endBy(ms: number, state: string): void {
  setTimeout(() => {
    process.stderr.write(`Nightshift ${state} after ${ms} ms and ends now. Held by: ${process.getActiveResourcesInfo().join(', ')}\n`);
    process.exit();
  }, ms).unref();
}
