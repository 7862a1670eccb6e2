/** What happened when an engine was asked for its version. `absent`: no socket; `refused`: a socket nobody listens on. */
export type EngineProbe =
  | { readonly kind: 'ready'; readonly version: string }
  | { readonly kind: 'denied' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'failed'; readonly detail: string };

export type PackageManager = 'apt' | 'dnf' | 'zypper' | 'pacman' | 'apk';

/** What decides how this machine gets a container engine. */
export type EngineFacts =
  | { readonly platform: 'darwin'; readonly hasDockerApp: boolean }
  | { readonly platform: 'win32' }
  | { readonly platform: 'other'; readonly name: string }
  | {
      readonly platform: 'linux';
      /** `ID` and `ID_LIKE` of /etc/os-release, e.g. `['ubuntu', 'debian']`. */
      readonly distributions: readonly string[];
      readonly packageManager: PackageManager | null;
      readonly isWsl: boolean;
      readonly isRoot: boolean;
      readonly hasSystemd: boolean;
      readonly hasDockerd: boolean;
      readonly userName: string;
      /** The user is in the `docker` group on disk; the running session may be older than that. */
      readonly isInDockerGroup: boolean;
    };

export type MissingCode =
  | 'engine-unreachable'
  | 'engine-denied'
  | 'engine-stopped'
  | 'engine-not-installed'
  | 'engine-failed'
  | 'engine-unsupported';

export type EnginePlan =
  | { readonly kind: 'use'; readonly version: string }
  | { readonly kind: 'install'; readonly start: 'systemd' | 'own' }
  | { readonly kind: 'start'; readonly start: 'systemd' | 'own' }
  | { readonly kind: 'missing'; readonly code: MissingCode; readonly detail: string; readonly fix: string };

/** The instruction a person follows. One, and in words that work when pasted. */
const missing = (code: MissingCode, detail: string, fix: string): EnginePlan => ({ kind: 'missing', code, detail, fix });

type LinuxFacts = Extract<EngineFacts, { platform: 'linux' }>;

const sudo = (facts: LinuxFacts): string => (facts.isRoot ? '' : 'sudo ');

function installCommands(facts: LinuxFacts): string | null {
  const run = sudo(facts);
  switch (facts.packageManager) {
    case 'apt':
      return `${run}apt-get update && ${run}apt-get install -y docker.io`;
    case 'dnf':
      return facts.distributions[0] === 'fedora'
        ? `${run}dnf install -y moby-engine`
        : `${run}dnf config-manager --add-repo https://download.docker.com/linux/centos/docker-ce.repo && ${run}dnf install -y docker-ce`;
    case 'zypper':
      return `${run}zypper install -y docker`;
    case 'pacman':
      return `${run}pacman -S --noconfirm docker`;
    case 'apk':
      return `${run}apk add docker`;
    case null:
      return null;
  }
}

function startCommand(facts: LinuxFacts): string {
  if (facts.hasSystemd) return `${sudo(facts)}systemctl enable --now docker`;
  return facts.packageManager === 'apk' ? `${sudo(facts)}rc-service docker start` : `${sudo(facts)}service docker start`;
}

/** How a user joins the group that may use the engine; nothing for root. The group is root in all but name, hence said. */
function joinGroup(facts: LinuxFacts): string {
  return facts.isRoot ? '' : ` && sudo usermod -aG docker ${facts.userName}`;
}

const newSession = 'then log out and in again (members of the docker group have the rights of root)';

function planLinux(facts: LinuxFacts, probe: Exclude<EngineProbe, { kind: 'ready' }>, mayInstall: boolean): EnginePlan {
  const start = facts.hasSystemd ? 'systemd' : 'own';
  switch (probe.kind) {
    case 'denied':
      return facts.isInDockerGroup
        ? missing('engine-denied', 'Your session is older than your membership in the docker group.', 'Log out and in again.')
        : missing(
            'engine-denied',
            `The container engine runs, but ${facts.userName} may not use it.`,
            `Run: sudo usermod -aG docker ${facts.userName}, ${newSession}.`,
          );
    case 'failed':
      return missing(
        'engine-failed',
        `The container engine answers with an error: ${probe.detail}`,
        `Restart it: ${startCommand(facts).replace('enable --now', 'restart')}`,
      );
    case 'absent':
    case 'refused':
      break;
  }
  if (facts.hasDockerd) {
    if (facts.isRoot) return { kind: 'start', start };
    const group = facts.isInDockerGroup ? '' : joinGroup(facts);
    const after = group === '' ? '.' : `, ${newSession}.`;
    return missing('engine-stopped', 'The container engine is installed but does not run.', `Run: ${startCommand(facts)}${group}${after}`);
  }
  if (facts.isRoot && mayInstall && facts.packageManager === 'apt') return { kind: 'install', start };
  const install = installCommands(facts);
  if (install === null) {
    return missing(
      'engine-not-installed',
      'No container engine is installed.',
      'Install Docker Engine as https://docs.docker.com/engine/install/ says for your system, and start it.',
    );
  }
  const after = facts.isRoot ? '.' : `, ${newSession}.`;
  const where = facts.isWsl ? ' in this WSL distribution' : '';
  return missing(
    'engine-not-installed',
    `No container engine is installed${where}.`,
    `Run: ${install} && ${startCommand(facts)}${joinGroup(facts)}${after}`,
  );
}

/**
 * How this machine gets an engine, from what was found. Pure.
 * @param dockerHost the value of DOCKER_HOST, or null: an engine chosen by the user is never replaced by another
 */
export function planEngine(
  facts: EngineFacts,
  probe: EngineProbe,
  options: { readonly mayInstall: boolean; readonly dockerHost: string | null },
): EnginePlan {
  if (probe.kind === 'ready') return { kind: 'use', version: probe.version };
  if (options.dockerHost !== null) {
    return missing(
      'engine-unreachable',
      `DOCKER_HOST is ${options.dockerHost}, but no container engine answers there.`,
      'Start that engine, or unset DOCKER_HOST to use the one of this machine.',
    );
  }
  switch (facts.platform) {
    case 'linux':
      return planLinux(facts, probe, options.mayInstall);
    case 'darwin':
      return facts.hasDockerApp
        ? missing(
            'engine-stopped',
            'Docker Desktop is installed but does not run.',
            'Run: open -a Docker, and wait until its whale stands still.',
          )
        : missing(
            'engine-not-installed',
            'No container engine is installed. On macOS it gives jobs the CPU only.',
            'Run: brew install colima docker && colima start && export DOCKER_HOST="unix://$HOME/.colima/default/docker.sock"',
          );
    case 'win32':
      return missing(
        'engine-not-installed',
        'Jobs run in Linux containers, and no container engine answers on this Windows machine.',
        'In a PowerShell opened as administrator run: wsl --install -d Debian, restart if it asks for that, and start Nightshift inside Debian.',
      );
    case 'other':
      return missing('engine-unsupported', `${facts.name} cannot run Linux containers.`, 'Use Linux, Windows with WSL, or macOS.');
  }
}
