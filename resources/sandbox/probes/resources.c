// More than was granted. The amounts are a little above the limits of a job, and all is given back at once.
#include "probe.h"
#include "sockets.h"

#include <asm/ipcbuf.h>
#include <asm/siginfo.h>

// A checked job is granted 256 MiB (src/agent/sandbox/check/check-jobs.ts) and 2048 processes, 4096 open files, 8 MiB of locked memory,
// 1024 pending signals, 256 MiB of /tmp and as much of /dev/shm, and 16384 files in /tmp (src/agent/sandbox/hardening.ts).
static const size_t MUCH_MEMORY = 320 * MIB;
enum { MANY_PROCESSES = 2200, MANY_FILES = 5000, MANY_SIGNALS = 1200, MANY_INODES = 17000, MUCH_LOCKED_MIB = 16, MUCH_DISK_MIB = 48, PAGE = 4096 };

void offer_itself_to_the_oom_killer(void) { write_file("/proc/self/oom_score_adj", 0, "1000", 4); }

static void out_of_memory(void) {
  offer_itself_to_the_oom_killer();
  blocked_if_ended_by(1u << SIGKILL, "killed for its memory");
}

static bool touch(volatile char *memory, size_t bytes) {
  if (memory == NULL) return false;
  for (size_t at = 0; at < bytes; at += PAGE) memory[at] = 1;
  return true;
}
static void fill_memory(const struct probe *probe) {
  (void)probe;
  out_of_memory();
  if (touch(map_memory(MUCH_MEMORY), MUCH_MEMORY))
    got_through("it had more memory than granted");
  else
    blocked_by(ENOMEM);
}

static char block[MIB];
static void write_all(long fd, size_t bytes) {
  if (fd < 0) return blocked_by(-fd);
  for (size_t at = 0; at < bytes; at += sizeof block) {
    long put = call(write, fd, block, sizeof block);
    if (put < (long)sizeof block) return blocked_by(put < 0 ? -put : ENOSPC);
  }
  got_through("it wrote more than granted");
}
static void fill_memory_file(const struct probe *probe) {
  (void)probe;
  out_of_memory();
  write_all(call(memfd_create, "probe", 0), MUCH_MEMORY);
}
// `number`: MiB.
static void fill_file(const struct probe *probe) {
  out_of_memory();
  long fd = call(open, probe->paths, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  write_all(fd, (size_t)probe->number * MIB);
  call(unlink, probe->paths);
}
static void fill_shared(const struct probe *probe) {
  (void)probe;
  out_of_memory();
  long segment = call(shmget, 0 /* IPC_PRIVATE */, MUCH_MEMORY, 0600);
  if (segment < 0) return blocked_by(-segment);
  long at = call(shmat, segment, 0, 0);
  // Marked for removal: it goes with the last process that has it.
  call(shmctl, segment, 0 /* IPC_RMID */, 0);
  if (at < 0 && at > -4096) return blocked_by(-at);
  touch((char *)at, MUCH_MEMORY);
  got_through("it had more memory than granted");
}
// What is on its way between two sockets is the kernel's memory.
static void fill_sockets(const struct probe *probe) {
  (void)probe;
  out_of_memory();
  long wanted = (long)MUCH_MEMORY;
  int ends[2], most = 1 << 20;
  while (wanted > 0) {
    long made = call(socketpair, LOCAL, STREAM | O_NONBLOCK, 0, ends);
    if (made < 0) return blocked_by(-made);
    call(setsockopt, ends[0], 1 /* SOL_SOCKET */, 7 /* SO_SNDBUF */, &most, sizeof most);
    for (;;) {
      long put = call(write, ends[0], block, 65536);
      if (put == -EAGAIN) break;
      if (put < 0) return blocked_by(-put);
      wanted -= put;
    }
  }
  got_through("it had more memory than granted");
}
static void force_buffers(const struct probe *probe) {
  int most = 1 << 20;
  judge(call(setsockopt, new_socket(LOCAL, STREAM, 0), 1 /* SOL_SOCKET */, probe->number, &most, sizeof most), NO_ERROR);
}

static void many_processes(const struct probe *probe) {
  (void)probe;
  for (int made = 0; made < MANY_PROCESSES; made++) {
    long child = call(fork);
    if (child == 0)
      for (;;) call(pause);
    if (child < 0) {
      // Long enough for the job beside this one to miss them, if they come out of what is its own.
      sleep_ms(300);
      return blocked_by(-child);
    }
  }
  got_through("it had more processes than granted");
}
// A thread that only waits: it needs no stack.
static long waiting_thread(void) {
  long answer = __NR_clone;
  register long no_parent __asm__("rdx") = 0;
  register long no_child __asm__("r10") = 0;
  register long no_storage __asm__("r8") = 0;
  __asm__ volatile(
      "syscall\n\ttest %%rax, %%rax\n\tjnz 2f\n1:\n\tmov $34, %%eax\n\tsyscall\n\tjmp 1b\n2:"
      : "+a"(answer)
      : "D"((long)(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)), "S"((long)0), "r"(no_parent),
        "r"(no_child), "r"(no_storage)
      : "rcx", "r11", "memory");
  return answer;
}
static void many_threads(const struct probe *probe) {
  (void)probe;
  for (int made = 0; made < MANY_PROCESSES; made++) {
    long thread = waiting_thread();
    if (thread < 0) return blocked_by(-thread);
  }
  got_through("it had more threads than granted");
}

static void many_files(const struct probe *probe) {
  (void)probe;
  for (int opened = 0; opened < MANY_FILES; opened++) {
    long fd = call(dup, 1);
    if (fd < 0) return blocked_by(-fd);
  }
  got_through("it had more files open than granted");
}
static void many_inodes(const struct probe *probe) {
  char path[64];
  char *name = append(path, probe->paths);
  long answer = 0;
  int made = 0;
  for (; made < MANY_INODES; made++) {
    append_number(name, (unsigned long)made);
    answer = call(mknod, path, S_IFREG | 0600, 0);
    if (answer < 0) break;
  }
  for (int left = 0; left < made; left++) {
    append_number(name, (unsigned long)left);
    call(unlink, path);
  }
  if (answer < 0)
    blocked_by(-answer);
  else
    got_through("it made more files than granted");
}
static void many_signals(const struct probe *probe) {
  (void)probe;
  const int queued = 40;
  uint64_t held = 1ull << (queued - 1);
  call(rt_sigprocmask, SIG_BLOCK, &held, 0, sizeof held);
  siginfo_t information;
  for (size_t at = 0; at < sizeof information; at++) ((volatile char *)&information)[at] = 0;
  information.si_code = SI_QUEUE;
  for (int sent = 0; sent < MANY_SIGNALS; sent++) {
    long done = call(rt_sigqueueinfo, own_process(), queued, &information);
    if (done < 0) return blocked_by(-done);
  }
  got_through("it had more signals waiting than granted");
}
static void locked_memory(const struct probe *probe) {
  (void)probe;
  offer_itself_to_the_oom_killer();
  judge(call(mlock, map_memory(MUCH_LOCKED_MIB * MIB), MUCH_LOCKED_MIB * MIB), NO_ERROR);
}
// One counter of the whole machine (fs.aio-max-nr, 65536 by default): whoever holds all of it stops everybody's asynchronous disk access.
static void many_aio(const struct probe *probe) {
  (void)probe;
  long done = 0;
  for (int ring = 0; ring < 5 && done >= 0; ring++) {
    unsigned long context = 0;
    done = call(io_setup, 8192, &context);
  }
  judge(done, NO_ERROR);
}

static const struct probe all[] = {
    {"many-files", many_files, "\0", 0},
    {"many-signals", many_signals, "\0", 0},
    {"locked-memory", locked_memory, "\0", 0},
    {"socket-buffers", force_buffers, "\0", 33 /* SO_RCVBUFFORCE */},
    {"disk-requests", many_aio, "\0", 0},
    {"many-files-in-tmp", many_inodes, "/tmp/probe-inode-\0", 0},
    {"many-files-in-job", many_inodes, "/job/probe-inode-\0", 0},
    {"fill-job", fill_file, "/job/probe-fill\0", MUCH_DISK_MIB},
    {"fill-tmp", fill_file, "/tmp/probe-fill\0", 288},
    {"fill-shared-memory-files", fill_file, "/dev/shm/probe-fill\0", 288},
    {"fill-shared-memory", fill_shared, "\0", 0},
    {"fill-memory", fill_memory, "\0", 0},
    {"fill-memory-file", fill_memory_file, "\0", 0},
    {"fill-sockets", fill_sockets, "\0", 0},
    {"many-threads", many_threads, "\0", 0},
    {"many-processes", many_processes, "\0", 0},
};
const struct group resources = GROUP(all);
