// One attack: tried in a process of its own, which says how it went before it ends, or is ended.
#pragma once
#include "system.h"

struct probe {
  const char *id;
  void (*run)(const struct probe *probe);
  // What it is tried on: texts one after the other, ended by an empty one.
  const char *paths;
  int number;
};

// What happened. The last word counts.
void blocked(const char *detail);
void got_through(const char *detail);
void unable(const char *detail);
// Blocked by this error, a positive number.
void blocked_by(long error);
// Said before: to be ended by one of these signals (a bit each) is how it is blocked. Ended by any other, nobody knows.
void blocked_if_ended_by(unsigned signals, const char *detail);
// Got through where the kernel obeyed, or failed only for what is checked after the right to do it; blocked by any other error.
void judge(long answer, long error_after_the_check);
// For calls without such an error.
#define NO_ERROR 0

// The value of a variable of this program's environment, or NULL.
const char *environment(const char *name);
// The path of this program.
#define SELF "/probe"

// Makes itself the first to be killed when memory runs out, so that the one who waits is not.
void offer_itself_to_the_oom_killer(void);

// Opens one of the paths in the way of `number` (files.c).
void open_one(const struct probe *probe);

struct group {
  const struct probe *probes;
  size_t count;
};
#define GROUP(array) {array, sizeof array / sizeof *array}
extern const struct group files, kernel, processes, network, devices, resources, others;

// What a second job does, or a job that ends, so that the other side of the sandbox is tried; false where there is no such role.
bool play(const char *role);
