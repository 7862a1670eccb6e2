/** As Promise.all, but each goes to its end also when another fails, so that what follows a failure finds nothing still under way. */
export async function together<T extends readonly unknown[] | []>(work: T): Promise<{ -readonly [Index in keyof T]: Awaited<T[Index]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
