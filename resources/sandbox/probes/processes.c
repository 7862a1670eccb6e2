// Processes: those of the machine, and this one's rank among them.
#include "probe.h"

#include <asm/resource.h>
#include <linux/resource.h>
#include <linux/sched/types.h>

// The kernel's own second process, which is there on every Linux and in no container's list.
#define KERNEL_THREADS 2

static bool sees_the_machine(void) {
  char name[16];
  return read_file("/proc/2/comm", name, sizeof name) > 0 && same(name, "kthreadd\n");
}
static void see_processes(const struct probe *probe) {
  (void)probe;
  if (sees_the_machine())
    got_through("the machine's processes are listed");
  else
    blocked("the machine's processes are not listed");
}
// Signal 0: whether it could be sent.
static void signal_processes(const struct probe *probe) {
  (void)probe;
  if (sees_the_machine())
    judge(call(kill, KERNEL_THREADS, 0), NO_ERROR);
  else
    blocked("the machine's processes are not listed");
}

static void go_first(const struct probe *probe) {
  (void)probe;
  judge(call(setpriority, 0 /* PRIO_PROCESS */, 0, -10), NO_ERROR);
}
static void real_time(const struct probe *probe) {
  int priority = 1;
  judge(call(sched_setscheduler, 0, probe->number, &priority), NO_ERROR);
}
static void deadline(const struct probe *probe) {
  (void)probe;
  struct sched_attr attributes = {.size = sizeof attributes,
                                  .sched_policy = SCHED_DEADLINE,
                                  .sched_runtime = 1000000,
                                  .sched_deadline = 100000000,
                                  .sched_period = 100000000};
  judge(call(sched_setattr, 0, &attributes, 0), NO_ERROR);
}
static void disk_first(const struct probe *probe) {
  (void)probe;
  judge(call(ioprio_set, 1 /* this process */, 0, 1 << 13 /* real time */), NO_ERROR);
}
static void never_killed(const struct probe *probe) { judge(write_file(probe->paths, 0, "-1000", 5), NO_ERROR); }

static void raise_limit(const struct probe *probe) {
  struct rlimit now, more;
  call(prlimit64, 0, probe->number, 0, &now);
  // A limit that is none already is the same as one that can be raised.
  if (now.rlim_max == RLIM_INFINITY) return got_through("there is no limit");
  more.rlim_cur = now.rlim_cur;
  more.rlim_max = now.rlim_max + 1;
  judge(call(prlimit64, 0, probe->number, &more, 0), NO_ERROR);
}

static const struct probe all[] = {
    {"see-processes", see_processes, "\0", 0},
    {"signal-processes", signal_processes, "\0", 0},
    {"go-first", go_first, "\0", 0},
    {"real-time", real_time, "\0", SCHED_FIFO},
    {"round-robin", real_time, "\0", SCHED_RR},
    {"deadline", deadline, "\0", 0},
    {"disk-first", disk_first, "\0", 0},
    {"never-killed", never_killed, "/proc/self/oom_score_adj\0", 0},
    {"raise-open-files", raise_limit, "\0", RLIMIT_NOFILE},
    {"raise-locked-memory", raise_limit, "\0", RLIMIT_MEMLOCK},
    {"raise-core-dumps", raise_limit, "\0", RLIMIT_CORE},
    {"raise-queues", raise_limit, "\0", RLIMIT_MSGQUEUE},
};
const struct group processes = GROUP(all);
