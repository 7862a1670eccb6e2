// What one job leaves or holds, for another to look for.
#pragma once

#define NEIGHBOUR_NAME "probe-neighbour"
#define NEIGHBOUR_FILE "probe-neighbours-file"
#define NEIGHBOUR_SOCKET "@probe-neighbour"
#define LEFT_FILE "probe-left-this"
enum { NEIGHBOUR_PORT = 47113, NEIGHBOUR_SEGMENT = 0x4e534801, LEFT_SEGMENT = 0x4e534802 };
