// Doors of the kernel. Arguments are such that nothing changes where a door is open: what it would do fails, or changes nothing, or ends with
// the process that did it.
#include "probe.h"

#include <asm/ldt.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/prctl.h>
#include <linux/ptrace.h>
#include <linux/securebits.h>
#include <linux/timex.h>

#define TRY(name, answer, error_after_the_check) \
  static void name(const struct probe *probe) { \
    (void)probe; \
    judge(answer, error_after_the_check); \
  }

static void unshare_one(const struct probe *probe) { judge(call(unshare, probe->number), NO_ERROR); }

static void clone_one(const struct probe *probe) {
  long child = call(clone, probe->number | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) call(exit_group, 0);
  judge(child, NO_ERROR);
}
static void clone3_one(const struct probe *probe) {
  struct clone_args arguments = {.flags = (uint64_t)probe->number, .exit_signal = SIGCHLD};
  long child = call(clone3, &arguments, sizeof arguments);
  if (child == 0) call(exit_group, 0);
  judge(child, NO_ERROR);
}
static void setns_own(const struct probe *probe) {
  long fd = call(open, probe->paths, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return blocked_by(-fd);
  judge(call(setns, fd, 0), NO_ERROR);
}

static long sleeping_child(void) {
  long child = call(fork);
  if (child == 0)
    for (;;) call(pause);
  return child;
}
static void ptrace_attach(const struct probe *probe) {
  (void)probe;
  judge(call(ptrace, PTRACE_ATTACH, sleeping_child(), 0, 0), NO_ERROR);
}
static char secret[8];
struct range {
  void *at;
  size_t bytes;
};
static void read_process(const struct probe *probe) {
  (void)probe;
  char copy[8];
  struct range here = {copy, sizeof copy}, there = {secret, sizeof secret};
  judge(call(process_vm_readv, sleeping_child(), &here, 1, &there, 1, 0), NO_ERROR);
}
static void write_process(const struct probe *probe) {
  (void)probe;
  char copy[8] = {0};
  struct range here = {copy, sizeof copy}, there = {secret, sizeof secret};
  judge(call(process_vm_writev, sleeping_child(), &here, 1, &there, 1, 0), NO_ERROR);
}
static void take_descriptor(const struct probe *probe) {
  (void)probe;
  long fd = call(pidfd_open, own_process(), 0);
  if (fd < 0) return blocked_by(-fd);
  judge(call(pidfd_getfd, fd, 1, 0), NO_ERROR);
}

static void bpf_map(const struct probe *probe) {
  (void)probe;
  union bpf_attr attributes;
  for (size_t at = 0; at < sizeof attributes; at++) ((volatile char *)&attributes)[at] = 0;
  attributes.map_type = BPF_MAP_TYPE_ARRAY;
  attributes.key_size = 4;
  attributes.value_size = 4;
  attributes.max_entries = 1;
  judge(call(bpf, BPF_MAP_CREATE, &attributes, sizeof attributes), NO_ERROR);
}
static void perf_counter(const struct probe *probe) {
  (void)probe;
  struct perf_event_attr attributes;
  for (size_t at = 0; at < sizeof attributes; at++) ((volatile char *)&attributes)[at] = 0;
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.size = sizeof attributes;
  attributes.config = PERF_COUNT_SW_CPU_CLOCK;
  attributes.disabled = 1;
  judge(call(perf_event_open, &attributes, 0, -1, -1, 0), NO_ERROR);
}
static void io_ring(const struct probe *probe) {
  (void)probe;
  struct io_uring_params parameters;
  for (size_t at = 0; at < sizeof parameters; at++) ((volatile char *)&parameters)[at] = 0;
  judge(call(io_uring_setup, 1, &parameters), NO_ERROR);
}

// Not the call of this processor's programs but the 32-bit one, which a filter of the others does not see.
static void call_of_32_bits(const struct probe *probe) {
  (void)probe;
  long answer;
  // A kernel without such calls ends it as for a bad address.
  blocked_if_ended_by(1u << SIGSYS | 1u << SIGSEGV, "killed for the system call");
  __asm__ volatile("int $0x80" : "=a"(answer) : "a"(20 /* getpid */) : "memory");
  judge((int)answer, NO_ERROR);
}
static void call_of_x32(const struct probe *probe) {
  (void)probe;
  judge(sys6(0x40000000 + __NR_getpid, 0, 0, 0, 0, 0, 0), NO_ERROR);
}

static void splice_memory(const struct probe *probe) {
  (void)probe;
  int ends[2];
  struct range from = {secret, sizeof secret};
  call(pipe2, ends, O_CLOEXEC);
  judge(call(vmsplice, ends[1], &from, 1, 0), NO_ERROR);
}

static void host_name(const struct probe *probe) {
  (void)probe;
  char names[6][65];
  call(uname, names);
  judge(call(sethostname, names[1], length(names[1])), NO_ERROR);
}
static void domain_name(const struct probe *probe) {
  (void)probe;
  char names[6][65];
  call(uname, names);
  judge(call(setdomainname, names[5], length(names[5])), NO_ERROR);
}
// A tick of nothing: refused after the right to set the clock is known.
static void tune_clock(const struct probe *probe) {
  (void)probe;
  struct __kernel_timex change;
  for (size_t at = 0; at < sizeof change; at++) ((volatile char *)&change)[at] = 0;
  change.modes = ADJ_TICK;
  judge(call(adjtimex, &change), EINVAL);
}
static void tune_clock_by_id(const struct probe *probe) {
  (void)probe;
  struct __kernel_timex change;
  for (size_t at = 0; at < sizeof change; at++) ((volatile char *)&change)[at] = 0;
  change.modes = ADJ_TICK;
  judge(call(clock_adjtime, 0 /* CLOCK_REALTIME */, &change), EINVAL);
}
static void kernel_log(const struct probe *probe) {
  (void)probe;
  char byte;
  judge(call(syslog, 3 /* SYSLOG_ACTION_READ_ALL */, &byte, 1), NO_ERROR);
}

static void all_capabilities(const struct probe *probe) {
  (void)probe;
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct sets[2] = {{0}};
  sets[0].effective = sets[0].permitted = 1u << CAP_SYS_ADMIN;
  judge(call(capset, &header, sets), NO_ERROR);
}
static void any_capability(const struct probe *probe) {
  (void)probe;
  for (int capability = 0; capability <= CAP_LAST_CAP; capability++)
    if (call(prctl, PR_CAPBSET_READ, capability, 0, 0, 0) == 1) return got_through("it may still be given some");
  blocked("there is none that it could be given");
}
static void new_privileges(const struct probe *probe) {
  (void)probe;
  if (call(prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
    blocked("the kernel gives it none");
  else
    got_through("a program may give it more rights");
}
static void unfiltered_calls(const struct probe *probe) {
  (void)probe;
  if (call(prctl, PR_GET_SECCOMP, 0, 0, 0, 0) == 2)
    blocked("system calls are filtered");
  else
    got_through("system calls are not filtered");
}
static void root_group(const struct probe *probe) {
  (void)probe;
  uint32_t root = 0;
  judge(call(setgroups, 1, &root), NO_ERROR);
}
static void message_queue(const struct probe *probe) {
  (void)probe;
  long fd = call(mq_open, "probe-was-here", O_RDWR | O_CREAT, 0600, 0);
  if (fd >= 0) call(mq_unlink, "probe-was-here");
  judge(fd, NO_ERROR);
}
static void old_message_queue(const struct probe *probe) {
  (void)probe;
  long queue = call(msgget, 0 /* IPC_PRIVATE */, 0600);
  if (queue >= 0) call(msgctl, queue, 0 /* IPC_RMID */, 0);
  judge(queue, NO_ERROR);
}
static void local_descriptors(const struct probe *probe) {
  (void)probe;
  struct user_desc none[1];
  judge(call(modify_ldt, 0 /* read */, none, sizeof none), NO_ERROR);
}

TRY(add_key_call, call(add_key, "user", "nightshift-probe", "x", 1, KEY_SPEC_PROCESS_KEYRING), NO_ERROR)
TRY(request_key_call, call(request_key, "user", "nightshift-none", 0, 0), ENOKEY)
TRY(keyctl_call, call(keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1), NO_ERROR)
TRY(userfaultfd_call, call(userfaultfd, O_CLOEXEC), NO_ERROR)
TRY(kcmp_call, call(kcmp, own_process(), own_process(), 0 /* KCMP_FILE */, 0, 0), NO_ERROR)
TRY(iopl_call, call(iopl, 3), NO_ERROR)
TRY(ioperm_call, call(ioperm, 0x80, 1, 1), NO_ERROR)
TRY(init_module_call, call(init_module, "no module", 9, ""), ENOEXEC)
TRY(finit_module_call, call(finit_module, -1, "", 0), EBADF)
TRY(delete_module_call, call(delete_module, "nightshift_none", O_NONBLOCK), ENOENT)
// Flags that do not exist: another kernel is neither loaded nor forgotten.
TRY(kexec_call, call(kexec_load, 0, 1, 0, 0xfff0), EINVAL)
TRY(kexec_file_call, call(kexec_file_load, -1, -1, 0, 0, 0xfff0), EINVAL)
// The kernel wants two magic numbers, and asks for the right to reboot before it looks at them.
TRY(reboot_call, call(reboot, 0, 0, 0, 0), EINVAL)
TRY(swapon_call, call(swapon, "/none", 0), ENOENT)
TRY(swapoff_call, call(swapoff, "/none"), ENOENT)
TRY(acct_call, call(acct, "/none"), ENOENT)
TRY(quotactl_call, call(quotactl, 0x80000100 /* Q_SYNC */, 0, 0, 0), NO_ERROR)
// Neither a time nor a zone to set: the right is asked for all the same.
TRY(settimeofday_call, call(settimeofday, 0, 0), NO_ERROR)
TRY(personality_call, call(personality, 0x0040000 /* ADDR_NO_RANDOMIZE */), NO_ERROR)
TRY(fanotify_call, call(fanotify_init, 0, O_RDONLY), NO_ERROR)
TRY(vhangup_call, call(vhangup), NO_ERROR)
TRY(sysfs_call, call(sysfs, 3), NO_ERROR)
TRY(memfd_secret_call, call(memfd_secret, 0), NO_ERROR)
TRY(setuid_call, call(setuid, 0), NO_ERROR)
TRY(setgid_call, call(setgid, 0), NO_ERROR)
TRY(securebits_call, call(prctl, PR_SET_SECUREBITS, SECBIT_NOROOT, 0, 0, 0), NO_ERROR)
TRY(memory_map_call, call(prctl, PR_SET_MM, PR_SET_MM_EXE_FILE, -1, 0, 0), EBADF)

static const struct probe all[] = {
    {"unshare-user", unshare_one, "\0", CLONE_NEWUSER},
    {"unshare-mount", unshare_one, "\0", CLONE_NEWNS},
    {"unshare-network", unshare_one, "\0", CLONE_NEWNET},
    {"unshare-processes", unshare_one, "\0", CLONE_NEWPID},
    {"unshare-ipc", unshare_one, "\0", CLONE_NEWIPC},
    {"unshare-name", unshare_one, "\0", CLONE_NEWUTS},
    {"unshare-cgroup", unshare_one, "\0", CLONE_NEWCGROUP},
    {"unshare-time", unshare_one, "\0", CLONE_NEWTIME},
    {"clone-user", clone_one, "\0", CLONE_NEWUSER},
    {"clone-mount", clone_one, "\0", CLONE_NEWNS},
    {"clone-network", clone_one, "\0", CLONE_NEWNET},
    {"clone3", clone3_one, "\0", 0},
    {"clone3-user", clone3_one, "\0", CLONE_NEWUSER},
    {"setns", setns_own, "/proc/self/ns/uts\0", 0},
    {"ptrace", ptrace_attach, "\0", 0},
    {"read-process", read_process, "\0", 0},
    {"write-process", write_process, "\0", 0},
    {"take-descriptor", take_descriptor, "\0", 0},
    {"compare-processes", kcmp_call, "\0", 0},
    {"keyring", keyctl_call, "\0", 0},
    {"add-key", add_key_call, "\0", 0},
    {"request-key", request_key_call, "\0", 0},
    {"bpf", bpf_map, "\0", 0},
    {"perf", perf_counter, "\0", 0},
    {"userfaultfd", userfaultfd_call, "\0", 0},
    {"io-uring", io_ring, "\0", 0},
    {"iopl", iopl_call, "\0", 0},
    {"ioperm", ioperm_call, "\0", 0},
    {"modify-ldt", local_descriptors, "\0", 0},
    {"load-module", init_module_call, "\0", 0},
    {"load-module-file", finit_module_call, "\0", 0},
    {"remove-module", delete_module_call, "\0", 0},
    {"kexec", kexec_call, "\0", 0},
    {"kexec-file", kexec_file_call, "\0", 0},
    {"reboot", reboot_call, "\0", 0},
    {"swap-on", swapon_call, "\0", 0},
    {"swap-off", swapoff_call, "\0", 0},
    {"accounting", acct_call, "\0", 0},
    {"disk-quota", quotactl_call, "\0", 0},
    {"set-clock", settimeofday_call, "\0", 0},
    {"tune-clock", tune_clock, "\0", 0},
    {"tune-clock-by-id", tune_clock_by_id, "\0", 0},
    {"host-name", host_name, "\0", 0},
    {"domain-name", domain_name, "\0", 0},
    {"kernel-log", kernel_log, "\0", 0},
    {"no-randomisation", personality_call, "\0", 0},
    {"calls-of-32-bits", call_of_32_bits, "\0", 0},
    {"calls-of-x32", call_of_x32, "\0", 0},
    {"vmsplice", splice_memory, "\0", 0},
    {"fanotify", fanotify_call, "\0", 0},
    {"hang-up", vhangup_call, "\0", 0},
    {"sysfs-call", sysfs_call, "\0", 0},
    {"secret-memory", memfd_secret_call, "\0", 0},
    {"message-queue", message_queue, "\0", 0},
    {"old-message-queue", old_message_queue, "\0", 0},
    {"become-root", setuid_call, "\0", 0},
    {"become-root-group", setgid_call, "\0", 0},
    {"join-root-group", root_group, "\0", 0},
    {"take-capabilities", all_capabilities, "\0", 0},
    {"capability-bounds", any_capability, "\0", 0},
    {"secure-bits", securebits_call, "\0", 0},
    {"swap-program-file", memory_map_call, "\0", 0},
    {"new-privileges", new_privileges, "\0", 0},
    {"unfiltered-calls", unfiltered_calls, "\0", 0},
};
const struct group kernel = GROUP(all);
