import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { delay } from '../../../lib/delay.ts';

/** Who holds our locks, as others see them. Sensors leave these out. */
export const LOCK_HOLDER = 'Nightshift';

export interface SystemLock {
  /** Settles when the lock is gone, however that came. */
  readonly gone: Promise<void>;
  /** Settles when the lock is gone. */
  release(): Promise<void>;
}

export type LockOutcome =
  | { readonly kind: 'held'; readonly lock: SystemLock }
  | { readonly kind: 'refused'; readonly detail: string; readonly fix: string | null };

/** systemd's and elogind's tool have the same options: systemd-inhibit(1). */
const TOOLS = ['systemd-inhibit', 'elogind-inhibit'] as const;
const TAKE_TIMEOUT_MS = 10_000;
const RELEASE_TIMEOUT_MS = 2_000;

/**
 * Takes an inhibitor lock of logind on sleep. `delay`: sleep waits for us for some seconds; `block`: it is refused.
 * The lock is a file descriptor, which Node can neither receive over D-Bus nor pass on, so systemd's own tool holds it. The tool runs `cat`,
 * which ends with our end of its pipe: the lock never outlives this process, even one that is killed.
 */
export async function takeSleepLock(
  env: Readonly<Record<string, string | undefined>>,
  mode: 'block' | 'delay',
  why: string,
): Promise<LockOutcome> {
  try {
    for (const tool of TOOLS) {
      const outcome = await takeWith(tool, env, mode, why);
      if (outcome !== null) return outcome;
    }
  } catch (error) {
    return refused(error instanceof Error ? error.message : String(error)); // no process or pipe to be had
  }
  return refused('it has no systemd-inhibit.');
}

function refused(reason: string): LockOutcome {
  const detail = `Nightshift could not hold off sleep on this system: ${reason || 'it gave no reason.'}`;
  return { kind: 'refused', detail, fix: 'Turn off automatic sleep in the system settings.' };
}

/** Null where the tool does not exist. */
async function takeWith(
  tool: string,
  env: Readonly<Record<string, string | undefined>>,
  mode: string,
  why: string,
): Promise<LockOutcome | null> {
  const options = ['--what=sleep', `--mode=${mode}`, `--who=${LOCK_HOLDER}`, `--why=${why}`];
  const child = spawn(tool, [...options, 'sh', '-c', 'echo held; exec cat >/dev/null'], { env: { ...env }, stdio: 'pipe' });
  const gone = ended(child);
  child.stdin.on('error', () => undefined); // a tool that has ended takes no more; `gone` says so
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-500);
  });
  const giveUp = new AbortController();
  const first = await Promise.race([
    once(child.stdout, 'data', { signal: giveUp.signal }).then(
      () => 'held' as const,
      () => 'late' as const,
    ),
    gone,
    delay(TAKE_TIMEOUT_MS, giveUp.signal).then(() => 'late' as const),
  ]);
  giveUp.abort();
  if (first === 'no-tool') return null;
  const release = async (): Promise<void> => {
    const released = new AbortController();
    child.stdin.end();
    if (first === 'late') child.kill('SIGKILL');
    await Promise.race([gone, delay(RELEASE_TIMEOUT_MS, released.signal)]);
    released.abort();
    child.kill('SIGKILL');
    await gone;
  };
  if (first === 'held') return { kind: 'held', lock: { gone: gone.then(() => undefined), release } };
  await release();
  return refused(first === 'late' ? 'it did not answer.' : (said.trim().split('\n').at(-1) ?? ''));
}

function ended(child: ChildProcess): Promise<'ended' | 'no-tool'> {
  return new Promise((resolve) => {
    child.on('error', () => resolve('no-tool'));
    child.on('exit', () => resolve('ended'));
  });
}
