// Usage: /probe list | /probe [run ID...] [play ROLE]...
#include "probe.h"

#include <linux/prctl.h>
#include <linux/wait.h>

// Kept in the program, so that one of older sources is found out.
__attribute__((used)) static const char sources[] = "nightshift-probes-sources " SOURCES_DIGEST;

enum result { NO_WORD, BLOCKED, OPEN, UNABLE };
struct outcome {
  enum result result;
  unsigned blocking_signals;
  char detail[160];
};
static struct outcome *outcome;
static char **variables;

// No probe takes a second by itself; but the machine may be busy, and 17,000 files took 6 s then.
enum { PATIENCE_S = 15 };

static const struct group *const groups[] = {&files, &kernel, &processes, &network, &devices, &others, &resources};
enum { GROUPS = sizeof groups / sizeof *groups };

static void say(enum result result, const char *detail) {
  outcome->result = result;
  char *end = outcome->detail;
  while (*detail && end < outcome->detail + sizeof outcome->detail - 1) *end++ = *detail++;
  *end = 0;
}

void blocked(const char *detail) { say(BLOCKED, detail); }
void got_through(const char *detail) { say(OPEN, detail); }
void unable(const char *detail) { say(UNABLE, detail); }
void blocked_by(long error) { blocked(error_name(error)); }
void blocked_if_ended_by(unsigned signals, const char *detail) {
  say(NO_WORD, detail);
  outcome->blocking_signals = signals;
}

void judge(long answer, long error_after_the_check) {
  if (answer >= 0)
    got_through("the kernel did it");
  else if (error_after_the_check != NO_ERROR && answer == -error_after_the_check)
    got_through("the kernel minds only the arguments");
  else
    blocked_by(-answer);
}

const char *environment(const char *name) {
  for (char **each = variables; *each; each++) {
    const char *at = *each, *expected = name;
    while (*expected && *at == *expected) {
      at++;
      expected++;
    }
    if (!*expected && *at == '=') return at + 1;
  }
  return NULL;
}

static void print_outcome(const char *id) {
  static const char *const words[] = {"unable", "blocked", "open", "unable"};
  char line[320];
  char *end = append(line, "{\"id\":\"");
  end = append(end, id);
  end = append(end, "\",\"result\":\"");
  end = append(end, words[outcome->result]);
  end = append(end, "\",\"detail\":\"");
  end = append(end, outcome->detail);
  append(end, "\"}\n");
  print(line);
}

// Files that the fillers leave when they are killed.
static void clean_up(void) {
  call(unlink, "/tmp/probe-fill");
  call(unlink, "/dev/shm/probe-fill");
  call(unlink, "/job/probe-fill");
}

// The signal that ended it; 0: it ended by itself.
static void judge_end(int signal) {
  if (signal == SIGALRM)
    unable("it did not end in time");
  else if (signal == 0 && outcome->result == NO_WORD)
    unable("it ended without a word");
  else if (outcome->result == NO_WORD && signal < 32 && outcome->blocking_signals >> signal & 1)
    outcome->result = BLOCKED;
  else if (signal != 0 && outcome->result != OPEN)
    unable("it came to an unexpected end");
}

static void run(const struct probe *probe) {
  blocked_if_ended_by(1u << SIGSYS, "killed for the system call");
  long child = call(fork);
  if (child < 0) {
    unable("no process for it");
  } else if (child == 0) {
    call(setsid);
    call(alarm, PATIENCE_S);
    probe->run(probe);
    call(exit_group, 0);
  } else {
    int status = 0;
    while (call(wait4, child, &status, 0, 0) == -EINTR) {
    }
    // What it left of itself: its session, and those who lost their parent with it.
    call(kill, -child, SIGKILL);
    while (call(wait4, -1, 0, __WALL, 0) > 0) {
    }
    clean_up();
    judge_end(status & 0x7f);
  }
  print_outcome(probe->id);
}

static void each_probe(void (*action)(const struct probe *), const char *only) {
  for (size_t group = 0; group < GROUPS; group++)
    for (size_t at = 0; at < groups[group]->count; at++) {
      const struct probe *probe = &groups[group]->probes[at];
      if (only == NULL || same(probe->id, only)) action(probe);
    }
}

static void list(const struct probe *probe) {
  print(probe->id);
  print("\n");
}

// What the bait of the probe of set-user-id programs is asked (files.c).
static int effective_uid_is_root(void) { return call(geteuid) == 0 ? 0 : 1; }

int start(long *stack) {
  long count = stack[0];
  char **arguments = (char **)(stack + 1);
  variables = arguments + count + 1;
  if (count == 2 && same(arguments[1], "is-root")) return effective_uid_is_root();
  if (count == 2 && same(arguments[1], "nothing")) return 0;
  if (count == 2 && same(arguments[1], "list")) {
    each_probe(list, NULL);
    return 0;
  }
  outcome = (struct outcome *)call(mmap, 0, sizeof *outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  call(prctl, PR_SET_CHILD_SUBREAPER, 1);
  for (long at = 1; at < count; at++) {
    if (same(arguments[at], "run")) {
      while (at + 1 < count && !same(arguments[at + 1], "play")) each_probe(run, arguments[++at]);
    } else if (at + 1 >= count || !play(arguments[++at])) {
      print("usage: /probe list | /probe [run ID...] [play ROLE]...\n");
      return 2;
    }
  }
  return 0;
}

__asm__(".globl _start\n_start:\n  xor %ebp, %ebp\n  mov %rsp, %rdi\n  and $-16, %rsp\n  call start\n  mov %eax, %edi\n  mov $231, %eax\n  syscall\n");
