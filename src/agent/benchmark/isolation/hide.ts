import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What to put before a command. */
export type Prefix = readonly string[];

/**
 * Each device file is mounted over itself without the right to be a device: who sees it finds the same file, who opens it is refused, as in a
 * container that was not given the card, and drivers pass over such cards. All of it in a mount namespace that ends with the process,
 * however that ends; nobody else notices. `unshare` and the shell become the command, so its process id and pipes stay.
 */
const HIDE = `while [ "$1" != -- ]; do mount --bind "$1" "$1" && mount -o remount,bind,nodev "$1" || exit 1; shift; done; shift; exec "$@"`;
const TRY_MS = 5_000;

/** Runs a command so that it and its children cannot open these device files. Linux; without admin rights in a user namespace of its own. */
const hiding = (nodes: readonly string[], isRoot: boolean): Prefix => [
  'unshare',
  ...(isRoot ? [] : ['--user', '--map-root-user']),
  '--mount',
  '/bin/sh',
  '-c',
  HIDE,
  'nightshift-hide',
  ...nodes,
  '--',
];

/**
 * The prefix that hides these device files, tried once; null where this system does not allow it (user namespaces switched off), and when the
 * signal fires.
 */
export async function tryHiding(
  nodes: readonly string[],
  platform: NodeJS.Platform,
  isRoot: boolean,
  signal: AbortSignal,
): Promise<Prefix | null> {
  if (platform !== 'linux') return null;
  const prefix = hiding(nodes, isRoot);
  const [program = '', ...args] = prefix;
  try {
    await promisify(execFile)(program, [...args, 'true'], { timeout: TRY_MS, signal });
    return prefix;
  } catch {
    return null; // no unshare, no namespaces for this user, a file that cannot be covered, or no wish any more
  }
}
