import { fork } from 'node:child_process';
import { once } from 'node:events';

/** What a helper process can be asked, by name. Arguments and answers travel by structured clone. */
// biome-ignore lint/suspicious/noExplicitAny: the arguments of any function, taken back to their own types by HelperProcess
type Calls = Readonly<Record<string, (...args: any[]) => unknown>>;

interface Question {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}
type Answer = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly failure: string };

/** A process of its own that answers questions; it ends with the one who started it. */
export interface HelperProcess<C extends Calls> extends AsyncDisposable {
  ask<K extends keyof C & string>(name: K, ...args: Parameters<C[K]>): Promise<Awaited<ReturnType<C[K]>>>;
}

/** Now on CLOCK_MONOTONIC in ms, which is one clock for all processes of a Linux machine. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/**
 * @param file a program that calls `serveHelper` with calls of type C
 * @param signal ends the process, so that what is being asked fails
 */
export function startHelper<C extends Calls>(file: string, signal: AbortSignal): HelperProcess<C> {
  const child = fork(file, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'], detached: true });
  signal.addEventListener('abort', () => child.kill(), { once: true });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let lastId = 0;
  let ended: Error | null = null;
  child.on('message', (message) => {
    const answer = message as Answer; // both ends are this file
    const asked = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('failure' in answer) asked?.reject(new Error(answer.failure));
    else asked?.resolve(answer.value);
  });
  child.once('exit', (code, signal) => {
    ended = new Error(`${file} ended: ${signal ?? code}`);
    for (const asked of waiting.values()) asked.reject(ended);
    waiting.clear();
  });
  return {
    async ask(name, ...args) {
      if (ended) throw ended;
      const id = ++lastId;
      const asked = Promise.withResolvers<unknown>();
      waiting.set(id, asked);
      child.send({ id, name, args } satisfies Question);
      return (await asked.promise) as never; // the value of C's own function
    },
    async [Symbol.asyncDispose]() {
      if (ended) return;
      const exit = once(child, 'exit');
      child.kill();
      await exit;
    },
  };
}

/** Answers questions in this process until its parent is gone. */
export function serveHelper(calls: Calls): void {
  const answer = (message: Answer): void => {
    if (process.connected) process.send?.(message);
  };
  process.on('message', (message) => {
    const { id, name, args } = message as Question; // both ends are this file
    (async () => calls[name]?.(...args))().then(
      (value) => answer({ id, value }),
      (error: unknown) => answer({ id, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.once('disconnect', () => process.exit());
}
