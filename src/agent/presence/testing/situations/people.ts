import type { Situation } from '../situation.ts';
import type { XDesktop } from '../x-desktop.ts';

const INPUT_MS = 250;
/** A signal on the bus, and the questions that follow it, at most every 250 ms. */
const BUS_MS = 500;
const SCREEN = { x: 0, y: 0, width: 1280, height: 800 };

/** Sessions of the owner and of others, and the owner's "run now". */
export function peopleSituations(at: () => XDesktop): readonly Situation[] {
  let typing: Promise<void> = Promise.resolve();
  let game: { close(): void } | null = null;
  const type = async (): Promise<void> => {
    await at().x().xdotool('key', 'a');
    typing = at().x().xdotool('type', '--delay', '250', 'good evening');
  };
  const logind = { how: 'a doubled logind on a real bus', sensor: 'logind', endSeenMs: BUS_MS } as const;
  const begins = { begin: () => at().logind().connectFromElsewhere(), end: () => at().logind().disconnect() } as const;
  return [
    {
      ...logind,
      ...begins,
      name: 'somebody logs in over SSH',
      duty: { kind: 'stop', as: 'freeze', cause: 'remote-session', seenMs: BUS_MS },
    },
    {
      ...logind,
      ...begins,
      name: 'somebody logs in over SSH, which is not to count',
      duty: { kind: 'go on' },
      settings: { 'presence.remoteCounts': false },
    },
    {
      ...logind,
      name: 'another user takes the screen, and gives it back',
      duty: { kind: 'stop', as: 'freeze', cause: 'other-user', seenMs: BUS_MS },
      begin: () => at().logind().show('guest'),
      end: () => at().logind().show('owner'),
    },
    {
      ...logind,
      name: 'the owner locks the screen and leaves',
      duty: { kind: 'go on' },
      begin: () => at().logind().lock(true),
      end: () => at().logind().lock(false),
    },
    {
      name: 'somebody types at the locked screen',
      how: 'a doubled logind; xdotool at a real X server',
      sensor: 'X11, logind',
      duty: { kind: 'stop', as: 'freeze', cause: 'owner-active', seenMs: INPUT_MS },
      before: () => at().logind().lock(true),
      begin: type,
      meanwhile: () => typing,
      end: () => at().logind().lock(false),
      endSeenMs: BUS_MS,
    },
    {
      name: 'the owner says "run now" and types on',
      how: "the owner's word; xdotool at a real X server",
      sensor: 'X11',
      duty: { kind: 'go on' },
      before: () => at().desk.runNow(),
      begin: type,
      meanwhile: () => typing,
    },
    {
      name: 'the owner says "run now", and starts a game',
      how: "the owner's word; xdotool; a window as large as the screen",
      sensor: 'X11, X11 full screen',
      duty: { kind: 'stop', as: 'evict', cause: 'fullscreen', seenMs: BUS_MS },
      async before() {
        at().desk.runNow();
        await type();
      },
      async begin() {
        game = await at().windows().show({ place: SCREEN, wmClass: 'Quake' });
      },
      meanwhile: () => typing,
      end: () => game?.close(),
      endSeenMs: BUS_MS,
    },
  ];
}
