import { expect, test } from 'vitest';
import { idleLocks, readingOf, type States } from './inhibitors.ts';

const none: States = { logind: null, gnome: null, kde: null, freedesktop: null };
const film = { who: 'mpv', why: 'film' };

test('of the locks of logind only those against idleness count', () => {
  const lock = (what: string, who: string, mode: string): [string, string, string, string, number, number] => [
    what,
    who,
    'why',
    mode,
    1000,
    1,
  ];
  const locks = [
    lock('handle-lid-switch', 'gsd-power', 'block'),
    lock('sleep', 'NetworkManager', 'delay'),
    lock('idle', 'odd', 'delay'),
    lock('shutdown:sleep', 'packages', 'block'),
    lock('sleep:idle', 'mpv', 'block'),
    lock('idle', 'call', 'block-weak'),
    lock('sleep:idle', 'Nightshift', 'block'),
  ];
  expect(idleLocks(locks).map((each) => each.who)).toEqual(['mpv', 'call']);
});

test('the lists add up', () => {
  const states: States = { ...none, logind: { kind: 'up', value: [film] }, gnome: { kind: 'up', value: [{ who: 'firefox', why: '' }] } };
  expect(readingOf(states)).toMatchObject({ kind: 'known', value: [film, { who: 'firefox' }] });
});

test('a list that cannot be read is unknown, unless another names somebody', () => {
  const broken = { kind: 'broken', detail: 'no answer' } as const;
  expect(readingOf({ ...none, logind: { kind: 'up', value: [] }, gnome: broken })).toMatchObject({ kind: 'unknown' });
  expect(readingOf({ ...none, logind: { kind: 'up', value: [film] }, gnome: broken })).toMatchObject({ kind: 'known', value: [film] });
});

test('where nobody keeps a list there is nothing to say', () => {
  expect(readingOf(none)).toBeNull();
  expect(readingOf({ ...none, logind: { kind: 'gone' }, kde: { kind: 'gone' } })).toBeNull();
});

test('beside KDE the freedesktop list means sleep and is left out', () => {
  const states: States = { ...none, freedesktop: { kind: 'up', value: [film] } };
  expect(readingOf(states)).toMatchObject({ value: [film] });
  expect(readingOf({ ...states, kde: { kind: 'up', value: [] } })).toMatchObject({ value: [] });
});
