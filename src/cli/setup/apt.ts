import { type CommandResult, runCommand } from './run-command.ts';

/** Seconds to wait for another apt or dpkg, e.g. unattended-upgrades on a fresh machine, before giving up. */
const lockTimeoutS = 300;
const options = ['-o', `DPkg::Lock::Timeout=${lockTimeoutS}`, '-o', 'Dpkg::Use-Pty=0', '-o', 'Dpkg::Options::=--force-confold'];

export type AptResult = { readonly kind: 'installed' } | { readonly kind: 'failed'; readonly detail: string };

/** Installs Debian packages without a question, each command tried twice (mirrors fail for moments). Needs root. Rejects when aborted. */
export async function aptInstall(packages: readonly string[], report: (message: string) => void, signal: AbortSignal): Promise<AptResult> {
  const apt = (args: readonly string[]): Promise<CommandResult> =>
    runCommand('apt-get', [...options, ...args], {
      signal,
      env: { DEBIAN_FRONTEND: 'noninteractive' },
      onLine: (line) => {
        if (/^(Need to get|Unpacking|Setting up|E:)/.test(line)) report(line);
      },
    });
  const steps = [
    ['Updating the package lists', ['update']],
    [`Installing ${packages.join(', ')}`, ['install', '-y', '--no-install-recommends', ...packages]],
  ] as const;
  for (const [message, args] of steps) {
    report(message);
    const first = await apt(args);
    const last = first.exitCode === 0 ? first : await apt(args);
    if (last.exitCode !== 0) return { kind: 'failed', detail: `apt-get ${args[0]} failed:\n${last.tail}` };
  }
  return { kind: 'installed' };
}
