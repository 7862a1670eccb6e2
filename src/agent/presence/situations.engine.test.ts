import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ConsoleMachine, openConsoleMachine } from './testing/console-machine.ts';
import type { Desk } from './testing/desk.ts';
import { type Outcome, play, type Situation } from './testing/situation.ts';
import { brokenSituations } from './testing/situations/broken.ts';
import { inputSituations } from './testing/situations/input.ts';
import { machineSituations } from './testing/situations/machine.ts';
import { consoleSituations, waylandSituations } from './testing/situations/others.ts';
import { peopleSituations } from './testing/situations/people.ts';
import { burningSituations, programSituations } from './testing/situations/programs.ts';
import { screenSituations } from './testing/situations/screen.ts';
import { sleepSituations, timeSituations } from './testing/situations/time.ts';
import { openWaylandDesktop, type WaylandDesktop } from './testing/wayland-desktop.ts';
import { openXDesktop, type XDesktop } from './testing/x-desktop.ts';

/*
 * What people do at a machine, each through its real sensor and decided by the production policy: never a false start, never a missed resume.
 * Debian packages: xvfb, xdotool, openbox, dbus-daemon, python3-dbusmock, systemd, bsdutils.
 */

const DOCUMENT = new URL('../../../docs/situations.md', import.meta.url);

interface Stage {
  readonly first: XDesktop;
  readonly second: XDesktop;
  readonly terminal: ConsoleMachine;
  readonly wayland: WaylandDesktop;
}
let stage: Stage | null = null;
function on<K extends keyof Stage>(machine: K): () => Stage[K] {
  return () => {
    if (stage === null) throw new Error('the machines of these situations have not been opened');
    return stage[machine];
  };
}

const [first, second] = [on('first'), on('second')];
/** Each list is played one after another, all of them at once: most of their time is waiting. */
const atOnce = {
  first: [inputSituations, screenSituations, peopleSituations].flatMap((list) => list(first)),
  second: [machineSituations, programSituations, timeSituations].flatMap((list) => list(second)),
  terminal: consoleSituations(on('terminal')),
  wayland: waylandSituations(on('wayland')),
};
/** Played after all others, which they would disturb. */
const alone = [...sleepSituations(second), ...burningSituations(), ...brokenSituations(second)];
const all: readonly Situation[] = [...Object.values(atOnce).flat(), ...alone];

type Played =
  | { readonly kind: 'played'; readonly outcome: Outcome }
  | { readonly kind: 'hindered'; readonly why: string }
  | { readonly kind: 'failed'; readonly error: unknown };
const plays = new Map<Situation, Promise<Played>>();

async function playOne(desk: Desk, situation: Situation): Promise<Played> {
  try {
    const why = await situation.hindered?.();
    return why ? { kind: 'hindered', why } : { kind: 'played', outcome: await play(desk, situation) };
  } catch (error) {
    return { kind: 'failed', error }; // told by the situation's own test; the next one is played all the same
  }
}

function playInTurn(desk: Desk, situations: readonly Situation[], after: Promise<unknown>): Promise<unknown> {
  return situations.reduce((last, situation) => {
    const next = last.then(() => playOne(desk, situation));
    plays.set(situation, next);
    return next;
  }, after);
}

describe('a situation', () => {
  let over: Promise<unknown> = Promise.resolve();
  beforeAll(async () => {
    const [one, other, terminal, wayland] = await Promise.all([openXDesktop(), openXDesktop(), openConsoleMachine(), openWaylandDesktop()]);
    stage = { first: one, second: other, terminal, wayland };
    const opened = Promise.resolve();
    const others = Promise.all([
      playInTurn(one.desk, atOnce.first, opened),
      playInTurn(other.desk, atOnce.second, opened),
      playInTurn(terminal.desk, atOnce.terminal, opened),
      playInTurn(wayland.desk, atOnce.wayland, opened),
    ]);
    over = playInTurn(other.desk, alone, others);
  });
  afterAll(async () => {
    await over;
    await Promise.all(Object.values(stage ?? {}).map((machine: AsyncDisposable) => machine[Symbol.asyncDispose]()));
  });

  for (const situation of all) {
    const { name, duty } = situation;
    test(name, { timeout: 300_000 }, async (context) => {
      const result = await plays.get(situation);
      if (result?.kind === 'hindered') return context.skip(result.why);
      if (result?.kind !== 'played') throw result?.error;
      const { outcome } = result;
      expect(outcome, JSON.stringify(outcome)).toMatchObject({ falseStarts: 0, missedResumes: 0 });
      if (duty.kind !== 'stop') return;
      expect(outcome.verdicts).toContain(duty.as);
      expect(outcome.causes).toContain(duty.cause);
    });
  }

  test('of thirty and more: no false start, no missed resume', async () => {
    const outcomes = new Map<string, Outcome>();
    for (const [{ name }, playing] of plays) {
      const result = await playing;
      if (result.kind === 'played') outcomes.set(name, result.outcome);
    }
    const inMs = (ms: number | null): string => (ms === null ? '' : `${Math.round(ms)} ms`);
    const rows = [...outcomes].map(([name, { causes, stoppedMs, resumedMs, falseStarts, missedResumes }]) =>
      [name, causes.join(' ') || 'goes on', inMs(stoppedMs), inMs(resumedMs), falseStarts, missedResumes].join(' | '),
    );
    console.log(['situation | causes | stopped after | resumed after | false starts | missed resumes', ...rows].join('\n'));
    const sum = (of: 'falseStarts' | 'missedResumes'): number => [...outcomes.values()].reduce((total, outcome) => total + outcome[of], 0);
    expect(outcomes.size).toBeGreaterThanOrEqual(30);
    expect({ falseStarts: sum('falseStarts'), missedResumes: sum('missedResumes') }).toEqual({ falseStarts: 0, missedResumes: 0 });
  });
});

test('docs/situations.md lists them all as they are', () => {
  const document = readFileSync(DOCUMENT, 'utf8');
  const rows = all.map((each) => `| ${each.name} | ${each.how} | ${each.sensor} | ${dutyOf(each)} |`);
  expect(rows.filter((row) => !document.includes(row)).join('\n')).toBe('');
});

function dutyOf({ duty }: Situation): string {
  switch (duty.kind) {
    case 'stop':
      return `${{ throttle: 'throttles', freeze: 'freezes', evict: 'ends the job' }[duty.as]}: \`${duty.cause}\``;
    case 'go on':
      return 'goes on';
    case 'only finish':
      return 'goes on, starts nothing new';
  }
}
