/* Stands in for libnvidia-ml.so.1: compiled against the prototypes that nvml-library.ts declares, answering as a test tells it to. */
#include <stdint.h>
#include <string.h>
#include "prototypes.h"

#define GPUS 2
#define SLOTS 512

typedef struct { unsigned int pid; unsigned long long memory; unsigned int instance, computeInstance; } Process;
typedef struct { unsigned int pid; unsigned long long stamp; unsigned int sm, mem, enc, dec; } Sample;
typedef struct { Process at[SLOTS]; unsigned int count; } Processes;

static int refuse_all, refuse_samples, initialised, inits, gpus = GPUS;
static Processes lists[GPUS][3];
static Sample samples[SLOTS];
static unsigned int sampleCount;

void double_reset(void) { refuse_all = refuse_samples = inits = initialised = 0; gpus = GPUS; memset(lists, 0, sizeof lists); sampleCount = 0; }
void double_refuse(int code) { refuse_all = code; }
void double_refuse_samples(int code) { refuse_samples = code; }
void double_process(int gpu, int list, unsigned int pid, unsigned long long memory) {
  Processes *into = &lists[gpu][list];
  into->at[into->count++] = (Process){ pid, memory, 0xffffffffu, 0xffffffffu };
}
void double_sample(unsigned int pid, unsigned long long stamp, unsigned int sm, unsigned int enc) { samples[sampleCount++] = (Sample){ pid, stamp, sm, 1, enc, 0 }; }
int double_inits(void) { return inits; }
int double_is_initialised(void) { return initialised; }

#define READY if (refuse_all) return refuse_all; if (!initialised) return 1
#define INDEX (device == 0x1000 ? 0 : device == 0x2000 ? 1 : -1)
#define DEVICE READY; if (INDEX < 0) return 2

int nvmlInit_v2() { if (refuse_all) return refuse_all; initialised++; inits++; return 0; }
int nvmlShutdown() { if (!initialised) return 1; initialised--; return 0; }
int nvmlDeviceGetCount_v2(void *count) { READY; *(unsigned int *)count = gpus; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned int index, void *device) { READY; if (index >= GPUS) return 2; *(uintptr_t *)device = index ? 0x2000 : 0x1000; return 0; }
int nvmlDeviceGetUUID(uintptr_t device, void *uuid, unsigned int length) { DEVICE; if (length < 80) return 7; strcpy(uuid, INDEX ? "GPU-b" : "GPU-a"); return 0; }
int nvmlDeviceGetName(uintptr_t device, void *name, unsigned int length) { DEVICE; if (length < 64) return 7; strcpy(name, "NVIDIA GeForce RTX 4090"); return 0; }
int nvmlDeviceGetTemperature(uintptr_t device, unsigned int sensor, void *celsius) { DEVICE; if (sensor) return 2; *(unsigned int *)celsius = INDEX ? 61 : 44; return 0; }
int nvmlDeviceGetTemperatureThreshold(uintptr_t device, unsigned int threshold, void *celsius) { DEVICE; if (threshold != 1 || INDEX) return 3; *(unsigned int *)celsius = 90; return 0; }
int nvmlDeviceGetPowerUsage(uintptr_t device, void *milliwatts) { DEVICE; *(unsigned int *)milliwatts = INDEX ? 22500 : 31000; return 0; }

int nvmlDeviceGetProcessUtilization(uintptr_t device, void *into, void *count, unsigned long long after) {
  DEVICE;
  if (refuse_samples) return refuse_samples;
  unsigned int found = 0, room = *(unsigned int *)count;
  for (unsigned int i = 0; i < sampleCount && !INDEX; i++) {
    if (samples[i].stamp <= after) continue;
    if (found < room) ((Sample *)into)[found] = samples[i];
    found++;
  }
  *(unsigned int *)count = found;
  return found == 0 ? 6 : found > room ? 7 : 0;
}

static int list(uintptr_t device, int which, void *count, void *infos) {
  DEVICE;
  const Processes *from = &lists[INDEX][which];
  unsigned int room = *(unsigned int *)count;
  *(unsigned int *)count = from->count;
  if (from->count > room) return 7;
  memcpy(infos, from->at, from->count * sizeof(Process));
  return 0;
}
int nvmlDeviceGetComputeRunningProcesses_v3(uintptr_t device, void *count, void *infos) { return list(device, 0, count, infos); }
int nvmlDeviceGetGraphicsRunningProcesses_v3(uintptr_t device, void *count, void *infos) { return list(device, 1, count, infos); }
int nvmlDeviceGetMPSComputeRunningProcesses_v3(uintptr_t device, void *count, void *infos) { READY; return 3; }
