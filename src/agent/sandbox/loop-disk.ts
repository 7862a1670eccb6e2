import { execFile } from 'node:child_process';
import { constants, existsSync } from 'node:fs';
import { mkdir, open, readdir, realpath, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import { ProblemError } from '../../contract/model/problem.ts';

const run = promisify(execFile);

const LOSETUP = '/usr/sbin/losetup';
const MKFS = '/usr/sbin/mkfs.ext4';
export const LOOP_TOOLS = [LOSETUP, MKFS, '/dev/loop-control'] as const;

const loopList = z.object({ loopdevices: z.array(z.object({ name: z.string(), 'back-file': z.string().nullable() })) });

/**
 * Makes an empty ext4 file of the given size and attaches it to a loop device; the file stays sparse, so it takes what the job writes.
 * Without a journal, because nothing in it outlives the lease. Returns the device. Throws `disk-full` where the host has not that much left.
 */
export async function makeLoopDisk(file: string, sizeBytes: number, folder: string): Promise<string> {
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
  await run(MKFS, ['-q', '-F', '-m', '0', '-O', '^has_journal', '-E', 'lazy_itable_init=1,nodiscard', path]);
  const { stdout } = await run(LOSETUP, ['--find', '--show', path]);
  return stdout.trim();
}

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
  await rm(join(folder, file), { force: true });
}

/** Names of the disk files in the folder, and of those deleted already that a loop device still holds. */
export async function listDiskFiles(folder: string): Promise<ReadonlySet<string>> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const attached = (await loopDevices(folder)).map((device) => device.file);
  return new Set([...(await readdir(folder)), ...attached]);
}

async function loopDevices(folder: string): Promise<readonly { readonly path: string; readonly file: string }[]> {
  if (!existsSync(LOSETUP)) return []; // then this machine never made any
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const prefix = `${await realpath(folder)}/`;
  const { stdout } = await run(LOSETUP, ['--json', '--list', '--output', 'NAME,BACK-FILE']);
  if (stdout.trim() === '') return []; // what losetup prints when there is no device at all
  return loopList.parse(JSON.parse(stdout)).loopdevices.flatMap((device) => {
    const backFile = device['back-file']?.replace(/ \(deleted\)$/, '') ?? '';
    return backFile.startsWith(prefix) ? [{ path: device.name, file: backFile.slice(prefix.length) }] : [];
  });
}
