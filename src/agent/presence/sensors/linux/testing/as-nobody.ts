/** Debian's and most others' user without rights. */
const NOBODY = 65_534;

/** Runs a few lines as a user who may not read everything, also where the tests run as root. Nothing asynchronous in it. */
export function asNobody<T>(work: () => T): T {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(NOBODY);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
  }
}
