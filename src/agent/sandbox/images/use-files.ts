import { mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** When each image was last used: an empty file for each, whose time is that. Nothing to be repaired after a crash. */
export interface UseFiles {
  /** Notes that the image is used now. */
  touch(imageId: string): Promise<void>;
  /** Last use, ms since the Unix epoch, of each image that was ever used. */
  read(): Promise<ReadonlyMap<string, number>>;
  forget(imageId: string): Promise<void>;
}

const FILE = /^[0-9a-f]{64}$/;
const fileOf = (imageId: string): string => imageId.replace('sha256:', '');

export function openUseFiles(folder: string): UseFiles {
  return {
    touch: async (imageId) => {
      await mkdir(folder, { recursive: true });
      const path = join(folder, fileOf(imageId));
      const now = new Date();
      await writeFile(path, '');
      await utimes(path, now, now);
    },
    read: async () => {
      await mkdir(folder, { recursive: true });
      const files = (await readdir(folder)).filter((name) => FILE.test(name));
      return new Map(await Promise.all(files.map(async (name) => [`sha256:${name}`, (await stat(join(folder, name))).mtimeMs] as const)));
    },
    forget: (imageId) => rm(join(folder, fileOf(imageId)), { force: true }),
  };
}
