import { isUtf8 } from 'node:buffer';

/** How many bytes a UTF-8 sequence that starts with this byte has; 0 where none does. */
function sequenceBytes(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  if (lead >= 0xf0 && lead < 0xf5) return 4;
  return 0;
}

/** Bytes at the end that are the beginning of a character whose rest is still to come. */
function unfinishedBytes(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte >= 0xc0) return sequenceBytes(byte) > back ? back : 0;
    if (byte < 0x80) return 0;
  }
  return 0;
}

/**
 * A piece of a log as text, without cutting a character in two. Each byte that is no UTF-8 becomes one `?`, so that the text has
 * exactly as many UTF-8 bytes as it stands for and a reader can go on at `offset + byteLength(text)`.
 * @param complete nothing more will come: an unfinished character at the end is given out too
 */
export function logText(bytes: Buffer, complete: boolean): string {
  const usable = complete ? bytes : bytes.subarray(0, bytes.length - unfinishedBytes(bytes));
  if (isUtf8(usable)) return usable.toString('utf8');
  let text = '';
  for (let at = 0; at < usable.length; ) {
    const sequence = usable.subarray(at, at + Math.max(1, sequenceBytes(usable[at] ?? 0)));
    const valid = isUtf8(sequence);
    text += valid ? sequence.toString('utf8') : '?';
    at += valid ? sequence.length : 1;
  }
  return text;
}
