import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where Nightshift keeps what it knows on this machine. */
export interface Home {
  readonly root: string;
  readonly agentDir: string;
  readonly networkDir: string;
  readonly logsDir: string;
  /** The renter's network address and key. */
  readonly renterFile: string;
}

/** `--home`, else NIGHTSHIFT_HOME, else the platform's data folder. */
export function openHome(option: string | undefined): Home {
  const root = resolve(option ?? process.env.NIGHTSHIFT_HOME ?? platformDir());
  return {
    root,
    agentDir: join(root, 'agent'),
    networkDir: join(root, 'network'),
    logsDir: join(root, 'logs'),
    renterFile: join(root, 'renter.json'),
  };
}

function platformDir(): string {
  switch (process.platform) {
    case 'win32':
      return join(process.env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'Nightshift');
    case 'darwin':
      return join(homedir(), 'Library', 'Application Support', 'Nightshift');
    default:
      return join(process.env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'nightshift');
  }
}

/** The repository or installation this program runs from. */
export const installDir = fileURLToPath(new URL('../..', import.meta.url));
