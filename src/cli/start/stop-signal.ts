import { exitCode } from '../exit-codes.ts';

/** One Ctrl-C may come twice, from the terminal and from the launcher; a person's second one comes later than this. */
const SAME_WISH_MS = 1_000;

/** Aborted by the first SIGINT or SIGTERM, which asks to stop in good order. One that comes later ends the process at once. */
export function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  let askedMs = Number.NaN;
  const onSignal = (): void => {
    if (!stopping.signal.aborted) {
      askedMs = performance.now();
      stopping.abort();
    } else if (performance.now() - askedMs > SAME_WISH_MS) {
      process.exit(exitCode.interrupted);
    }
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return stopping.signal;
}
