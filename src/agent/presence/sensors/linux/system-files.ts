import { readdirSync } from 'node:fs';
import { ERRNO, libc, OPEN, READABLE } from './libc.ts';

/** What a file of /proc or /sys said, or the errno of why it did not. */
export type FileText = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly errno: number };

/** A file that is read again and again through one file descriptor. */
export interface KeptFile {
  /** From the beginning, in one read: enough for what the kernel writes in one piece (sysfs attributes, most of /proc). */
  read(): FileText;
  close(): void;
}

const buffer = Buffer.allocUnsafeSlow(256 * 1024);

/** Reads a small file to its end (seq_file hands out a page at a time). */
export function readText(path: string): FileText {
  const { open, close, readAt, errno } = libc();
  const fd = open(path, OPEN.readOnly | OPEN.nonBlocking | OPEN.closeOnExec);
  if (fd < 0) return { ok: false, errno: errno() };
  let end = 0;
  let failed = 0;
  while (end < buffer.length) {
    const bytes = readAt(fd, buffer.subarray(end), buffer.length - end, end);
    if (bytes < 0) failed = errno();
    if (bytes <= 0) break;
    end += bytes;
  }
  close(fd);
  return failed === 0 ? { ok: true, text: buffer.toString('utf8', 0, end) } : { ok: false, errno: failed };
}

/** Opens at the first read, and anew after a read that failed. */
export function keepFile(path: string): KeptFile {
  const { open, close, readAt, errno } = libc();
  let fd = -1;
  const letGo = (): void => {
    if (fd >= 0) close(fd);
    fd = -1;
  };
  return {
    read() {
      if (fd < 0) fd = open(path, OPEN.readOnly | OPEN.nonBlocking | OPEN.closeOnExec);
      const bytes = fd < 0 ? -1 : readAt(fd, buffer, buffer.length, 0);
      if (bytes >= 0) return { ok: true, text: buffer.toString('utf8', 0, bytes) };
      const failed = errno();
      letGo();
      return { ok: false, errno: failed };
    },
    close: letGo,
  };
}

/** One trimmed line, or null where it cannot be had. */
export function readWord(path: string): string | null {
  const file = readText(path);
  return file.ok ? file.text.trim() : null;
}

/** The whole number that a file consists of, or null. */
export function wholeNumber(file: FileText): number | null {
  return file.ok && /^\s*-?\d+\s*$/.test(file.text) ? Number(file.text) : null;
}

/** Names in a folder, in no order; null where it is missing or closed to us. */
export function namesIn(path: string): readonly string[] | null {
  if (libc().access(path, READABLE) !== 0) return null;
  try {
    return readdirSync(path);
  } catch {
    return null; // it went away in between
  }
}

/** Where a link leads, or null. */
export function linkTarget(path: string): string | null {
  const bytes = libc().readlink(path, buffer, buffer.length);
  return bytes < 0 ? null : buffer.toString('utf8', 0, bytes);
}

export function isForbidden(errno: number): boolean {
  return errno === ERRNO.noPermission || errno === ERRNO.notPermitted;
}
