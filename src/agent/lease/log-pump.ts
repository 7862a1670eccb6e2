import { open } from 'node:fs/promises';
import { stripVTControlCharacters } from 'node:util';

const TAIL_LINES = 12;
const TAIL_LINE_CHARS = 300;

/** The last lines of a log as they may be shown: terminal sequences and control characters removed, long lines cut. */
export interface LogTail {
  push(chunk: Buffer): void;
  lines(): readonly string[];
}

export function createLogTail(): LogTail {
  const decoder = new TextDecoder();
  let lines: string[] = [];
  let unfinished = '';
  return {
    push(chunk) {
      const parts = (unfinished + decoder.decode(chunk, { stream: true })).split('\n');
      unfinished = (parts.pop() ?? '').slice(-TAIL_LINE_CHARS * 4);
      lines = [...lines, ...parts.slice(-TAIL_LINES).map(cleanLine)].slice(-TAIL_LINES);
    },
    lines: () => [...lines, ...(unfinished === '' ? [] : [cleanLine(unfinished)])].slice(-TAIL_LINES),
  };
}

/** One log line made safe to show. */
export function cleanLine(line: string): string {
  const afterReturn = line.replace(/\r$/, '').split('\r').at(-1) ?? '';
  return stripVTControlCharacters(afterReturn)
    .replaceAll('\t', '  ')
    .replace(/\p{Cc}/gu, '')
    .slice(0, TAIL_LINE_CHARS);
}

/**
 * Appends the engine's log to the file, passing over the first `skipBytes`, which an earlier run of the agent has written:
 * the engine tells a log from its beginning, always with the same prefix. Rejects where the file cannot be written.
 */
export async function pumpLog(log: AsyncIterable<Buffer>, path: string, skipBytes: number, tail: LogTail): Promise<void> {
  const file = await open(path, 'a', 0o600);
  let toSkip = skipBytes;
  try {
    for await (const chunk of log) {
      tail.push(chunk);
      const fresh = chunk.subarray(Math.min(toSkip, chunk.length));
      toSkip -= chunk.length - fresh.length;
      if (fresh.length > 0) await file.appendFile(fresh);
    }
  } finally {
    await file.close();
  }
}
