import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until `look` finds something (not null, undefined or false). Fails after `limitMs`, saying what it waited for. */
export async function until<T>(what: string, look: () => T | Promise<T>, limitMs = 8_000): Promise<NonNullable<T>> {
  const deadlineMs = performance.now() + limitMs;
  while (performance.now() < deadlineMs) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    await sleep(10);
  }
  throw new Error(`waited ${limitMs} ms for ${what}`);
}
