import { expect, test } from 'vitest';
import { covers, fillingWindow, type ShownWindow } from './x11-covering.ts';

const LEFT = { x: 0, y: 0, width: 1920, height: 1080 };
const RIGHT = { x: 1920, y: 0, width: 2560, height: 1440 };

const window = (program: string | null, change: Partial<ShownWindow> = {}): ShownWindow => ({
  place: LEFT,
  kind: 'program',
  isFullscreen: false,
  isMaximised: false,
  overrideRedirect: false,
  program,
  ...change,
});
const filling = (...topDown: readonly ShownWindow[]) => fillingWindow(topDown, [LEFT, RIGHT])?.program;

test('a film on either monitor fills the screen', () => {
  expect(filling(window('mpv'))).toBe('mpv');
  expect(filling(window('mpv', { place: RIGHT }))).toBe('mpv');
  expect(filling(window('wide', { place: { x: 0, y: 0, width: 4480, height: 1440 } }))).toBe('wide');
});

test('a window that leaves part of every monitor free does not', () => {
  expect(filling(window('editor', { place: { x: 0, y: 28, width: 1920, height: 1052 } }))).toBeUndefined();
  expect(filling(window('declares it', { isFullscreen: true, place: { x: 0, y: 0, width: 800, height: 600 } }))).toBeUndefined();
});

test('a game that is a pixel short does', () => {
  expect(covers({ x: 0, y: 0, width: 1920, height: 1079 }, LEFT)).toBe(true);
  expect(covers({ x: 0, y: 0, width: 1920, height: 1070 }, LEFT)).toBe(false);
});

test('a maximised window where there is no panel does not, unless it is full-screen as well', () => {
  expect(filling(window('editor', { isMaximised: true }))).toBeUndefined();
  expect(filling(window('browser', { isMaximised: true, isFullscreen: true }))).toBe('browser');
});

test('what lies beneath a window that covers it is not seen', () => {
  expect(filling(window('editor', { isMaximised: true }), window('game'))).toBeUndefined();
  expect(filling(window('Xfdesktop', { kind: 'desktop' }), window('game'))).toBeUndefined();
  expect(filling(window('i3lock', { overrideRedirect: true }), window('game'))).toBeUndefined();
});

test('panels and nameless helpers over a film do not hide it', () => {
  expect(filling(window('panel', { kind: 'panel' }), window('mpv'))).toBe('mpv');
  expect(filling(window(null, { overrideRedirect: true }), window('mpv'))).toBe('mpv');
});

test('a program without a name counts, and so does a named one past the window manager', () => {
  expect(filling(window(null))).toBeNull();
  expect(filling(window('OldGame', { overrideRedirect: true }))).toBe('OldGame');
});
