import { randomBytes } from 'node:crypto';

/** A new identifier `prefix_<24 hex digits>`: 48 bits of wall-clock ms, then 48 random bits, so identifiers sort by time of making. */
export function newId(prefix: string, nowMs: number): string {
  return `${prefix}_${nowMs.toString(16).padStart(12, '0')}${randomBytes(6).toString('hex')}`;
}

/** A bearer secret: `prefix_` and 256 random bits in base64url. */
export function newSecret(prefix: string): string {
  return `${prefix}_${randomBytes(32).toString('base64url')}`;
}
