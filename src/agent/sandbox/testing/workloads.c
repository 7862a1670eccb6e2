// What frameworks ask of the kernel before and while they compute, one function each: torch.compile, Triton, NCCL, vLLM, llama.cpp, PyTorch's
// DataLoader. Prints "ok <name>" or "failed <name>: <line>: <errno>", each in a process of its own. Takes no argument.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static const size_t MIB = 1024 * 1024;
static const char *current;

#define NEED(holds)                                                          \
  do {                                                                       \
    if (!(holds)) {                                                          \
      printf("failed %s: line %d: %s\n", current, __LINE__, strerror(errno)); \
      fflush(stdout);                                                        \
      _exit(1);                                                              \
    }                                                                        \
  } while (0)

static char *scratch(const char *name) {
  char *path;
  NEED(asprintf(&path, "%s/%s", getenv("TMPDIR"), name) > 0);
  return path;
}

static void run(char *const argv[], int wanted) {
  pid_t pid;
  int status;
  NEED(posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ) == 0);
  NEED(waitpid(pid, &status, 0) == pid);
  NEED(WIFEXITED(status) && WEXITSTATUS(status) == wanted);
}

static void write_file(const char *path, mode_t mode, const void *bytes, size_t size) {
  int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, mode);
  NEED(fd >= 0 && flock(fd, LOCK_EX) == 0);
  NEED(write(fd, bytes, size) == (ssize_t)size && fsync(fd) == 0 && close(fd) == 0);
}

/** torch.compile and Triton write C, call the machine's compiler and load what it made. */
static void compiler(void) {
  static const char source[] = "int kernel(int x) { return x * 2; }\n";
  char *c = scratch("kernel.c"), *so = scratch("kernel.so");
  write_file(c, 0600, source, sizeof source - 1);
  run((char *[]){"gcc", "-O2", "-shared", "-fPIC", "-ffreestanding", "-nostdlib", "-fno-use-linker-plugin", "-o", so, c, NULL}, 0);
  void *library = dlopen(so, RTLD_NOW);
  NEED(library != NULL);
  int (*kernel)(int) = (int (*)(int))dlsym(library, "kernel");
  NEED(kernel != NULL && kernel(21) == 42);
}

/** Triton unpacks ptxas and runs it; llamafile runs itself. */
static void executable_scratch(void) {
  char *path = scratch("tool");
  struct stat size;
  int self = open("/proc/self/exe", O_RDONLY);
  NEED(self >= 0 && fstat(self, &size) == 0);
  void *bytes = mmap(NULL, size.st_size, PROT_READ, MAP_PRIVATE, self, 0);
  NEED(bytes != MAP_FAILED);
  write_file(path, 0700, bytes, size.st_size);
  run((char *[]){path, "exit-7", NULL}, 7);
}

#if defined(__x86_64__)
static const unsigned char RETURN_42[] = {0xb8, 0x2a, 0, 0, 0, 0xc3};
#elif defined(__aarch64__)
static const unsigned char RETURN_42[] = {0x40, 0x05, 0x80, 0x52, 0xc0, 0x03, 0x5f, 0xd6};
#endif

static void call_42(void *code) {
  __builtin___clear_cache(code, (char *)code + sizeof RETURN_42);
  NEED(((int (*)(void))code)() == 42);
}

/** oneDNN, LLVM and libffi make code in memory: writable then executable, both at once, or two views of one file. */
static void code_in_memory(void) {
  void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  NEED(page != MAP_FAILED);
  memcpy(page, RETURN_42, sizeof RETURN_42);
  NEED(mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0);
  call_42(page);
  void *both = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  NEED(both != MAP_FAILED);
  memcpy(both, RETURN_42, sizeof RETURN_42);
  call_42(both);
  int fd = memfd_create("jit", MFD_CLOEXEC);
  NEED(fd >= 0 && ftruncate(fd, 4096) == 0);
  void *writable = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  void *executable = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
  NEED(writable != MAP_FAILED && executable != MAP_FAILED);
  memcpy(writable, RETURN_42, sizeof RETURN_42);
  call_42(executable);
}

/** libnuma, at the start of PyTorch, vLLM and llama.cpp, and NCCL's host buffers; each call by its number, for there may be no libnuma here. */
static void numa_policy(void) {
  int mode = -1;
  unsigned long allowed[16] = {0}, node0[16] = {1};
  const unsigned long bits = sizeof allowed * 8;
  if (syscall(SYS_get_mempolicy, NULL, NULL, 0, NULL, 0) != 0 && errno == ENOSYS) return; // a kernel without NUMA
  NEED(syscall(SYS_get_mempolicy, NULL, NULL, 0, NULL, 0) == 0);
  NEED(syscall(SYS_get_mempolicy, NULL, allowed, bits, NULL, MPOL_F_MEMS_ALLOWED) == 0 && allowed[0] & 1);
  NEED(syscall(SYS_set_mempolicy, MPOL_PREFERRED, node0, bits) == 0);
  NEED(syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, 0) == 0 && mode == MPOL_PREFERRED);
  NEED(syscall(SYS_set_mempolicy, MPOL_BIND, node0, bits) == 0);
  NEED(syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0) == 0);
  char *buffer = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  NEED(buffer != MAP_FAILED);
  NEED(syscall(SYS_mbind, buffer, MIB, MPOL_BIND, node0, bits, MPOL_MF_STRICT | MPOL_MF_MOVE) == 0);
  memset(buffer, 1, MIB);
  NEED(syscall(SYS_get_mempolicy, &mode, NULL, 0, buffer, MPOL_F_NODE | MPOL_F_ADDR) == 0 && mode == 0);
}

/** Needed by none of them: these stay closed. */
static void numa_stays_closed(void) {
  unsigned long node0[16] = {1};
  void *page = &node0;
  int status;
  char *buffer = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  NEED(buffer != MAP_FAILED);
  errno = 0;
  NEED(syscall(SYS_mbind, buffer, MIB, MPOL_BIND, node0, sizeof node0 * 8, MPOL_MF_MOVE_ALL) == -1 && errno == EPERM);
  NEED(syscall(SYS_move_pages, 0, 1, &page, NULL, &status, 0) == -1 && errno == EPERM);
  NEED(syscall(SYS_migrate_pages, 0, sizeof node0 * 8, node0, node0) == -1 && errno == EPERM);
}

/** DataLoader's workers and NCCL hand over batches in /dev/shm, which is half of the job's memory. */
static void shared_memory(void) {
  const size_t size = 96 * MIB;
  struct statvfs room;
  NEED(statvfs("/dev/shm", &room) == 0 && (unsigned long long)room.f_blocks * room.f_frsize >= size);
  int fd = shm_open("/batch", O_CREAT | O_EXCL | O_RDWR, 0600);
  NEED(fd >= 0 && ftruncate(fd, size) == 0);
  char *mine = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  NEED(mine != MAP_FAILED);
  pid_t worker = fork();
  NEED(worker >= 0);
  if (worker == 0) {
    int own = shm_open("/batch", O_RDWR, 0);
    char *theirs = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, own, 0);
    if (own < 0 || theirs == MAP_FAILED) _exit(1);
    memset(theirs, 7, size);
    _exit(0);
  }
  int status;
  NEED(waitpid(worker, &status, 0) == worker && status == 0);
  NEED(mine[0] == 7 && mine[size - 1] == 7);
  NEED(shm_unlink("/batch") == 0);
}

/** Python's multiprocessing (named semaphores) and MPI (System V). */
static void semaphores(void) {
  sem_t *named = sem_open("/turn", O_CREAT | O_EXCL, 0600, 0);
  NEED(named != SEM_FAILED);
  int set = semget(IPC_PRIVATE, 1, 0600), segment = shmget(IPC_PRIVATE, 16 * MIB, 0600);
  NEED(set >= 0 && segment >= 0);
  char *memory = shmat(segment, NULL, 0);
  NEED(memory != (void *)-1);
  pid_t child = fork();
  NEED(child >= 0);
  if (child == 0) {
    memory[16 * MIB - 1] = 9;
    struct sembuf up = {0, 1, 0};
    _exit(semop(set, &up, 1) == 0 && sem_post(named) == 0 ? 0 : 1);
  }
  struct sembuf down = {0, -1, 0};
  NEED(semop(set, &down, 1) == 0 && sem_wait(named) == 0 && memory[16 * MIB - 1] == 9);
  int status;
  NEED(waitpid(child, &status, 0) == child && status == 0);
  NEED(sem_unlink("/turn") == 0 && shmdt(memory) == 0);
  NEED(shmctl(segment, IPC_RMID, NULL) == 0 && semctl(set, 0, IPC_RMID) == 0);
}

enum { THREADS = 512 };
static pthread_barrier_t all_here;
static void *wait_for_all(void *unused) {
  (void)unused;
  pthread_barrier_wait(&all_here);
  return NULL;
}

/** OpenMP, TBB and vLLM start threads by the core on machines with many, each with room for deep stacks. */
static void many_threads(void) {
  pthread_t threads[THREADS];
  pthread_attr_t big;
  NEED(pthread_attr_init(&big) == 0 && pthread_attr_setstacksize(&big, 64 * MIB) == 0);
  NEED(pthread_barrier_init(&all_here, NULL, THREADS + 1) == 0);
  for (int i = 0; i < THREADS; i++) {
    errno = pthread_create(&threads[i], &big, wait_for_all, NULL);
    NEED(errno == 0);
  }
  pthread_barrier_wait(&all_here);
  for (int i = 0; i < THREADS; i++) NEED(pthread_join(threads[i], NULL) == 0);
}

/** CUDA reserves addresses for the memory of all devices; allocators ask for huge pages and give them back; llama.cpp locks its weights. */
static void address_space(void) {
  NEED(mmap(NULL, 1024 * 1024 * MIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) != MAP_FAILED);
  char *arena = mmap(NULL, 64 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  NEED(arena != MAP_FAILED);
  NEED(madvise(arena, 64 * MIB, MADV_HUGEPAGE) == 0 || errno == EINVAL); // EINVAL: a kernel without transparent huge pages
  memset(arena, 1, 64 * MIB);
  NEED(madvise(arena, 64 * MIB, MADV_DONTNEED) == 0 && arena[0] == 0);
  NEED(mlock(arena, 4 * MIB) == 0 && munlock(arena, 4 * MIB) == 0);
}

/** NCCL and PyTorch send descriptors of shared memory over Unix sockets. */
static void passed_descriptor(void) {
  int pair[2], status;
  NEED(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
  pid_t sender = fork();
  NEED(sender >= 0);
  char byte = 'x';
  struct iovec data = {&byte, 1};
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
  } control = {0};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof control.room};
  if (sender == 0) {
    int fd = memfd_create("sent", MFD_CLOEXEC);
    if (fd < 0 || write(fd, "weights", 7) != 7) _exit(1);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    *header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    _exit(sendmsg(pair[1], &message, 0) == 1 ? 0 : 1);
  }
  NEED(recvmsg(pair[0], &message, MSG_CMSG_CLOEXEC) == 1);
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  NEED(header != NULL && header->cmsg_type == SCM_RIGHTS);
  int received;
  memcpy(&received, CMSG_DATA(header), sizeof received);
  char text[8] = {0};
  NEED(pread(received, text, 7, 0) == 7 && strcmp(text, "weights") == 0);
  NEED(waitpid(sender, &status, 0) == sender && status == 0);
}

/** torch.distributed and Ray meet on the loopback interface and at named Unix sockets, and wake each other by descriptors. */
static void local_sockets(void) {
  int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof here;
  NEED(server >= 0 && client >= 0 && bind(server, (struct sockaddr *)&here, length) == 0 && listen(server, 1) == 0);
  NEED(getsockname(server, (struct sockaddr *)&here, &length) == 0);
  NEED(connect(client, (struct sockaddr *)&here, length) == 0);
  int named = socket(AF_UNIX, SOCK_STREAM, 0), peer = socket(AF_UNIX, SOCK_STREAM, 0), event = eventfd(0, EFD_CLOEXEC);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", getenv("TMPDIR"));
  NEED(named >= 0 && bind(named, (struct sockaddr *)&address, sizeof address) == 0 && listen(named, 1) == 0);
  NEED(peer >= 0 && connect(peer, (struct sockaddr *)&address, sizeof address) == 0);
  NEED(event >= 0 && eventfd_write(event, 1) == 0);
  int pipes[2];
  NEED(pipe2(pipes, O_CLOEXEC) == 0 && fcntl(pipes[1], F_SETPIPE_SZ, 65536) >= 65536);
}

static void readable(const char *path) {
  char text[64];
  int fd = open(path, O_RDONLY);
  if (fd < 0) printf("failed %s: %s: %s\n", current, path, strerror(errno));
  NEED(fd >= 0 && read(fd, text, sizeof text) > 0 && close(fd) == 0);
}

/** llama.cpp, OpenMP and vLLM count processors and nodes, and keep threads where they are. */
static void processors(void) {
  readable("/sys/devices/system/cpu/online");
  readable("/sys/devices/system/cpu/cpu0/topology/core_id");
  if (access("/sys/devices/system/node", F_OK) == 0) readable("/sys/devices/system/node/node0/cpulist");
  readable("/proc/cpuinfo");
  readable("/proc/meminfo");
  readable("/proc/self/maps");
  readable("/proc/self/status");
  cpu_set_t mine, one;
  NEED(sched_getaffinity(0, sizeof mine, &mine) == 0 && CPU_COUNT(&mine) > 0);
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; cpu++)
    if (CPU_ISSET(cpu, &mine)) CPU_SET(cpu, &one);
  NEED(sched_setaffinity(0, sizeof one, &one) == 0 && CPU_ISSET(sched_getcpu(), &one));
}

/** Launchers start a process for each rank and wait for them by descriptor. */
static void children(void) {
  for (int i = 0; i < 32; i++) run((char *[]){"/proc/self/exe", "exit-7", NULL}, 7);
  pid_t child = fork();
  NEED(child >= 0);
  if (child == 0) _exit(3);
  int fd = syscall(SYS_pidfd_open, child, 0);
  siginfo_t info;
  NEED(fd >= 0 && waitid(P_PIDFD, fd, &info, WEXITED) == 0 && info.si_status == 3);
}

static const struct {
  const char *name;
  void (*work)(void);
} WORKLOADS[] = {
    {"compiler", compiler},
    {"executable scratch", executable_scratch},
    {"code in memory", code_in_memory},
    {"NUMA policy", numa_policy},
    {"NUMA stays closed", numa_stays_closed},
    {"shared memory", shared_memory},
    {"semaphores", semaphores},
    {"many threads", many_threads},
    {"address space", address_space},
    {"passed descriptor", passed_descriptor},
    {"local sockets", local_sockets},
    {"processors", processors},
    {"children", children},
};

int main(int argc, char **argv) {
  if (argc > 1) return strcmp(argv[1], "exit-7") == 0 ? 7 : 2;
  for (size_t i = 0; i < sizeof WORKLOADS / sizeof *WORKLOADS; i++) {
    current = WORKLOADS[i].name;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
      WORKLOADS[i].work();
      printf("ok %s\n", current);
      fflush(stdout);
      _exit(0);
    }
    int status;
    if (waitpid(pid, &status, 0) == pid && WIFSIGNALED(status)) printf("failed %s: signal %d\n", current, WTERMSIG(status));
  }
  return 0;
}
