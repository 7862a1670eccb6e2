import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import koffi from 'koffi';

/** By then the start is over, whose garbage is most of what there is to give back. */
const FIRST_MS = 20_000;
const EVERY_MS = 15 * 60_000;

export interface SparedMemory extends Disposable {
  /** After work that needed much of it. */
  now(): void;
}

/**
 * Gives memory back that the process holds and does not use: V8's pages by a full collection (some 30 ms, only while nothing runs), the C
 * library's by malloc_trim(3). Neither does so by itself in a process that is nearly idle.
 */
export function spareMemory(isIdle: () => boolean): SparedMemory {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  const trim = process.platform === 'linux' ? mallocTrim() : null;
  const spare = (): void => {
    if (!isIdle()) return;
    if (typeof collect === 'function') collect();
    trim?.(0);
  };
  const first = setTimeout(spare, FIRST_MS);
  const later = setInterval(spare, EVERY_MS);
  return {
    now: spare,
    [Symbol.dispose]() {
      clearTimeout(first);
      clearInterval(later);
    },
  };
}

/** Null with another C library than glibc. */
function mallocTrim(): ((pad: number) => number) | null {
  try {
    return koffi.load('libc.so.6').func('int malloc_trim(size_t)');
  } catch {
    return null;
  }
}
