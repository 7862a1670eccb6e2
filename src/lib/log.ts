import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** A JSON-lines logger to stderr, so that stdout stays for what the user asked for. Level from NIGHTSHIFT_LOG (default `info`). */
export function createLogger(name: string, level = process.env.NIGHTSHIFT_LOG ?? 'info'): Logger {
  return pino({ name, level, base: { name }, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ dest: 2, sync: true }));
}
