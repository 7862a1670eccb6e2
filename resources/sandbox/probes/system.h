// The kernel as this program sees it: system calls without a C library, so that nothing of an image matters to it.
#pragma once
#include <asm/mman.h>
#include <asm/signal.h>
#include <asm/unistd_64.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/sched.h>
#include <linux/stat.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline long sys6(long number, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

// call(name, up to six arguments): what the kernel answers, an error as its negative number.
#define FIRST_SEVEN(number, a, b, c, d, e, f, ...) sys6(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define call(name, ...) FIRST_SEVEN(__NR_##name, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

#define O_PLAIN (O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
#define MIB ((size_t)1 << 20)

static inline long own_process(void) { return call(getpid); }
static inline long new_socket(int family, int type, int protocol) { return call(socket, family, type, protocol); }

// text.c
size_t length(const char *text);
bool same(const char *one, const char *other);
char *append(char *end, const char *text);
char *append_number(char *end, unsigned long number);
void print(const char *text);
const char *error_name(long number);

// A directory's names, one after the other; false at its end. Start with an empty struct and the path.
struct folder {
  int fd;
  long filled;
  long at;
  char entries[2048];
};
bool open_folder(struct folder *folder, const char *path);
const char *next_name(struct folder *folder);

// Bytes read from the file's beginning (terminated by 0), or the negative error.
long read_file(const char *path, char *buffer, size_t size);
// Bytes written, or the negative error. Makes the file where flags say so.
long write_file(const char *path, int flags, const void *bytes, size_t size);
void sleep_ms(long ms);
void *map_memory(size_t bytes);
