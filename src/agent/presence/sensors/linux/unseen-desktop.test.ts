import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolder } from '../../../../lib/testing/temp-folder.ts';
import { openUnseenDesktop } from './unseen-desktop.ts';

const HEAD = 'Num       RefCount Protocol Flags    Type St Inode Path\n';
const LINE = '0000000000000000: 00000002 00000000 00010000 0001 01 21034 ';

function machineWith(...paths: readonly string[]) {
  const root = tempFolder();
  mkdirSync(join(root, 'proc/net'), { recursive: true });
  const write = (listed: readonly string[]): void =>
    writeFileSync(join(root, 'proc/net/unix'), HEAD + listed.map((path) => `${LINE}${path}\n`).join(''));
  write(paths);
  const time = { ms: 0 };
  return { time, write, context: { env: {}, root, changed: () => undefined, monotonicMs: () => time.ms } };
}

it.each(['@/tmp/.X11-unix/X0', '/tmp/.X11-unix/X12', '/run/user/1000/wayland-0'])(
  'does not take a machine with a desktop at %s for an empty console',
  async (path) => {
    const { context } = machineWith('/run/dbus/system_bus_socket', path);
    const sensor = await openUnseenDesktop(context);
    expect(sensor.read()).toMatchObject({ kind: 'unknown', fix: expect.stringContaining('inside your desktop session') });
  },
);

it('says nothing where no desktop runs, and notices one that starts and ends', async () => {
  const { context, time, write } = machineWith(
    '/run/dbus/system_bus_socket',
    '/run/user/1000/wayland-0.lock',
    '/home/x/tmp/.X11-unix-notes/X0',
  );
  const sensor = await openUnseenDesktop(context);
  expect(sensor.read().kind).toBe('absent');
  write(['@/tmp/.X11-unix/X0']);
  time.ms += 5_000;
  expect(sensor.read().kind).toBe('unknown');
  write([]);
  time.ms += 5_000;
  expect(sensor.read().kind).toBe('absent');
});
