import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { tempFolder } from '../../lib/testing/temp-folder.ts';
import { attachNewDisk, dropLoopDisk, formatDisk, LOOP_MOUNT_OPTIONS, listDiskFiles } from './loop-disk.ts';

const folder = join(tempFolder(), 'disks');
const mountPoint = tempFolder();
const file = 'nightshift-lease_1-job.ext4';
const UID = 222_222;

const attached = (): string => execFileSync('losetup', ['--all'], { encoding: 'utf8' });

afterEach(() => dropLoopDisk(file, folder));

test("a disk is its job's from the first, and takes of the host what the job writes", async () => {
  const device = await attachNewDisk(file, 2 ** 30, folder);
  await formatDisk({ device, uid: UID, names: ['out', 'tmp'] }, file, folder);
  expect(readdirSync(folder)).toEqual([file]);
  execFileSync('mount', ['-t', 'ext4', '-o', LOOP_MOUNT_OPTIONS, device, mountPoint]);
  try {
    for (const path of ['', 'out', 'tmp']) expect(statSync(join(mountPoint, path))).toMatchObject({ uid: UID, gid: UID, mode: 0o40755 });
    expect(statSync(join(mountPoint, 'out')).mtimeMs).toBe(0);
    execFileSync('sync', ['--file-system', mountPoint]);
    expect(statSync(join(folder, file)).blocks * 512).toBeLessThan(2 ** 21);
  } finally {
    execFileSync('umount', [mountPoint]);
  }
  await dropLoopDisk(file, folder);
  expect(readdirSync(folder)).toEqual([]);
  expect(attached()).not.toContain(folder);
});

test('what a crash leaves between any two steps is found, removed, and no obstacle to the next', async () => {
  const crashes = [
    () => attachNewDisk(file, 2 ** 24, folder),
    async () => {
      await attachNewDisk(file, 2 ** 24, folder);
      mkdirSync(join(folder, `${file}.born`, 'out'), { recursive: true });
    },
    async () => execFileSync('losetup', ['--detach', await attachNewDisk(file, 2 ** 24, folder)]),
    async () => {
      await attachNewDisk(file, 2 ** 24, folder);
      rmSync(join(folder, file));
    },
  ];
  for (const crash of crashes) {
    await crash();
    expect([...(await listDiskFiles(folder))]).toContain(file);
    await dropLoopDisk(file, folder);
    await dropLoopDisk(file, folder);
    expect(readdirSync(folder)).toEqual([]);
    expect(attached()).not.toContain(folder);
  }
});

test('a disk that the machine has no room for is refused before anything is made', async () => {
  await expect(attachNewDisk(file, 2 ** 60, folder)).rejects.toMatchObject({ problem: { code: 'disk-full' } });
  expect(readdirSync(folder)).toEqual([]);
});
