// Files: the machine's, other people's, and those by which the kernel is told what to do. Nothing is written where the opening is the attack.
#include "probe.h"

#include <linux/mount.h>

#define MNT_DETACH 2

static const char *next_path(const char *path) { return path + length(path) + 1; }

// Blocked by this error, or by there being nothing to read (0); with the paths where a machine may have none, so that a reader can look.
static void blocked_on(long error, const char *paths) {
  if (error != 0 && error != ENOENT) return blocked_by(error);
  char detail[160];
  char *end = append(detail, error == 0 ? "empty:" : "ENOENT:");
  for (const char *path = paths; *path && end + length(path) + 2 < detail + sizeof detail; path = next_path(path)) {
    end = append(end, " ");
    end = append(end, path);
  }
  blocked(detail);
}

static void remember(long *worst, long answer) {
  if (answer != -ENOENT) *worst = answer;
}

void open_one(const struct probe *probe) {
  long worst = -ENOENT;
  for (const char *path = probe->paths; *path; path = next_path(path)) {
    long fd = call(open, path, probe->number | O_PLAIN, 0);
    if (fd >= 0) return got_through(path);
    remember(&worst, fd);
  }
  blocked_on(-worst, probe->paths);
}

// Reads a byte of one of the paths: a masked file is empty.
static void read_one(const struct probe *probe) {
  long worst = -ENOENT;
  char byte[2];
  for (const char *path = probe->paths; *path; path = next_path(path)) {
    long got = read_file(path, byte, sizeof byte);
    if (got > 0) return got_through(path);
    remember(&worst, got);
  }
  blocked_on(-worst, probe->paths);
}

static void list_one(const struct probe *probe) {
  long worst = -ENOENT;
  for (const char *path = probe->paths; *path; path = next_path(path)) {
    struct folder folder;
    if (!open_folder(&folder, path))
      remember(&worst, folder.fd);
    else if (next_name(&folder) != NULL)
      return got_through(path);
    else
      worst = 0;
  }
  blocked_on(-worst, probe->paths);
}

static void make_file(const struct probe *probe) {
  long put = write_file(probe->paths, O_CREAT | O_EXCL, "x", 1);
  if (put >= 0) call(unlink, probe->paths);
  judge(put, NO_ERROR);
}

static void remount(const struct probe *probe) { judge(call(mount, 0, probe->paths, 0, MS_REMOUNT | MS_BIND, 0), NO_ERROR); }

// Mounts of the job's own namespace, taken off again at once. The path is the type of the file system.
static void mount_on_job(const struct probe *probe) {
  long worst = 0;
  for (const char *type = probe->paths; *type; type = next_path(type)) {
    // Of the first version of control groups one hierarchy must be named; the second takes no such word.
    long done = call(mount, "probe", "/job", type, 0, same(type, "cgroup") ? "memory" : NULL);
    if (done >= 0) {
      call(umount2, "/job", MNT_DETACH);
      return got_through(type);
    }
    if (worst == 0 || done == -EPERM) worst = done;
  }
  blocked_by(-worst);
}

static void mount_folder(const struct probe *probe) {
  long done = call(mount, "/", probe->paths, 0, MS_BIND, 0);
  if (done >= 0) call(umount2, probe->paths, MNT_DETACH);
  judge(done, NO_ERROR);
}

// EINVAL: nothing is mounted there, which is found after the right to do it.
static void unmount(const struct probe *probe) { judge(call(umount2, probe->paths, MNT_DETACH), EINVAL); }

static void fsopen_call(const struct probe *probe) { judge(call(fsopen, probe->paths, 0), NO_ERROR); }
static void fspick_call(const struct probe *probe) { judge(call(fspick, AT_FDCWD, probe->paths, 0), NO_ERROR); }
static void fsmount_call(const struct probe *probe) {
  (void)probe;
  judge(call(fsmount, -1, 0, 0), EBADF);
}
static void move_mount_call(const struct probe *probe) {
  (void)probe;
  judge(call(move_mount, -1, "none", -1, "none", 0), EBADF);
}
static void open_tree_call(const struct probe *probe) { judge(call(open_tree, AT_FDCWD, probe->paths, 1 /* OPEN_TREE_CLONE */), NO_ERROR); }
static void mount_setattr_call(const struct probe *probe) {
  uint64_t attributes[4] = {0, 0, 0, 0};
  // Times of access are to be kept in a second way while the first is not given up: refused after the right is known.
  attributes[0] = 0x10 /* MOUNT_ATTR_NOATIME */;
  judge(call(mount_setattr, AT_FDCWD, probe->paths, 0, attributes, sizeof attributes), EINVAL);
}
static void pivot(const struct probe *probe) {
  (void)probe;
  judge(call(pivot_root, "/none", "/none"), ENOENT);
}
static void change_root(const struct probe *probe) { judge(call(chroot, probe->paths), NO_ERROR); }

// `number`: kind and device. A device made is not opened.
static void make_node(const struct probe *probe) {
  long device = probe->number == S_IFBLK ? 0x700 /* the first loop device */ : 0x101 /* the machine's memory */;
  call(unlink, probe->paths);
  long done = call(mknod, probe->paths, probe->number | 0600, device);
  if (done >= 0) call(unlink, probe->paths);
  judge(done, NO_ERROR);
}
static void make_node_at(const struct probe *probe) {
  long done = call(mknodat, AT_FDCWD, probe->paths, probe->number | 0600, 0x101);
  if (done >= 0) call(unlink, probe->paths);
  judge(done, NO_ERROR);
}

struct handle {
  uint32_t bytes;
  int32_t type;
  uint8_t content[8];
};
// "Shocker", 2014: a file by its number, from any place of the same disk.
static void open_by_handle(const struct probe *probe) {
  struct handle handle = {8, 1, {2, 0, 0, 0, 0, 0, 0, 0}};
  long fd = call(open, probe->paths, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return blocked_by(-fd);
  judge(call(open_by_handle_at, fd, &handle, O_RDONLY), ESTALE);
}
static void name_to_handle(const struct probe *probe) {
  struct handle handle = {0, 0, {0}};
  int mount = 0;
  judge(call(name_to_handle_at, AT_FDCWD, probe->paths, &handle, &mount, 0), EOVERFLOW);
}

static void give_to_root(const struct probe *probe) {
  write_file(probe->paths, O_CREAT, "x", 1);
  call(chown, probe->paths, 200000, 200000);
  long done = call(chown, probe->paths, 0, 0);
  call(unlink, probe->paths);
  judge(done, NO_ERROR);
}
// The right to everything (VFS_CAP_REVISION_2, all bits) attached to a program.
static void give_capabilities(const struct probe *probe) {
  const uint32_t all[5] = {0x02000001, 0xffffffff, 0, 0xff, 0};
  write_file(probe->paths, O_CREAT, "x", 1);
  long done = call(setxattr, probe->paths, "security.capability", all, sizeof all, 0);
  call(unlink, probe->paths);
  judge(done, NO_ERROR);
}

static long exit_of(const char *program, const char *word) {
  const char *const arguments[] = {program, word, NULL};
  const char *const none[] = {NULL};
  long child = call(fork);
  if (child == 0) {
    call(setgroups, 0, 0);
    call(setresgid, 65534, 65534, 65534);
    call(setresuid, 65534, 65534, 65534);
    long failed = call(execve, program, arguments, none);
    call(exit_group, -failed);
  }
  int status = 0;
  long waited = call(wait4, child, &status, 0, 0);
  return waited < 0 ? waited : status >> 8;
}
static void set_user_id(const struct probe *probe) {
  long answer = exit_of(probe->paths, "is-root");
  if (answer == 0)
    got_through("it ran as root");
  else if (answer == 1)
    blocked("it ran without becoming root");
  else
    blocked_by(answer);
}
static void run_from(const struct probe *probe) {
  long from = call(open, SELF, O_RDONLY | O_CLOEXEC, 0);
  long to = call(open, probe->paths, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
  if (from < 0 || to < 0) return unable("the program could not be copied");
  while (call(sendfile, to, from, 0, MIB) > 0) {
  }
  call(fchmod, to, 0755);
  call(close, to);
  long answer = exit_of(probe->paths, "nothing");
  call(unlink, probe->paths);
  if (answer == 0)
    got_through("it ran");
  else
    blocked_by(answer);
}

static const struct probe all[] = {
    {"root-write", make_file, "/probe-was-here\0", 0},
    {"image-folder-write", make_file, "/for-anyone/probe-was-here\0", 0},
    {"inputs-write", make_file, "/in/probe-was-here\0", 0},
    {"root-remount", remount, "/\0", 0},
    {"sys-remount", remount, "/sys\0", 0},
    {"mount-tmpfs", mount_on_job, "tmpfs\0", 0},
    {"mount-proc", mount_on_job, "proc\0", 0},
    {"mount-sysfs", mount_on_job, "sysfs\0", 0},
    {"mount-cgroup", mount_on_job, "cgroup\0cgroup2\0", 0},
    {"mount-bind", mount_folder, "/job\0", 0},
    {"unmount", unmount, "/job\0", 0},
    {"fsopen", fsopen_call, "tmpfs\0", 0},
    {"fspick", fspick_call, "/\0", 0},
    {"fsmount", fsmount_call, "\0", 0},
    {"move-mount", move_mount_call, "\0", 0},
    {"open-tree", open_tree_call, "/\0", 0},
    {"mount-setattr", mount_setattr_call, "/\0", 0},
    {"pivot-root", pivot, "\0", 0},
    {"chroot", change_root, "/\0", 0},
    {"mknod-disk", make_node, "/job/probe-node\0", S_IFBLK},
    {"mknod-memory", make_node, "/job/probe-node\0", S_IFCHR},
    {"mknodat-memory", make_node_at, "/job/probe-node\0", S_IFCHR},
    {"open-by-handle", open_by_handle, "/dev/shm\0", 0},
    {"name-to-handle", name_to_handle, "/dev/shm\0", 0},
    {"chown-to-root", give_to_root, "/job/probe-file\0", 0},
    {"file-capabilities", give_capabilities, "/job/probe-file\0", 0},
    {"set-user-id", set_user_id, "/probe-as-root\0", 0},
    {"run-from-tmp", run_from, "/tmp/probe-copy\0", 0},
    {"root-only-file", read_one, "/root-only\0", 0},
    {"host-folders", list_one, "/host\0/hostfs\0/rootfs\0/host_mnt\0/mnt/c\0/mnt/wsl\0/run/desktop\0/Users\0", 0},
    {"kcore", read_one, "/proc/kcore\0", 0},
    {"proc-keys", read_one, "/proc/keys\0", 0},
    {"key-users", read_one, "/proc/key-users\0", 0},
    {"timer-list", read_one, "/proc/timer_list\0", 0},
    {"sched-debug", read_one, "/proc/sched_debug\0/sys/kernel/debug/sched/debug\0", 0},
    {"interrupts", read_one, "/proc/interrupts\0", 0},
    {"kernel-command-line", read_one, "/proc/cmdline\0", 0},
    {"partitions", read_one, "/proc/partitions\0", 0},
    {"disk-statistics", read_one, "/proc/diskstats\0", 0},
    {"slab-info", read_one, "/proc/slabinfo\0", 0},
    {"vmalloc-info", read_one, "/proc/vmallocinfo\0", 0},
    {"page-flags", open_one, "/proc/kpageflags\0/proc/kpagecount\0", O_RDONLY},
    {"kernel-log-file", open_one, "/proc/kmsg\0", O_RDONLY},
    {"firmware", list_one, "/sys/firmware\0", 0},
    {"machine-names", read_one, "/sys/class/dmi/id/product_name\0/sys/class/dmi/id/sys_vendor\0", 0},
    {"block-devices", list_one, "/sys/block\0", 0},
    {"power-meter", list_one, "/sys/devices/virtual/powercap\0", 0},
    {"kernel-debug", list_one, "/sys/kernel/debug\0", 0},
    {"kernel-trace", list_one, "/sys/kernel/tracing\0", 0},
    {"proc-sys-write", open_one, "/proc/sys/vm/overcommit_memory\0", O_WRONLY},
    {"core-pattern", open_one, "/proc/sys/kernel/core_pattern\0", O_WRONLY},
    {"modprobe-path", open_one, "/proc/sys/kernel/modprobe\0", O_WRONLY},
    {"sysrq", open_one, "/proc/sysrq-trigger\0", O_WRONLY},
    {"uevent-helper", open_one, "/sys/kernel/uevent_helper\0", O_WRONLY},
    {"kernel-profiling", open_one, "/sys/kernel/profiling\0", O_WRONLY},
    {"hot-plug", open_one, "/sys/devices/system/cpu/cpu1/online\0", O_WRONLY},
    {"leave-memory-limit", open_one, "/sys/fs/cgroup/memory/cgroup.procs\0/sys/fs/cgroup/cgroup.subtree_control\0", O_WRONLY},
    {"leave-process-limit", open_one, "/sys/fs/cgroup/pids/cgroup.procs\0/sys/fs/cgroup/cgroup.procs\0", O_WRONLY},
    {"own-device-rules", open_one, "/sys/fs/cgroup/devices/devices.allow\0", O_WRONLY},
    {"cpu-model", read_one, "/proc/cpuinfo\0", 0},
    {"host-load", read_one, "/proc/loadavg\0", 0},
    {"host-memory", read_one, "/proc/meminfo\0", 0},
    {"mount-list", read_one, "/proc/self/mountinfo\0", 0},
};
const struct group files = GROUP(all);
