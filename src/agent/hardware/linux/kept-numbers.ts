import { join } from 'node:path';
import { type KeptFile, keepFile, wholeNumber } from '../../presence/sensors/linux/system-files.ts';

/** Whole numbers in files of one folder, through descriptors that stay open. Null: not there. */
export interface KeptNumbers<K extends string> {
  read(file: K): number | null;
  close(): void;
}

export function keepNumbers<K extends string>(folder: string, files: readonly K[]): KeptNumbers<K> {
  const kept = new Map<K, KeptFile>(files.map((file) => [file, keepFile(join(folder, file))]));
  return {
    read(file) {
      const found = kept.get(file);
      return found === undefined ? null : wholeNumber(found.read());
    },
    close() {
      for (const file of kept.values()) file.close();
    },
  };
}
