import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { aptInstall } from '../../src/cli/setup/apt.ts';
import { readEngineFacts } from '../../src/cli/setup/engine-facts.ts';

/** A path, or why there is none. */
export type Found = { readonly kind: 'found'; readonly path: string } | { readonly kind: 'absent'; readonly reason: string };

const root = join(import.meta.dirname, '..', '..');

/** Whether we may install what is missing, so that a missing part is a failure and not a skip. */
export function canInstall(): boolean {
  const facts = readEngineFacts();
  return facts.platform === 'linux' && facts.isRoot && facts.packageManager === 'apt';
}

/** CHROMIUM, else the usual places. */
function findChromium(): string | null {
  const places = [
    process.env.CHROMIUM,
    '/usr/bin/chromium',
    '/usr/bin/google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ];
  return places.find((path) => path !== undefined && existsSync(path)) ?? null;
}

/** Finds Chromium; as root on Debian installs it first, with one font, without which all text is empty boxes. */
export async function needChromium(report: (message: string) => void, signal: AbortSignal): Promise<Found> {
  const found = findChromium();
  if (found !== null) return { kind: 'found', path: found };
  if (!canInstall())
    return { kind: 'absent', reason: 'no Chromium: install it (Debian: sudo apt-get install chromium) or name one by CHROMIUM' };
  const installed = await aptInstall(['chromium', 'fonts-liberation'], report, signal);
  if (installed.kind === 'failed') return { kind: 'absent', reason: installed.detail };
  const now = findChromium();
  return now === null
    ? { kind: 'absent', reason: 'Debian installed chromium, but not at /usr/bin/chromium' }
    : { kind: 'found', path: now };
}

/** The Electron binary where it was downloaded (electron/index.js of the package keeps its name in path.txt). Downloads nothing. */
export function findElectron(): Found {
  const folder = join(root, 'node_modules', 'electron');
  const nameFile = join(folder, 'path.txt');
  const path = existsSync(nameFile) ? join(folder, 'dist', readFileSync(nameFile, 'utf8')) : null;
  return path !== null && existsSync(path)
    ? { kind: 'found', path }
    : { kind: 'absent', reason: 'the Electron binary is not here: npx install-electron --no downloads it' };
}

/** What gives an Electron window a display: nothing where there is one, else xvfb-run, installed first as root on Debian. */
export async function needDisplay(report: (message: string) => void, signal: AbortSignal): Promise<Found> {
  if (process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY) return { kind: 'found', path: '' };
  const path = '/usr/bin/xvfb-run';
  if (existsSync(path)) return { kind: 'found', path };
  if (!canInstall()) return { kind: 'absent', reason: 'no display, and no xvfb-run (Debian: sudo apt-get install xvfb xauth)' };
  const installed = await aptInstall(['xvfb', 'xauth'], report, signal);
  return installed.kind === 'failed' ? { kind: 'absent', reason: installed.detail } : { kind: 'found', path };
}

/** A file by which a tool is known to be there, and Debian's package of it. */
type Tool = readonly [path: string, debianPackage: string];

/** What the engine suite plays an owner with: X and Wayland servers, input, buses. */
const DESKTOP_TOOLS: readonly Tool[] = [
  ['/usr/bin/Xvfb', 'xvfb'],
  ['/usr/bin/xdotool', 'xdotool'],
  ['/usr/bin/xset', 'x11-xserver-utils'],
  ['/usr/bin/openbox', 'openbox'],
  ['/usr/bin/sway', 'sway'],
  ['/usr/bin/wtype', 'wtype'],
  ['/usr/bin/dbus-daemon', 'dbus'],
  ['/usr/lib/python3/dist-packages/dbusmock', 'python3-dbusmock'],
  ['/usr/bin/systemd-inhibit', 'systemd'],
];
/** What the sandbox is tried with: a registry of images, and networks of the tests' own. */
const SANDBOX_TOOLS: readonly Tool[] = [
  ['/usr/bin/docker-registry', 'docker-registry'],
  ['/usr/sbin/ip', 'iproute2'],
  ['/usr/sbin/iptables', 'iptables'],
  ['/usr/bin/ping', 'iputils-ping'],
  ['/usr/sbin/losetup', 'mount'],
  ['/usr/sbin/mkfs.ext4', 'e2fsprogs'],
];
/** What the double of NVIDIA's library, the attacks of the sandbox check and a job like a compiler's are built with. */
const COMPILER: readonly Tool[] = [
  ['/usr/bin/gcc', 'gcc'],
  ['/usr/include/stdio.h', 'libc6-dev'],
];

export const needDesktopTools = (report: (message: string) => void, signal: AbortSignal): Promise<Found> =>
  needTools(DESKTOP_TOOLS, report, signal);
export const needSandboxTools = (report: (message: string) => void, signal: AbortSignal): Promise<Found> =>
  needTools(SANDBOX_TOOLS, report, signal);
export const needCompiler = (report: (message: string) => void, signal: AbortSignal): Promise<Found> => needTools(COMPILER, report, signal);

async function needTools(tools: readonly Tool[], report: (message: string) => void, signal: AbortSignal): Promise<Found> {
  const missing = tools.filter(([path]) => !existsSync(path)).map(([, name]) => name);
  if (missing.length === 0) return { kind: 'found', path: '' };
  if (!canInstall()) return { kind: 'absent', reason: `missing here (Debian: sudo apt-get install ${missing.join(' ')})` };
  const installed = await aptInstall(missing, report, signal);
  return installed.kind === 'failed' ? { kind: 'absent', reason: installed.detail } : { kind: 'found', path: '' };
}
