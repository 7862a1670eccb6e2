import { expect, test } from 'vitest';
import { cookieFor, localDisplay } from './x11-display.ts';

const LOCAL = 256;
const INTERNET = 0;
const WILD = 65_535;

/** One entry of an Xauthority file. */
function entry(family: number, address: string, number: string, scheme: string, cookie: string): Buffer {
  const field = (text: string): Buffer => Buffer.concat([Buffer.from([0, text.length]), Buffer.from(text)]);
  return Buffer.concat([Buffer.from([family >> 8, family & 255]), field(address), field(number), field(scheme), field(cookie)]);
}
const MAGIC = 'MIT-MAGIC-COOKIE-1';

test.each([
  [{ DISPLAY: ':0' }, '0'],
  [{ DISPLAY: ':10.1' }, '10'],
  [{ DISPLAY: 'unix:3' }, '3'],
])('%o is the display %s of this machine', (env, number) => {
  expect(localDisplay(env)).toEqual({ number, socketPath: `/tmp/.X11-unix/X${number}` });
});

test.each([
  ['no display', {}],
  ['an empty one', { DISPLAY: '' }],
  ['one that SSH forwards', { DISPLAY: 'localhost:10.0' }],
  ['one of another machine', { DISPLAY: 'desk:0' }],
  ['XWayland', { DISPLAY: ':0', WAYLAND_DISPLAY: 'wayland-0' }],
  ['a Wayland session that names no socket', { DISPLAY: ':0', XDG_SESSION_TYPE: 'wayland' }],
])('%s is no X session of this machine', (_, env) => {
  expect(localDisplay(env)).toBeNull();
});

test("a display's cookie is the one under its number and this host's name", () => {
  const file = Buffer.concat([
    entry(INTERNET, '1234', '0', MAGIC, 'over the network'),
    entry(LOCAL, 'desk', '1', MAGIC, 'another display'),
    entry(LOCAL, 'desk', '0', 'XDM-AUTHORIZATION-1', 'another scheme'),
    entry(WILD, '', '', MAGIC, 'any'),
    entry(LOCAL, 'desk', '0', MAGIC, 'mine'),
    entry(LOCAL, 'old-name', '0', MAGIC, 'before the machine was renamed'),
  ]);
  expect(cookieFor(file, '0', 'desk')?.toString()).toBe('mine');
  expect(cookieFor(file, '7', 'desk')?.toString()).toBe('any');
});

test('a cookie written before the machine was renamed is tried', () => {
  expect(cookieFor(entry(LOCAL, 'old-name', '0', MAGIC, 'old'), '0', 'desk')?.toString()).toBe('old');
  expect(cookieFor(Buffer.alloc(0), '0', 'desk')).toBeNull();
});
