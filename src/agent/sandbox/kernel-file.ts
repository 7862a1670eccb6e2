import { closeSync, openSync, readSync, writeSync } from 'node:fs';

/** A control file of the kernel, kept open. No call throws: what it stands for may be gone at any time. Once closed it does nothing. */
export interface KernelFile {
  /** False: the kernel refused. */
  write(text: string): boolean;
  /** All of it as it is now; empty when it is gone. */
  read(): string;
  close(): void;
}

const buffer = Buffer.alloc(4096);

/** Null: this kernel has no such file, or it is not for us. */
export function openKernelFile(path: string, mode: 'r' | 'r+' | 'w'): KernelFile | null {
  let fd: number | null;
  try {
    fd = openSync(path, mode);
  } catch {
    return null; // that is the question asked
  }
  return {
    write(text) {
      if (fd === null) return false;
      try {
        writeSync(fd, text, 0);
        return true;
      } catch {
        return false; // refused, or gone (ENODEV)
      }
    },
    read() {
      let text = '';
      try {
        for (let bytes = -1; fd !== null && bytes !== 0; text += buffer.toString('latin1', 0, bytes)) {
          bytes = readSync(fd, buffer, 0, buffer.length, text.length); // such files tell a page at a time
        }
      } catch {
        return ''; // gone (ENODEV)
      }
      return text;
    },
    close() {
      if (fd !== null) closeSync(fd);
      fd = null; // the number may be another file's next
    },
  };
}
