import { join } from 'node:path';
import { type KeptFile, keepFile, namesIn, readText, readWord, wholeNumber } from '../../presence/sensors/linux/system-files.ts';

/** The chip of a device in /sys/class/hwmon, whose files are read again and again. */
export interface Hwmon {
  /** The whole number that the first of these files holds; null where none is there or readable. */
  number(...files: readonly string[]): number | null;
  /** As `number`, without keeping the file open: for what hardly changes. */
  once(...files: readonly string[]): number | null;
  /** "temp2" for the label "junction", whatever its number; null: none. */
  input(kind: 'temp' | 'power' | 'energy' | 'freq', label: string): string | null;
  close(): void;
}

/** Of a device's folder in sysfs. Null where its driver measures nothing. */
export function openHwmon(folder: string): Hwmon | null {
  const chip = (namesIn(join(folder, 'hwmon')) ?? []).find((name) => name.startsWith('hwmon'));
  if (chip === undefined) return null;
  const at = join(folder, 'hwmon', chip);
  const names = new Set(namesIn(at) ?? []);
  const kept = new Map<string, KeptFile>();
  const keep = (name: string): KeptFile => {
    const file = kept.get(name) ?? keepFile(join(at, name));
    kept.set(name, file);
    return file;
  };
  return {
    number(...files) {
      const name = files.find((file) => names.has(file));
      return name === undefined ? null : wholeNumber(keep(name).read());
    },
    once(...files) {
      const name = files.find((file) => names.has(file));
      return name === undefined ? null : wholeNumber(readText(join(at, name)));
    },
    input(kind, label) {
      const file = [...names].find((name) => name.startsWith(kind) && name.endsWith('_label') && readWord(join(at, name)) === label);
      return file === undefined ? null : file.slice(0, -'_label'.length);
    },
    close() {
      for (const file of kept.values()) file.close();
    },
  };
}
