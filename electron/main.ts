import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { app, BrowserWindow, dialog } from 'electron';
import { z } from 'zod';
import { harden, webPreferences } from './security.ts';

/** What a running agent writes for its clients. */
const uiAddress = z.object({ url: z.url({ protocol: /^http$/, hostname: /^127\.0\.0\.1$/ }), token: z.string().min(1) });

/** The folder that the command line uses (src/cli/home.ts), which another layer may not import. */
function homeDir(): string {
  if (process.env.NIGHTSHIFT_HOME) return process.env.NIGHTSHIFT_HOME;
  if (process.platform === 'win32') return join(process.env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'Nightshift');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Nightshift');
  return join(process.env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'nightshift');
}

function sayNoAgent(): void {
  dialog.showErrorBox('Nightshift is not running', 'No agent runs on this machine. Start it with: npm start');
  app.quit();
}

async function open(): Promise<BrowserWindow | null> {
  const path = join(homeDir(), 'agent', 'ui.json');
  if (!existsSync(path)) {
    sayNoAgent();
    return null;
  }
  const { url, token } = uiAddress.parse(JSON.parse(readFileSync(path, 'utf8')));
  const window = new BrowserWindow({ width: 1200, height: 800, show: false, webPreferences });
  harden(window.webContents, window.webContents.session, new URL(url).origin);
  window.once('ready-to-show', () => window.show());
  try {
    await window.loadURL(`${url}/#token=${token}`);
    return window;
  } catch {
    sayNoAgent(); // the file outlives an agent that was killed
    return null;
  }
}

if (app.requestSingleInstanceLock()) {
  app.on('window-all-closed', () => app.quit());
  await app.whenReady();
  const window = await open();
  app.on('second-instance', () => {
    if (window?.isMinimized()) window.restore();
    window?.focus();
  });
} else {
  app.quit();
}
