// The job next to this one, which is there (see roles.c), and the one before it.
#include "probe.h"

#include "marks.h"
#include "sockets.h"

static struct folder listed;

// The neighbour's process, or 0. `path` becomes its folder.
static long find_neighbour(char *path) {
  char name_file[64], name[32];
  if (!open_folder(&listed, "/proc")) return 0;
  for (const char *each = next_name(&listed); each != NULL; each = next_name(&listed)) {
    if (*each < '1' || *each > '9') continue;
    char *end = append(append(path, "/proc/"), each);
    append(append(name_file, path), "/comm");
    if (read_file(name_file, name, sizeof name) > 0 && same(name, NEIGHBOUR_NAME "\n")) {
      append(end, "/");
      call(close, listed.fd);
      long process = 0;
      for (const char *digit = path + length("/proc/"); *digit != '/'; digit++) process = process * 10 + (*digit - '0');
      return process;
    }
  }
  return 0;
}

static void see(const struct probe *probe) {
  (void)probe;
  char path[64];
  if (find_neighbour(path) != 0)
    got_through("it is listed");
  else
    blocked("it is not listed");
}
static void send_signal(const struct probe *probe) {
  (void)probe;
  char path[64];
  long process = find_neighbour(path);
  if (process == 0) return blocked("it is not listed");
  judge(call(kill, process, 0), NO_ERROR);
}
static void read_memory(const struct probe *probe) {
  char path[64];
  if (find_neighbour(path) == 0) return blocked("it is not listed");
  append(path + length(path), "mem");
  judge(call(open, path, probe->number | O_CLOEXEC, 0), NO_ERROR);
}
static void read_files(const struct probe *probe) {
  char path[96], byte[2];
  if (read_file(probe->paths, byte, sizeof byte) > 0) return got_through("it was read");
  if (find_neighbour(path) != 0) {
    append(append(path + length(path), "root"), probe->paths);
    if (read_file(path, byte, sizeof byte) > 0) return got_through("it was read through its process");
  }
  blocked("it is not there");
}
static void port(const struct probe *probe) { judge(connect_to_loopback(STREAM, (uint16_t)probe->number), NO_ERROR); }
static void abstract_socket(const struct probe *probe) { judge(connect_to_local(probe->paths), NO_ERROR); }
static void segment(const struct probe *probe) { judge(call(shmget, probe->number, 0, 0), NO_ERROR); }
static void left_file(const struct probe *probe) {
  char byte[2];
  long got = read_file(probe->paths, byte, sizeof byte);
  if (got >= 0)
    got_through("it was read");
  else
    blocked_by(-got);
}

static const struct probe all[] = {
    {"see-other-job", see, "\0", 0},
    {"signal-other-job", send_signal, "\0", 0},
    {"memory-of-other-job", read_memory, "\0", O_RDONLY},
    {"disk-of-other-job", read_files, "/job/" NEIGHBOUR_FILE "\0", 0},
    {"tmp-of-other-job", read_files, "/tmp/" NEIGHBOUR_FILE "\0", 0},
    {"shared-files-of-other-job", read_files, "/dev/shm/" NEIGHBOUR_FILE "\0", 0},
    {"shared-memory-of-other-job", segment, "\0", NEIGHBOUR_SEGMENT},
    {"port-of-other-job", port, "\0", NEIGHBOUR_PORT},
    {"socket-of-other-job", abstract_socket, NEIGHBOUR_SOCKET "\0", 0},
    {"disk-of-job-before", left_file, "/job/" LEFT_FILE "\0", 0},
    {"tmp-of-job-before", left_file, "/tmp/" LEFT_FILE "\0", 0},
    {"shared-files-of-job-before", left_file, "/dev/shm/" LEFT_FILE "\0", 0},
    {"shared-memory-of-job-before", segment, "\0", LEFT_SEGMENT},
};
const struct group others = GROUP(all);
