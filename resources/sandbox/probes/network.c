// The network. No probe sends anything to anywhere but this machine's loopback: "connecting" a datagram socket only asks the kernel for the way,
// and where there is none nothing can be sent.
#include "probe.h"
#include "sockets.h"

long connect_to_loopback(int type, uint16_t port) {
  struct inet_address there = {INET, network_order(port), {127, 0, 0, 1}, {0}};
  long fd = new_socket(INET, type, 0);
  if (fd < 0) return fd;
  long done = call(connect, fd, &there, sizeof there);
  return done < 0 ? done : fd;
}

size_t fill_local(struct local_address *address, const char *name) {
  address->family = LOCAL;
  char *end = append(address->path, name);
  if (*name == '@') address->path[0] = 0;
  // An abstract name has no end but its length.
  return sizeof address->family + (size_t)(end - address->path) + (*name == '@' ? 0 : 1);
}

long connect_to_local(const char *name) {
  struct local_address there;
  size_t size = fill_local(&there, name);
  long fd = new_socket(LOCAL, STREAM, 0);
  if (fd < 0) return fd;
  long done = call(connect, fd, &there, size);
  return done < 0 ? done : fd;
}

// `number`: the address, its first part highest.
static void way_to(const struct probe *probe) {
  unsigned address = (unsigned)probe->number;
  struct inet_address there = {
      INET, network_order(53), {(uint8_t)(address >> 24), (uint8_t)(address >> 16), (uint8_t)(address >> 8), (uint8_t)address}, {0}};
  long fd = new_socket(INET, DATAGRAM, 0);
  if (fd < 0) return blocked_by(-fd);
  int yes = 1;
  call(setsockopt, fd, 1 /* SOL_SOCKET */, 6 /* SO_BROADCAST */, &yes, sizeof yes);
  judge(call(connect, fd, &there, sizeof there), NO_ERROR);
}

// The paths: the first and the last two bytes of the address. `number`: an address of one link only.
static void way_to_v6(const struct probe *probe) {
  const uint8_t *ends = (const uint8_t *)probe->paths;
  struct inet6_address there = {INET6, network_order(53), 0, {ends[0], ends[1]}, 0};
  there.address[14] = ends[2];
  there.address[15] = ends[3];
  long worst = -ENETUNREACH;
  // 1 is the loopback, which is the job's own.
  for (uint32_t link = probe->number ? 2 : 0; link <= (probe->number ? 64 : 0); link++) {
    there.scope = link;
    // A socket keeps the first link it was told.
    long fd = new_socket(INET6, DATAGRAM, 0);
    long done = fd < 0 ? fd : call(connect, fd, &there, sizeof there);
    if (done >= 0) return got_through("there is a way to it");
    call(close, fd);
    if (done != -ENODEV && done != -EINVAL) worst = done;
  }
  blocked_by(-worst);
}

// Lines of the file that tell of anything but the loopback.
static void links(const struct probe *probe) {
  (void)probe;
  static struct folder folder;
  if (!open_folder(&folder, "/sys/class/net")) return blocked_by(-folder.fd);
  for (const char *name = next_name(&folder); name != NULL; name = next_name(&folder))
    // Made by the kernel in every new network namespace where these tunnels are built in; down, and leading nowhere.
    if (!same(name, "lo") && !same(name, "sit0") && !same(name, "tunl0") && !same(name, "ip6tnl0") && !same(name, "gre0") &&
        !same(name, "gretap0") && !same(name, "erspan0") && !same(name, "ip_vti0") && !same(name, "ip6_vti0") && !same(name, "ip6gre0"))
      return got_through("there is a network");
  blocked("there is no network");
}
static void routes(const struct probe *probe) {
  char table[1024];
  long got = read_file(probe->paths, table, sizeof table);
  if (got < 0) return blocked_by(-got);
  for (char *at = table; *at; at++)
    if (*at == '\n' && at[1]) return got_through("there is a way out");
  blocked("there is no way out");
}

static void host_service(const struct probe *probe) {
  const char *text = environment(probe->paths);
  if (text == NULL) return unable("no port of the machine was named");
  uint16_t port = 0;
  for (; *text; text++) port = (uint16_t)(port * 10 + (*text - '0'));
  judge(connect_to_loopback(STREAM, port), NO_ERROR);
}

static void engine_socket(const struct probe *probe) {
  (void)probe;
  static const char *const sockets[] = {"/var/run/docker.sock",           "/run/docker.sock",
                                        "/run/containerd/containerd.sock", "/run/podman/podman.sock",
                                        "/run/crio/crio.sock",             "/run/guest-services/backend.sock",
                                        "/run/host-services/docker.proxy.sock"};
  for (size_t at = 0; at < sizeof sockets / sizeof *sockets; at++)
    if (connect_to_local(sockets[at]) >= 0) return got_through(sockets[at]);
  blocked("there is none");
}

// Sets the loopback's flags to what they are.
static void configure(const struct probe *probe) {
  (void)probe;
  struct {
    char name[16];
    char value[24];
  } request = {"lo", {0}};
  long fd = new_socket(INET, DATAGRAM, 0);
  call(ioctl, fd, 0x8913 /* SIOCGIFFLAGS */, &request);
  judge(call(ioctl, fd, 0x8914 /* SIOCSIFFLAGS */, &request), NO_ERROR);
}
static void mark_packets(const struct probe *probe) {
  int value = 1;
  judge(call(setsockopt, new_socket(INET, DATAGRAM, 0), 1 /* SOL_SOCKET */, probe->number, &value, sizeof value), NO_ERROR);
}

// `number`: family, kind and protocol, two hexadecimal digits, one, three.
#define KIND(family, type, protocol) ((family) << 16 | (type) << 12 | (protocol))
static void socket_of(const struct probe *probe) {
  judge(new_socket(probe->number >> 16, probe->number >> 12 & 0xf, probe->number & 0xfff), NO_ERROR);
}

#define ADDRESS(a, b, c, d) ((int)((unsigned)(a) << 24 | (b) << 16 | (c) << 8 | (d)))

static const struct probe all[] = {
    {"links", links, "\0", 0},
    {"routes", routes, "/proc/net/route\0", 0},
    {"host-service", host_service, "PROBE_HOST_PORT\0", 0},
    {"engine-socket", engine_socket, "\0", 0},
    {"engine-gateway", way_to, "\0", ADDRESS(172, 17, 0, 1)},
    {"router", way_to, "\0", ADDRESS(192, 168, 1, 1)},
    {"home-network-10", way_to, "\0", ADDRESS(10, 0, 0, 1)},
    {"home-network-172", way_to, "\0", ADDRESS(172, 31, 0, 1)},
    {"provider-network", way_to, "\0", ADDRESS(100, 64, 0, 1)},
    {"cloud-metadata", way_to, "\0", ADDRESS(169, 254, 169, 254)},
    {"desktop-host", way_to, "\0", ADDRESS(192, 168, 65, 7)},
    {"name-server", way_to, "\0", ADDRESS(8, 8, 8, 8)},
    {"internet", way_to, "\0", ADDRESS(198, 51, 100, 1)},
    {"multicast", way_to, "\0", ADDRESS(224, 0, 0, 251)},
    {"broadcast", way_to, "\0", ADDRESS(255, 255, 255, 255)},
    {"internet-v6", way_to_v6, "\x20\x01\0\x01", 0},
    {"home-network-v6", way_to_v6, "\xfd\0\0\x01", 0},
    {"neighbours-v6", way_to_v6, "\xff\x02\0\x01", 1},
    {"link-local-v6", way_to_v6, "\xfe\x80\0\x01", 1},
    {"configure-network", configure, "\0", 0},
    {"mark-packets", mark_packets, "\0", 36 /* SO_MARK */},
    {"raw-socket", socket_of, "\0", KIND(INET, RAW, 1)},
    {"raw-socket-v6", socket_of, "\0", KIND(INET6, RAW, 58)},
    {"ping-socket", socket_of, "\0", KIND(INET, DATAGRAM, 1)},
    {"packet-socket", socket_of, "\0", KIND(17, RAW, 0x300)},
    {"vm-socket", socket_of, "\0", KIND(40, STREAM, 0)},
    {"crypto-socket", socket_of, "\0", KIND(38, SEQUENCED, 0)},
    {"netlink-audit", socket_of, "\0", KIND(NETLINK, RAW, 9)},
    {"netlink-events", socket_of, "\0", KIND(NETLINK, RAW, 15)},
    {"netlink-generic", socket_of, "\0", KIND(NETLINK, RAW, 16)},
    {"netlink-filter", socket_of, "\0", KIND(NETLINK, RAW, 12)},
    {"netlink-sockets", socket_of, "\0", KIND(NETLINK, RAW, 4)},
    {"bluetooth-socket", socket_of, "\0", KIND(31, RAW, 1)},
    {"can-socket", socket_of, "\0", KIND(29, RAW, 1)},
    {"rds-socket", socket_of, "\0", KIND(21, SEQUENCED, 0)},
    {"tipc-socket", socket_of, "\0", KIND(30, SEQUENCED, 0)},
    {"kcm-socket", socket_of, "\0", KIND(41, SEQUENCED, 0)},
    {"xdp-socket", socket_of, "\0", KIND(44, RAW, 0)},
    {"key-socket", socket_of, "\0", KIND(15, RAW, 2)},
    {"smc-socket", socket_of, "\0", KIND(43, STREAM, 0)},
    {"sctp-socket", socket_of, "\0", KIND(INET, STREAM, 132)},
    {"mptcp-socket", socket_of, "\0", KIND(INET, STREAM, 262)},
};
const struct group network = GROUP(all);
