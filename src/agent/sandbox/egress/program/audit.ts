import type { ConnectionRecord } from '../../../../contract/model/sandbox.ts';

/**
 * Refusals and connections written down one by one, so many of each: a job that floods either fills no disk, and hides nothing of the
 * other. With two lines a connection of at most MAX_LINE_BYTES they fit the first file of the proxy's log (see helper-container.ts).
 */
const MAX_RECORDS = 2000;
/** Longest a name can be (RFC 1035). */
const MAX_HOST_LENGTH = 253;
const MAX_REFUSAL_LENGTH = 160;

/** A line of the log. The last line of an id counts, so that a connection is on record as soon as it is made. */
export interface AuditLine extends ConnectionRecord {
  readonly id: number;
}

export interface Opened {
  /** `refusal`: why it was broken off; null: it came to its own end. */
  closed(sentBytes: number, receivedBytes: number, refusal: string | null): void;
}

export interface Audit {
  refused(host: string, port: number | null, refusal: string): void;
  /** A connection that is let through. */
  opened(host: string, port: number, address: string): Opened;
}

const OVERFLOW_IDS = { refused: 1, opened: 2 } as const;

/**
 * Writes one JSON line a record. Past the cap there is one line for all the rest, written anew whenever their number or their bytes have
 * doubled, so that at least half of either is on record, however few connections bear most of it.
 */
export function createAudit(nowMs: () => number, write: (line: string) => void): Audit {
  const counts = { refused: 0, opened: 0 };
  const restBytes = { sent: 0, received: 0 };
  const told = { refused: 0, opened: 0, bytes: 0 };
  let nextId = 3;

  const put = (line: AuditLine): void => {
    const refusal = line.refusal === null ? null : printable(line.refusal, MAX_REFUSAL_LENGTH);
    write(`${JSON.stringify({ ...line, host: printable(line.host, MAX_HOST_LENGTH), refusal })}\n`);
  };
  const putRest = (kind: 'refused' | 'opened'): void => {
    const rest = counts[kind] - MAX_RECORDS;
    const bytes = kind === 'opened' ? restBytes.sent + restBytes.received : 0;
    if (!hasDoubled(told[kind], rest) && !hasDoubled(told.bytes, bytes)) return;
    told[kind] = rest;
    told.bytes = Math.max(told.bytes, bytes);
    put({
      id: OVERFLOW_IDS[kind],
      atMs: nowMs(),
      host: kind === 'opened' ? `(${rest} or more other connections)` : `(${rest} or more other requests)`,
      port: null,
      address: null,
      refusal: kind === 'opened' ? null : 'refused, and not written down one by one',
      sentBytes: kind === 'opened' ? restBytes.sent : 0,
      receivedBytes: kind === 'opened' ? restBytes.received : 0,
      durationMs: 0,
    });
  };

  return {
    refused(host, port, refusal) {
      counts.refused += 1;
      if (counts.refused > MAX_RECORDS) return putRest('refused');
      put({ id: nextId++, atMs: nowMs(), host, port, address: null, refusal, sentBytes: 0, receivedBytes: 0, durationMs: 0 });
    },
    opened(host, port, address) {
      counts.opened += 1;
      if (counts.opened > MAX_RECORDS) {
        putRest('opened');
        return {
          closed(sentBytes, receivedBytes) {
            restBytes.sent += sentBytes;
            restBytes.received += receivedBytes;
            putRest('opened');
          },
        };
      }
      const line = { id: nextId++, atMs: nowMs(), host, port, address };
      put({ ...line, refusal: null, sentBytes: 0, receivedBytes: 0, durationMs: 0 });
      return {
        closed: (sentBytes, receivedBytes, refusal) =>
          put({ ...line, refusal, sentBytes, receivedBytes, durationMs: Math.max(0, nowMs() - line.atMs) }),
      };
    },
  };
}

const hasDoubled = (told: number, now: number): boolean => now > 0 && now >= 2 * told;

/** What a job chose to say may be shown in a terminal: only what ASCII prints, the rest as `?`. */
function printable(text: string, maxLength: number): string {
  return text.slice(0, maxLength).replace(/[^\x20-\x7e]/g, '?');
}
