// Of <sys/socket.h>, which belongs to a C library.
#pragma once
#include "system.h"

enum { STREAM = 1, DATAGRAM = 2, RAW = 3, SEQUENCED = 5 };
enum { LOCAL = 1, INET = 2, INET6 = 10, NETLINK = 16 };

struct inet_address {
  uint16_t family;
  uint16_t port;
  uint8_t address[4];
  uint8_t nothing[8];
};
struct inet6_address {
  uint16_t family;
  uint16_t port;
  uint32_t flow;
  uint8_t address[16];
  uint32_t scope;
};
struct local_address {
  uint16_t family;
  char path[108];
};

static inline uint16_t network_order(uint16_t port) { return (uint16_t)(port << 8 | port >> 8); }
// Connected to the machine's own loopback, or the negative error.
long connect_to_loopback(int type, uint16_t port);
// The name's first letter `@`: abstract. Connected, or the negative error.
long connect_to_local(const char *name);
size_t fill_local(struct local_address *address, const char *name);
