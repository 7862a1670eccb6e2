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
