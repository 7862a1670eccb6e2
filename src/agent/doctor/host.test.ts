import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import { readHostFacts } from './host.ts';

function rootWith(files: Readonly<Record<string, string>>): string {
  const root = tempFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}
const facts = (files: Readonly<Record<string, string>>, env = {}) => readHostFacts(rootWith(files), tempFolder(), env);

describe.skipIf(process.platform !== 'linux')('what a Linux machine is', () => {
  it('is told by its files', () => {
    const os = 'PRETTY_NAME="Linux Mint 22"\nID=linuxmint\nID_LIKE="ubuntu debian"\n';
    expect(facts({ 'etc/os-release': os, 'usr/bin/dockerd': '' })).toMatchObject({
      osName: 'Linux Mint 22',
      distributions: ['linuxmint', 'ubuntu', 'debian'],
      hasEngineProgram: true,
      nvidia: { moduleVersion: null, library: null, nodes: 'absent' },
    });
    expect(facts({})).toMatchObject({ osName: 'linux', distributions: [], hasEngineProgram: false });
  });

  it('has the session that its environment names', () => {
    expect(facts({}, { DISPLAY: ':0', WAYLAND_DISPLAY: 'wayland-0', XDG_CURRENT_DESKTOP: 'KDE' }).session).toBe('Wayland session (KDE)');
    expect(facts({}, { DISPLAY: ':0' }).session).toBe('X11 session');
    expect(facts({}, { SSH_CONNECTION: '1' }).session).toBeNull();
  });

  it('has the free space of the nearest folder that is there', () => {
    const path = join(tempFolder(), 'not', 'yet');
    expect(readHostFacts(tempFolder(), path, {}).disk).toEqual({ path, freeBytes: expect.any(Number) });
  });

  it('has the version of NVIDIA’s module and, over links as Debian makes them, of its library', () => {
    const root = rootWith({
      'sys/module/nvidia/version': '570.86.15\n',
      'usr/lib/x86_64-linux-gnu/nvidia/current/libnvidia-ml.so.580.1.2': '',
      'dev/nvidia0': '',
      'dev/nvidiactl': '',
    });
    const folder = join(root, 'usr/lib/x86_64-linux-gnu');
    symlinkSync('nvidia/current/libnvidia-ml.so.1', join(folder, 'libnvidia-ml.so.1'));
    symlinkSync('libnvidia-ml.so.580.1.2', join(folder, 'nvidia/current/libnvidia-ml.so.1'));
    const expected = { moduleVersion: '570.86.15', library: { version: '580.1.2' }, nodes: 'usable' };
    expect(readHostFacts(root, root, {}).nvidia).toEqual(expected);
  });

  it('does not know the version of a library that is no link', () => {
    expect(facts({ 'usr/lib/wsl/lib/libnvidia-ml.so.1': '' }).nvidia.library).toEqual({ version: null });
  });

  it.skipIf(process.getuid?.() === 0)('may keep its device files from this user', () => {
    const root = rootWith({ 'dev/nvidia0': '' });
    chmodSync(join(root, 'dev/nvidia0'), 0o000);
    expect(readHostFacts(root, root, {}).nvidia.nodes).toBe('denied');
  });
});
