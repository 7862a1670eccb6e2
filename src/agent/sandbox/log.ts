import type { Engine } from './engine.ts';
import { engineFault } from './engine-fault.ts';
import { createFrameParser } from './log-frames.ts';

/** Most of a job's log that leaves the sandbox. */
export const MAX_LOG_BYTES = 4 * 2 ** 20;
/**
 * The engine stores some 30 bytes with each line and its followers lose what is rotated away before they read it (Docker 20.10: a flood of
 * empty lines is written three times as fast as it is read). Both limits together stay well within the first log file (see hardening.ts), so
 * that what is handed on is whole and the same on every reading.
 */
export const MAX_LOG_LINES = 100_000;

const CUT_NOTICE = Buffer.from('\n[nightshift: the log was cut here, after 4 MiB or 100,000 lines]\n');
const NEWLINE = 0x0a;

/**
 * The job's stdout and stderr from the beginning, in the order the engine recorded them; ends when the job ends or the log is cut.
 * The same bytes come again when it is read again. Ends silently when the signal fires; throws `engine-lost`.
 */
export async function* readLog(engine: Engine, container: string, signal: AbortSignal): AsyncGenerator<Buffer, void, void> {
  const parse = createFrameParser();
  const withinLines = createLineBudget(MAX_LOG_LINES);
  let sentBytes = 0;
  try {
    const stream = await engine.docker.getContainer(container).logs({ follow: true, stdout: true, stderr: true, abortSignal: signal });
    for await (const chunk of stream) {
      const payload = parse(Buffer.from(chunk));
      const part = withinLines(payload.subarray(0, MAX_LOG_BYTES - sentBytes));
      sentBytes += part.length;
      if (part.length > 0) yield part;
      if (part.length < payload.length) {
        yield CUT_NOTICE;
        return;
      }
    }
  } catch (error) {
    if (signal.aborted) return;
    throw engineFault(error);
  }
}

/** Passes on bytes up to the end of the last line that is allowed. */
function createLineBudget(maxLines: number): (bytes: Buffer) => Buffer {
  let left = maxLines;
  return (bytes) => {
    for (let at = bytes.indexOf(NEWLINE); left > 0 && at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) {
      left -= 1;
      if (left === 0) return bytes.subarray(0, at + 1);
    }
    return left === 0 ? bytes.subarray(0, 0) : bytes;
  };
}
