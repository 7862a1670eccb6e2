import { expect, test } from 'vitest';
import { type EngineFacts, type EngineProbe, planEngine } from './engine-plan.ts';

const debian = {
  platform: 'linux',
  distributions: ['debian'],
  packageManager: 'apt',
  isWsl: false,
  isRoot: true,
  hasSystemd: true,
  hasDockerd: false,
  userName: 'ada',
  isInDockerGroup: false,
} as const satisfies EngineFacts;
const absent: EngineProbe = { kind: 'absent' };
const options = { mayInstall: true, dockerHost: null };

function fixOf(facts: EngineFacts, probe: EngineProbe = absent, given: Parameters<typeof planEngine>[2] = options): string {
  const plan = planEngine(facts, probe, given);
  return plan.kind === 'missing' ? `${plan.code}: ${plan.fix}` : `not missing but ${plan.kind}`;
}

test('an engine that answers is used, whatever else is true', () => {
  for (const facts of [debian, { platform: 'darwin', hasDockerApp: false }, { platform: 'win32' }] as const) {
    expect(planEngine(facts, { kind: 'ready', version: '20.10' }, options)).toEqual({ kind: 'use', version: '20.10' });
  }
});

test('root on Debian installs, and starts by systemd only where systemd runs', () => {
  expect(planEngine(debian, absent, options)).toEqual({ kind: 'install', start: 'systemd' });
  expect(planEngine({ ...debian, hasSystemd: false }, absent, options)).toEqual({ kind: 'install', start: 'own' });
});

test('nothing is installed without leave', () => {
  expect(fixOf(debian, absent, { mayInstall: false, dockerHost: null })).toBe(
    'engine-not-installed: Run: apt-get update && apt-get install -y docker.io && systemctl enable --now docker.',
  );
});

test('root starts an installed engine that does not run, also behind a stale socket', () => {
  const facts = { ...debian, hasDockerd: true, hasSystemd: false };
  expect(planEngine(facts, absent, { mayInstall: false, dockerHost: null })).toEqual({ kind: 'start', start: 'own' });
  expect(planEngine(facts, { kind: 'refused' }, options)).toEqual({ kind: 'start', start: 'own' });
});

test('an engine that the user chose by DOCKER_HOST is never replaced by another', () => {
  const plan = planEngine(debian, { kind: 'refused' }, { mayInstall: true, dockerHost: 'tcp://rig:2375' });
  expect(plan).toMatchObject({ kind: 'missing', code: 'engine-unreachable', detail: expect.stringContaining('tcp://rig:2375') });
});

const hint = 'then log out and in again (members of the docker group have the rights of root).';
const user = { ...debian, isRoot: false };

test.each<[what: string, facts: EngineFacts, probe: EngineProbe, fix: string]>([
  [
    'a Debian user without an engine',
    user,
    absent,
    `engine-not-installed: Run: sudo apt-get update && sudo apt-get install -y docker.io && sudo systemctl enable --now docker && sudo usermod -aG docker ada, ${hint}`,
  ],
  ['a user whom the socket refuses', user, { kind: 'denied' }, `engine-denied: Run: sudo usermod -aG docker ada, ${hint}`],
  [
    'a user whose session is older than the group',
    { ...user, isInDockerGroup: true },
    { kind: 'denied' },
    'engine-denied: Log out and in again.',
  ],
  [
    'a user with a stopped engine',
    { ...user, hasDockerd: true, isInDockerGroup: true },
    { kind: 'refused' },
    'engine-stopped: Run: sudo systemctl enable --now docker.',
  ],
  [
    'a WSL user without systemd',
    { ...user, isWsl: true, hasSystemd: false, hasDockerd: true },
    absent,
    `engine-stopped: Run: sudo service docker start && sudo usermod -aG docker ada, ${hint}`,
  ],
  [
    'root on Fedora',
    { ...debian, distributions: ['fedora'], packageManager: 'dnf' },
    absent,
    'engine-not-installed: Run: dnf install -y moby-engine && systemctl enable --now docker.',
  ],
  [
    'root on Rocky',
    { ...debian, distributions: ['rocky', 'rhel', 'centos', 'fedora'], packageManager: 'dnf' },
    absent,
    'engine-not-installed: Run: dnf config-manager --add-repo https://download.docker.com/linux/centos/docker-ce.repo && dnf install -y docker-ce && systemctl enable --now docker.',
  ],
  [
    'root on openSUSE',
    { ...debian, packageManager: 'zypper' },
    absent,
    'engine-not-installed: Run: zypper install -y docker && systemctl enable --now docker.',
  ],
  [
    'root on Arch',
    { ...debian, packageManager: 'pacman' },
    absent,
    'engine-not-installed: Run: pacman -S --noconfirm docker && systemctl enable --now docker.',
  ],
  [
    'root on Alpine',
    { ...debian, packageManager: 'apk', hasSystemd: false },
    absent,
    'engine-not-installed: Run: apk add docker && rc-service docker start.',
  ],
  [
    'a Linux that we do not know',
    { ...debian, packageManager: null },
    absent,
    'engine-not-installed: Install Docker Engine as https://docs.docker.com/engine/install/ says for your system, and start it.',
  ],
  ['an engine that fails', debian, { kind: 'failed', detail: '500' }, 'engine-failed: Restart it: systemctl restart docker'],
  [
    'macOS with Docker Desktop stopped',
    { platform: 'darwin', hasDockerApp: true },
    absent,
    'engine-stopped: Run: open -a Docker, and wait until its whale stands still.',
  ],
  [
    'macOS without an engine',
    { platform: 'darwin', hasDockerApp: false },
    absent,
    'engine-not-installed: Run: brew install colima docker && colima start && export DOCKER_HOST="unix://$HOME/.colima/default/docker.sock"',
  ],
  [
    'Windows',
    { platform: 'win32' },
    absent,
    'engine-not-installed: In a PowerShell opened as administrator run: wsl --install -d Debian, restart if it asks for that, and start Nightshift inside Debian.',
  ],
  ['FreeBSD', { platform: 'other', name: 'freebsd' }, absent, 'engine-unsupported: Use Linux, Windows with WSL, or macOS.'],
])('%s is told the one thing to do', (_what, facts, probe, fix) => {
  expect(fixOf(facts, probe)).toBe(fix);
});
