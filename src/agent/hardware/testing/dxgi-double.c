/* Stands in for dxgi.dll: objects laid out as COM lays them out, with the adapters of a Windows machine. Counts what is not given back. */
#include <stdint.h>
#include <string.h>

typedef struct Object { void **methods; int index; } Object;

static int held;
static uint32_t release(Object *self) { (void)self; return (uint32_t)--held; }

static uint32_t describe(Object *self, unsigned char *to) {
  static const struct { const char *name; uint32_t vendor, device; uint64_t memory; uint32_t flags; } adapters[] = {
    { "AMD Radeon RX 7900 XTX", 0x1002, 0x744c, 25714229248ull, 0 },
    { "AMD Radeon RX 7900 XTX", 0x1002, 0x744c, 25714229248ull, 0 },
    { "Intel(R) UHD Graphics 770", 0x8086, 0x4680, 134217728ull, 0 },
    { "NVIDIA GeForce RTX 4090", 0x10de, 0x2684, 25374490624ull, 0 },
    { "Microsoft Basic Render Driver", 0x1414, 0x008c, 0, 2 },
  };
  memset(to, 0, 312);
  for (size_t i = 0; adapters[self->index].name[i]; i++) to[2 * i] = (unsigned char)adapters[self->index].name[i];
  memcpy(to + 256, &adapters[self->index].vendor, 4);
  memcpy(to + 260, &adapters[self->index].device, 4);
  memcpy(to + 272, &adapters[self->index].memory, 8);
  memcpy(to + 304, &adapters[self->index].flags, 4);
  return 0;
}

static void *adapter_methods[11] = { [2] = (void *)release, [10] = (void *)describe };
static Object adapters[5] = { { adapter_methods, 0 }, { adapter_methods, 1 }, { adapter_methods, 2 }, { adapter_methods, 3 }, { adapter_methods, 4 } };

static uint32_t list(Object *self, uint32_t index, Object **to) {
  (void)self;
  if (index >= 5) return 0x887a0002u;
  held++;
  *to = &adapters[index];
  return 0;
}

static void *factory_methods[13] = { [2] = (void *)release, [12] = (void *)list };
static Object factory = { factory_methods, 0 };

uint32_t CreateDXGIFactory1(const unsigned char *iid, Object **to) {
  static const unsigned char wanted[16] = { 0x78, 0xae, 0x0a, 0x77, 0x6f, 0xf2, 0xba, 0x4d, 0xa8, 0x29, 0x25, 0x3c, 0x83, 0xd1, 0xb3, 0x87 };
  if (memcmp(iid, wanted, sizeof wanted) != 0) return 0x80004002u; /* E_NOINTERFACE */
  held++;
  *to = &factory;
  return 0;
}

int double_held(void) { return held; }
