// What the other side of the sandbox is tried with: a neighbour, a job that leaves things, hostile results, a job that will not end.
#include "probe.h"

#include <linux/prctl.h>

#include "marks.h"
#include "sockets.h"

static void hold_segment(int key) {
  call(shmget, key, 4096, 01000 /* IPC_CREAT */ | 0666);
}

// Ready for the other job to find, and telling each tenth of a second whether it still gets a process, memory and disk.
static void neighbour(void) {
  static struct inet_address here = {INET, 0, {127, 0, 0, 1}, {0}};
  struct local_address local;
  call(prctl, PR_SET_NAME, NEIGHBOUR_NAME);
  write_file("/job/" NEIGHBOUR_FILE, O_CREAT, "x", 1);
  write_file("/tmp/" NEIGHBOUR_FILE, O_CREAT, "x", 1);
  write_file("/dev/shm/" NEIGHBOUR_FILE, O_CREAT, "x", 1);
  hold_segment(NEIGHBOUR_SEGMENT);
  here.port = network_order(NEIGHBOUR_PORT);
  long server = new_socket(INET, STREAM, 0);
  call(bind, server, &here, sizeof here);
  call(listen, server, 8);
  long local_server = new_socket(LOCAL, STREAM, 0);
  call(bind, local_server, &local, fill_local(&local, NEIGHBOUR_SOCKET));
  call(listen, local_server, 8);
  for (;;) {
    size_t bytes = 4 * MIB;
    char *memory = map_memory(bytes);
    for (size_t at = 0; memory != NULL && at < bytes; at += 4096) memory[at] = 1;
    if (memory != NULL) call(munmap, memory, bytes);
    long put = write_file("/job/probe-alive", O_CREAT, "x", 1);
    long child = call(fork);
    if (child == 0) call(exit_group, 0);
    if (child > 0) call(wait4, child, 0, 0, 0);
    print(memory == NULL || put < 0 || child < 0 ? "starved\n" : "alive\n");
    sleep_ms(100);
  }
}

static void leave(void) {
  write_file("/job/" LEFT_FILE, O_CREAT, "x", 1);
  write_file("/tmp/" LEFT_FILE, O_CREAT, "x", 1);
  write_file("/dev/shm/" LEFT_FILE, O_CREAT, "x", 1);
  hold_segment(LEFT_SEGMENT);
}

// One folder of /job/out for each kind of result that must not leave the sandbox.
static void outputs(void) {
  static const char *const folders[] = {"/job/out",      "/job/out/link", "/job/out/way",
                                        "/job/out/twin", "/job/out/pipe", "/job/out/huge"};
  for (size_t at = 0; at < sizeof folders / sizeof *folders; at++) call(mkdir, folders[at], 0755);
  call(symlink, "/etc/passwd", "/job/out/link/passwd");
  call(symlink, "/etc", "/job/out/way/etc");
  write_file("/job/out/twin/one", O_CREAT, "x", 1);
  call(link, "/job/out/twin/one", "/job/out/twin/other");
  call(mknod, "/job/out/pipe/pipe", S_IFIFO | 0644, 0);
  long huge = call(open, "/job/out/huge/huge", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  call(ftruncate, huge, 1024 * MIB);
}

// A log that means harm to a terminal and to a page, then one without an end; and then it waits, deaf to the request to end.
static void stubborn(void) {
  const struct {
    void *handler;
    unsigned long flags;
    void *restorer;
    uint64_t mask;
  } ignore = {(void *)1 /* SIG_IGN */, 0, NULL, 0};
  call(rt_sigaction, SIGTERM, &ignore, 0, sizeof ignore.mask);
  print("\x1b[2J\x1b]0;owned\x07\x1b[31m<script>alert(1)</script>\x1b]52;c;b3duZWQ=\x07\x1b[1A\x07\x08\n");
  static char flood[65536];
  for (size_t at = 0; at < sizeof flood; at++) flood[at] = 'x';
  for (size_t written = 0; written < 6 * MIB; written += sizeof flood) call(write, 1, flood, sizeof flood);
  for (;;) call(pause);
}

bool play(const char *role) {
  if (same(role, "neighbour")) neighbour();
  else if (same(role, "leave")) leave();
  else if (same(role, "outputs")) outputs();
  else if (same(role, "stubborn")) stubborn();
  else return false;
  return true;
}
