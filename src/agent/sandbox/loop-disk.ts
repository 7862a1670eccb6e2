import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { chown, mkdir, open, readdir, readFile, realpath, rm, statfs, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ProblemError } from '../../contract/model/problem.ts';

const run = promisify(execFile);

const LOSETUP = '/usr/sbin/losetup';
const MKFS = '/usr/sbin/mkfs.ext4';
export const LOOP_TOOLS = [LOSETUP, MKFS, '/dev/loop-control'] as const;

/** How such a disk is mounted. Without `noinit_itable` the kernel fills a 64th of it with zeros, which the sparse file has already. */
export const LOOP_MOUNT_OPTIONS = 'nosuid,nodev,noinit_itable';

/**
 * Makes a file of the given size and attaches it to a loop device, which it returns; the file stays sparse, so it takes what the job writes.
 * Throws `disk-full` where the host has not that much left.
 */
export async function attachNewDisk(file: string, sizeBytes: number, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const space = await statfs(folder);
  const freeBytes = space.bavail * space.bsize;
  if (freeBytes < sizeBytes) {
    throw new ProblemError(
      'disk-full',
      `The job may use ${sizeBytes} bytes of disk and ${folder} has ${freeBytes} bytes left.`,
      'Free some space there, or take smaller jobs.',
    );
  }
  const path = join(folder, file);
  const handle = await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600);
  try {
    await handle.truncate(sizeBytes);
  } finally {
    await handle.close();
  }
  const { stdout } = await run(LOSETUP, ['--find', '--show', path]);
  return stdout.trim();
}

export interface DiskFormat {
  readonly device: string;
  /** Whose the disk is, as user and as group. */
  readonly uid: number;
  /** The folders it is born with, besides its root. */
  readonly names: readonly string[];
}

/** Makes the ext4 of a new disk: without a journal, because nothing in it outlives the lease, and without room to grow. */
export async function formatDisk({ device, uid, names }: DiskFormat, file: string, folder: string): Promise<void> {
  const template = templateOf(join(folder, file));
  await mkdir(template, { mode: 0o700 });
  for (const name of names) {
    const born = join(template, name);
    await mkdir(born, { mode: 0o755 });
    await chown(born, uid, uid);
    await utimes(born, 0, 0); // so that whatever the job makes there is newer
  }
  const features = ['-m', '0', '-O', '^has_journal,^resize_inode', '-E', `lazy_itable_init=1,nodiscard,root_owner=${uid}:${uid}`];
  await run(MKFS, ['-q', '-F', ...features, '-d', template, device]);
  await rm(template, { recursive: true });
}

/** Where the folders that a disk is born with lie while it is made: beside the file, which goes last, so that a crash leaves none unnoticed. */
const templateOf = (path: string): string => `${path}.born`;

/** `s_state` of ext4's superblock and its flag for "cleanly unmounted": Documentation/filesystems/ext4/super.rst of Linux. */
const EXT4_STATE_OFFSET = 1024 + 0x3a;
const EXT4_VALID_FS = 1;

/**
 * Attaches the disk file to its loop device again where a restart of the machine has taken it off. Throws where what the job has written
 * cannot be had: the device is somebody else's now, or the machine went down without unmounting, so that the last writes may be missing.
 */
export async function attachAgain(file: string, folder: string, device: string): Promise<void> {
  if ((await loopDevices(folder)).some((each) => each.file === file && each.path === device)) return;
  const path = join(folder, file);
  const state = Buffer.alloc(2);
  const handle = await open(path, 'r');
  try {
    await handle.read(state, 0, state.length, EXT4_STATE_OFFSET);
  } finally {
    await handle.close();
  }
  if ((state.readUInt16LE() & EXT4_VALID_FS) === 0) throw new Error(`the disk ${path} was not unmounted when the machine went down`);
  await run(LOSETUP, [device, path]); // fails where another file has taken the device
}

/** Detaches every loop device on that file and deletes the file. Neither need be there. */
export async function dropLoopDisk(file: string, folder: string): Promise<void> {
  for (const device of await loopDevices(folder)) {
    if (device.file === file) await run(LOSETUP, ['--detach', device.path]);
  }
  const path = join(folder, file);
  await rm(templateOf(path), { recursive: true, force: true });
  await rm(path, { force: true });
}

/** Names of the disk files in the folder, and of those deleted already that a loop device still holds. */
export async function listDiskFiles(folder: string): Promise<ReadonlySet<string>> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const attached = (await loopDevices(folder)).map((device) => device.file);
  return new Set([...(await readdir(folder)), ...attached]);
}

const BLOCK_DEVICES = '/sys/block';

/** The loop devices on files of that folder; read where losetup reads them too, which would be a process more at every start of a job. */
async function loopDevices(folder: string): Promise<readonly { readonly path: string; readonly file: string }[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const prefix = `${await realpath(folder)}/`;
  const names = (await readdir(BLOCK_DEVICES)).filter((name) => /^loop\d+$/.test(name));
  const found = await Promise.all(
    names.map(async (name) => {
      const backFile = (await backFileOf(name)).replace(/ \(deleted\)$/, '');
      return backFile.startsWith(prefix) ? [{ path: `/dev/${name}`, file: backFile.slice(prefix.length) }] : [];
    }),
  );
  return found.flat();
}

/** Empty: the device is free. */
async function backFileOf(name: string): Promise<string> {
  try {
    return (await readFile(join(BLOCK_DEVICES, name, 'loop/backing_file'), 'utf8')).trimEnd();
  } catch (error) {
    // ENXIO, ENODEV: it is being detached just now.
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ENXIO', 'ENODEV'].includes(String(error.code))) return '';
    throw error;
  }
}
