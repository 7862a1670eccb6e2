import { statfs } from 'node:fs/promises';
import { release } from 'node:os';
import type { Engine } from '../engine.ts';

const GIB = 2 ** 30;

export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** The folder that the engine keeps images in; null where it is not on this machine (an engine in a virtual machine) or not known. */
export async function findImageFolder(engine: Engine): Promise<string | null> {
  // Typed any by dockerode; Podman leaves the folder out.
  const info: { readonly DockerRootDir?: string; readonly KernelVersion?: string } = await engine.ask((docker) => docker.info());
  // The machine of Docker Desktop calls its folder as Docker Engine does, and has another kernel.
  return info.KernelVersion === release() && info.DockerRootDir ? info.DockerRootDir : null;
}

/** The disk that holds the folder; null where there is no such folder for us. */
export async function readDisk(folder: string): Promise<DiskSpace | null> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EACCES')) return null;
    throw error;
  }
}

/** What stays free for the owner: 1 GiB or a twentieth of the disk, whichever is more, but never more than a fifth of a small one. */
export const reserveBytes = (totalBytes: number): number => Math.min(Math.max(GIB, totalBytes / 20), totalBytes / 5);
