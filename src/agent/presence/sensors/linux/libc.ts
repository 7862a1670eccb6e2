import koffi from 'koffi';

/** The few calls of the C library that sensors make many times a second: through these a missing file or an empty queue is a number, not an exception. */
export interface Libc {
  /** A file descriptor, or -1. */
  open(path: string, flags: number): number;
  close(fd: number): number;
  /** Bytes read, 0 at the end, or -1. */
  read(fd: number, into: Uint8Array, bytes: number): number;
  readAt(fd: number, into: Uint8Array, bytes: number, offset: number): number;
  readlink(path: string, into: Uint8Array, bytes: number): number;
  access(path: string, mode: number): number;
  ioctl(fd: number, request: number, argument: Uint8Array): number;
  /** Why the last call failed. */
  errno(): number;
}

/** asm-generic/errno-base.h: the same on every architecture that Node runs on. */
export const ERRNO = { notPermitted: 1, interrupted: 4, again: 11, noPermission: 13 } as const;

/** asm-generic/fcntl.h */
export const OPEN = { readOnly: 0, nonBlocking: 0o4000, closeOnExec: 0o2000000 } as const;

/** unistd.h */
export const READABLE = 4;

let loaded: Libc | null = null;

/** The C library that this process already has, glibc or musl. */
export function libc(): Libc {
  if (loaded !== null) return loaded;
  const library = koffi.load(null);
  loaded = {
    open: library.func('int open(const char *path, int flags)'),
    close: library.func('int close(int fd)'),
    read: library.func('long read(int fd, void *into, size_t bytes)'),
    readAt: library.func('long pread(int fd, void *into, size_t bytes, long offset)'),
    readlink: library.func('long readlink(const char *path, void *into, size_t bytes)'),
    access: library.func('int access(const char *path, int mode)'),
    ioctl: library.func('int ioctl(int fd, unsigned long request, void *argument)'),
    errno: () => koffi.errno(),
  };
  return loaded;
}
