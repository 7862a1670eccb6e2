import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { vi } from 'vitest';
import { endProcess } from '../../sensors/linux/testing/x11-server.ts';
import type { WindowPlan } from '../../sensors/linux/testing/x11-window.ts';
import type { Situation } from '../situation.ts';
import type { XDesktop } from '../x-desktop.ts';

const SCREEN = { x: 0, y: 0, width: 1280, height: 800 };
const SMALL = { x: 100, y: 100, width: 320, height: 200 };
/** Read four times a second, each time with the answer to the last question. */
const WINDOW_MS = 500;
/** A signal on the bus, and the questions that follow it, at most every 250 ms. */
const BUS_MS = 500;
const GAP_MS = 300;

/** Films, games and presentations. */
export function screenSituations(at: () => XDesktop): readonly Situation[] {
  let window: { close(): void } | null = null;
  let manager: ChildProcess | null = null;
  let film: { stop(): Promise<void> } | null = null;
  const show = async (plan: WindowPlan): Promise<void> => {
    window = await at().windows().show(plan);
  };
  const close = (): void => window?.close();
  const startManager = async (): Promise<void> => {
    manager = spawn('openbox', ['--config-file', '/dev/null'], { env: { ...process.env, DISPLAY: at().x().display }, stdio: 'ignore' });
    await vi.waitFor(() => at().x().xdotool('get_num_desktops'), { timeout: 15_000, interval: 50 });
  };
  const closeAll = async (): Promise<void> => {
    close();
    if (manager !== null) await endProcess(manager);
  };
  const inManager = (act: string) => at().x().xdotool('search', '--class', 'vlc', act);

  const fills = { sensor: 'X11 full screen', duty: { kind: 'stop', as: 'evict', cause: 'fullscreen', seenMs: WINDOW_MS } } as const;
  const inhibits = { kind: 'stop', as: 'freeze', cause: 'inhibited', seenMs: BUS_MS } as const;
  const gnome = { how: 'inhibitor of a doubled GNOME session manager on a real bus', sensor: 'inhibitors' } as const;
  return [
    {
      ...fills,
      name: 'a borderless game fills the screen',
      how: 'a window as large as the screen, without a window manager',
      begin: () => show({ place: SCREEN, wmClass: 'Quake' }),
      end: close,
    },
    {
      ...fills,
      name: 'a game past the window manager fills the screen',
      how: 'a window with override-redirect',
      begin: () => show({ place: SCREEN, wmClass: 'OldGame', overrideRedirect: true }),
      end: close,
    },
    {
      ...fills,
      name: 'the screen is covered by a locker',
      how: 'a window of i3lock’s class as large as the screen',
      duty: { kind: 'go on' },
      begin: () => show({ place: SCREEN, wmClass: 'i3lock', overrideRedirect: true }),
      end: close,
    },
    {
      ...fills,
      name: 'the screen is dimmed',
      how: 'a nameless window with override-redirect',
      duty: { kind: 'go on' },
      begin: () => show({ place: SCREEN, overrideRedirect: true }),
      end: close,
    },
    {
      ...fills,
      name: 'a full-screen film starts and is minimised',
      how: '_NET_WM_STATE_FULLSCREEN under openbox; xdotool',
      before: startManager,
      begin: () => show({ place: SMALL, wmClass: 'vlc', states: ['_NET_WM_STATE_FULLSCREEN'] }),
      end: () => inManager('windowminimize'),
      endSeenMs: WINDOW_MS,
    },
    {
      ...fills,
      name: 'a minimised full-screen film is shown again',
      how: '_NET_WM_STATE_FULLSCREEN under openbox; xdotool',
      begin: () => inManager('windowactivate'),
      end: closeAll,
      endSeenMs: WINDOW_MS,
    },
    {
      name: 'a film plays in a window',
      how: 'systemd-inhibit holds an idle lock of a doubled logind',
      sensor: 'inhibitors',
      duty: inhibits,
      async begin() {
        film = await at().logind().playFilm();
      },
      end: () => film?.stop(),
      endSeenMs: BUS_MS,
    },
    {
      ...gnome,
      name: 'a film plays in a browser under GNOME',
      duty: inhibits,
      begin: () => at().gnome.runs('film'),
      end: () => at().gnome.runs('download'),
      endSeenMs: BUS_MS,
    },
    {
      ...gnome,
      name: 'a film lets go for 300 ms between two episodes',
      duty: inhibits,
      begin: () => at().gnome.runs('film'),
      async meanwhile() {
        await sleep(1_000);
        await at().gnome.runs('download');
        await sleep(GAP_MS);
        await at().gnome.runs('film');
        await sleep(1_000);
      },
      end: () => at().gnome.runs('download'),
      endSeenMs: BUS_MS,
    },
    {
      ...gnome,
      name: 'a download asks only for no sleep',
      duty: { kind: 'go on' },
      begin: () => at().gnome.runs('download'),
    },
  ];
}
