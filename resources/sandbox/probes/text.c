#include "system.h"

// GCC may put calls of these two in place of loops.
void *memset(void *to, int byte, size_t count) {
  unsigned char *at = to;
  while (count-- > 0) {
    *at++ = (unsigned char)byte;
    __asm__ volatile("" ::: "memory");
  }
  return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t count) {
  unsigned char *at = to;
  const unsigned char *source = from;
  while (count-- > 0) {
    *at++ = *source++;
    __asm__ volatile("" ::: "memory");
  }
  return to;
}

size_t length(const char *text) {
  const char *end = text;
  while (*end) end++;
  return (size_t)(end - text);
}

bool same(const char *one, const char *other) {
  while (*one && *one == *other) {
    one++;
    other++;
  }
  return *one == *other;
}

char *append(char *end, const char *text) {
  while (*text) *end++ = *text++;
  *end = 0;
  return end;
}

char *append_number(char *end, unsigned long number) {
  if (number >= 10) end = append_number(end, number / 10);
  *end++ = (char)('0' + number % 10);
  *end = 0;
  return end;
}

void print(const char *text) {
  call(write, 1, text, length(text));
}

#define NAME(error) \
  case error: \
    return #error

const char *error_name(long number) {
  switch (number) {
    NAME(EPERM);
    NAME(ENOENT);
    NAME(ESRCH);
    NAME(EIO);
    NAME(ENXIO);
    NAME(E2BIG);
    NAME(ENOEXEC);
    NAME(EBADF);
    NAME(ECHILD);
    NAME(EAGAIN);
    NAME(ENOMEM);
    NAME(EACCES);
    NAME(EFAULT);
    NAME(ENOTBLK);
    NAME(EBUSY);
    NAME(EEXIST);
    NAME(ENODEV);
    NAME(ENOTDIR);
    NAME(EISDIR);
    NAME(EINVAL);
    NAME(ENFILE);
    NAME(EMFILE);
    NAME(ENOTTY);
    NAME(EFBIG);
    NAME(ENOSPC);
    NAME(EROFS);
    NAME(EPIPE);
    NAME(ENOSYS);
    NAME(ELOOP);
    NAME(ENODATA);
    NAME(EOVERFLOW);
    NAME(ENOTSOCK);
    NAME(EPROTONOSUPPORT);
    NAME(ESOCKTNOSUPPORT);
    NAME(EOPNOTSUPP);
    NAME(EAFNOSUPPORT);
    NAME(EADDRNOTAVAIL);
    NAME(ENETDOWN);
    NAME(ENETUNREACH);
    NAME(ETIMEDOUT);
    NAME(ECONNREFUSED);
    NAME(EHOSTUNREACH);
    NAME(ESTALE);
    NAME(EDQUOT);
    NAME(ENOKEY);
    default:
      return "another error";
  }
}

bool open_folder(struct folder *folder, const char *path) {
  folder->filled = folder->at = 0;
  folder->fd = (int)call(open, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  return folder->fd >= 0;
}

// Of the kernel's struct linux_dirent64: the length of the record at 16, the name at 19.
const char *next_name(struct folder *folder) {
  for (;;) {
    if (folder->at >= folder->filled) {
      folder->filled = call(getdents64, folder->fd, folder->entries, sizeof folder->entries);
      folder->at = 0;
      if (folder->filled <= 0) {
        call(close, folder->fd);
        return NULL;
      }
    }
    char *entry = folder->entries + folder->at;
    folder->at += *(uint16_t *)(entry + 16);
    const char *name = entry + 19;
    if (!same(name, ".") && !same(name, "..")) return name;
  }
}

long read_file(const char *path, char *buffer, size_t size) {
  long fd = call(open, path, O_RDONLY | O_PLAIN, 0);
  if (fd < 0) return fd;
  long got = call(read, fd, buffer, size - 1);
  call(close, fd);
  if (got >= 0) buffer[got] = 0;
  return got;
}

long write_file(const char *path, int flags, const void *bytes, size_t size) {
  long fd = call(open, path, O_WRONLY | O_CLOEXEC | flags, 0755);
  if (fd < 0) return fd;
  long put = call(write, fd, bytes, size);
  call(close, fd);
  return put;
}

void sleep_ms(long ms) {
  long duration[2] = {ms / 1000, ms % 1000 * 1000000};
  call(nanosleep, duration, 0);
}

void *map_memory(size_t bytes) {
  long at = call(mmap, 0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return at < 0 && at > -4096 ? NULL : (void *)at;
}
