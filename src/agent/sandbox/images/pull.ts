import * as z from 'zod';
import type { ProblemError } from '../../../contract/model/problem.ts';
import { delay } from '../../../lib/delay.ts';
import type { Engine } from '../engine.ts';
import { engineFault, engineLost, statusOf } from '../engine-fault.ts';
import { jsonLines } from '../json-lines.ts';
import { type DiskSpace, reserveBytes } from './disk-space.ts';
import { diskFull, inWords, notFound, refused, unreachable } from './refusal.ts';

const pullEvent = z.object({
  id: z.string().optional(),
  status: z.string().optional(),
  error: z.string().optional(),
  progressDetail: z.object({ current: z.number().optional(), total: z.number().optional() }).optional(),
});
export type PullEvent = z.infer<typeof pullEvent>;

/** 13 MB have become 3 GB within seconds: looked at as often as costs nothing. */
const WATCH_MS = 250;
/** The engine's own retries take 75 s in all (moby, distribution/xfer/download.go); a pull that says nothing for longer has lost its registry. */
const SILENCE_MS = 5 * 60_000;
/** Longest that the engine is given to drop what it had unpacked of an aborted pull. */
const GIVE_BACK_MS = 20_000;

export interface PullOptions {
  /** The image by its one spelling. */
  readonly reference: string;
  /** What the manifest says the layers take as they are sent: the engine keeps each until it is unpacked. */
  readonly compressedBytes: number;
  readonly maxImageBytes: number;
  /** Reads the disk of the engine's images; null where it cannot be read, and then only the image's final size counts. */
  readonly disk: () => Promise<DiskSpace | null>;
  readonly signal: AbortSignal;
  readonly onFraction: (fraction: number | null) => void;
}

/**
 * Has the engine pull an image, and stops it when the disk runs full or the image takes more than it may; the engine then drops what it has of
 * it. Only one at a time: all that the disk loses meanwhile counts as the image's. Throws `image-refused`, `image-not-found`,
 * `network-unreachable`, `disk-full`, `engine-lost`.
 */
export async function pull(engine: Engine, options: PullOptions): Promise<void> {
  const { reference, signal, onFraction } = options;
  const before = await options.disk();
  const progress = createPullProgress();
  const stop = new AbortController();
  const ended = new AbortController();
  let lastEventMs = performance.now();
  const watch = watchPull(options, before, () => performance.now() - lastEventMs, ended.signal)
    .catch((error: unknown): Alarm => ({ kind: 'blind', error }))
    .finally(() => stop.abort());
  try {
    const stream = await engine.docker.pull(reference, { abortSignal: AbortSignal.any([signal, stop.signal]) });
    for await (const line of jsonLines(stream)) {
      lastEventMs = performance.now();
      const event = pullEvent.parse(line);
      if (event.error !== undefined) throw pullFailed(reference, event.error);
      onFraction(progress(event));
    }
  } catch (error) {
    signal.throwIfAborted();
    ended.abort();
    const alarm = await watch;
    if (alarm !== null) throw await judged(alarm, options);
    // 404: no such image; 500: the registry cannot be reached; the engine passes both on with its reason.
    if (statusOf(error) !== null && error instanceof Error) throw pullFailed(reference, error.message.trim());
    throw error instanceof SyntaxError ? engineLost(error) : engineFault(error);
  } finally {
    ended.abort();
    await watch;
  }
}

/** Why a pull is stopped; `blind`: the disk can no longer be read. */
type Alarm =
  | { readonly kind: 'silent' }
  | { readonly kind: 'disk-low' | 'too-large'; readonly freeBytes: number; readonly takenBytes: number }
  | { readonly kind: 'blind'; readonly error: unknown };

/** Null when the pull has ended before there was cause for alarm. */
async function watchPull(
  { disk, maxImageBytes, compressedBytes }: PullOptions,
  before: DiskSpace | null,
  silentMs: () => number,
  ended: AbortSignal,
): Promise<Alarm | null> {
  while (await delay(WATCH_MS, ended)) {
    if (silentMs() > SILENCE_MS) return { kind: 'silent' };
    const now = before && (await disk());
    if (now === null || before === null) continue;
    const { freeBytes } = now;
    const takenBytes = before.freeBytes - freeBytes;
    if (freeBytes < reserveBytes(now.totalBytes)) return { kind: 'disk-low', freeBytes, takenBytes };
    if (takenBytes > maxImageBytes + compressedBytes) return { kind: 'too-large', freeBytes, takenBytes };
  }
  return null;
}

/** What the alarm means. Gives the engine time to drop what it had: space that does not come back was taken by somebody else. */
async function judged(alarm: Alarm, { reference, maxImageBytes, disk, signal }: PullOptions): Promise<unknown> {
  if (alarm.kind === 'silent') return unreachable(reference, `its registry has sent nothing for ${SILENCE_MS / 60_000} min`);
  if (alarm.kind === 'blind') return alarm.error;
  const { freeBytes, takenBytes } = alarm;
  const isBack = async (): Promise<boolean> => ((await disk())?.freeBytes ?? 0) - freeBytes > takenBytes / 2;
  let waitedMs = 0;
  while (!(await isBack()) && waitedMs < GIVE_BACK_MS && (await delay(WATCH_MS, signal))) waitedMs += WATCH_MS;
  if (alarm.kind === 'disk-low') return diskFull(reference, `${inWords(freeBytes)} were left`);
  return (await isBack())
    ? tooLarge(reference, takenBytes, maxImageBytes)
    : diskFull(reference, 'something else has filled it during the pull');
}

export const tooLarge = (reference: string, sizeBytes: number, maxImageBytes: number): ProblemError =>
  refused(
    reference,
    `it takes at least ${inWords(sizeBytes)} unpacked, and this worker gives an image ${inWords(maxImageBytes)}`,
    'Make it smaller, or choose another worker.',
  );

/** The engine's words for content that is not what it should be; these do not change by trying again. */
const CORRUPT =
  /verification failed|invalid tar header|archive\/tar|gzip: invalid|flate: corrupt|invalid checksum|error processing tar|does not match/i;
/** The engine's words for a registry that is away. */
const AWAY = /dial tcp|timeout|timed out|TLS|connection re|EOF|no such host|too ?many ?requests|status: (?:429|5\d\d)|503|502/i;

function pullFailed(reference: string, words: string): ProblemError {
  const reason = words.replace(/[^\x20-\x7e]/g, ' ').slice(0, 300);
  if (reason.includes('no space left on device')) return diskFull(reference, 'it is full');
  if (CORRUPT.test(reason)) return refused(reference, `it is damaged (${reason})`, 'Push it again.');
  return AWAY.test(reason) ? unreachable(reference, reason) : notFound(reference, reason);
}

/** Adds up the layers' progress: half of each layer is its download, half its unpacking. Null until a size is known. */
export function createPullProgress(): (event: PullEvent) => number | null {
  const layers = new Map<string, { readonly totalBytes: number; readonly doneHalves: number }>();
  return (event) => {
    const { id, status, progressDetail } = event;
    if (id !== undefined) {
      const known = layers.get(id);
      const totalBytes = progressDetail?.total ?? known?.totalBytes;
      if (totalBytes !== undefined && totalBytes > 0) {
        const part = (progressDetail?.current ?? 0) / totalBytes;
        const doneHalves =
          status === 'Downloading' ? part : status === 'Extracting' ? 1 + part : status === 'Pull complete' ? 2 : (known?.doneHalves ?? 0);
        layers.set(id, { totalBytes, doneHalves: Math.max(doneHalves, known?.doneHalves ?? 0) });
      }
    }
    let total = 0;
    let done = 0;
    for (const layer of layers.values()) {
      total += 2 * layer.totalBytes;
      done += layer.doneHalves * layer.totalBytes;
    }
    return total === 0 ? null : Math.min(1, done / total);
  };
}
