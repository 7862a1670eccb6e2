/*
 * What this processor reaches in plain compiled loops, one thread to each core: multiply-adds from registers, and STREAM's copy and triad
 * with a sum for reading. Arguments: threads, bytes of one buffer. Prints one JSON object: GFLOPS, and GB/s with each buffer counted once.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CHAINS 12
#define ROUNDS 20000000L
#define REPEATS 7
#define MAX_THREADS 256
typedef float vector __attribute__((vector_size(32)));

enum work { FMA, READ, COPY, TRIAD };
static enum work work;
static int threads;
static size_t count;
static float *a, *b, *o;
static volatile float factor = 0.5f, sink;

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void multiply_add(void) {
  vector x[CHAINS], f = (vector){} + factor, term = f * 3;
  for (int chain = 0; chain < CHAINS; chain++) x[chain] = f * (float)chain;
  for (long round = 0; round < ROUNDS; round++)
    for (int chain = 0; chain < CHAINS; chain++) x[chain] = x[chain] * f + term;
  vector sum = x[0];
  for (int chain = 1; chain < CHAINS; chain++) sum += x[chain];
  sink = sum[0] + sum[7];
}

static void *share(void *argument) {
  size_t thread = (size_t)argument, part = count / (size_t)threads, first = thread * part;
  const float *from = a + first, *also = b + first;
  float *restrict to = o + first;
  switch (work) {
    case FMA:
      multiply_add();
      break;
    case READ: {
      vector sum[8] = {};
      const vector *quads = (const vector *)from;
      for (size_t i = 0; i + 8 <= part / 8; i += 8)
        for (int k = 0; k < 8; k++) sum[k] += quads[i + k];
      for (int k = 1; k < 8; k++) sum[0] += sum[k];
      sink = sum[0][0];
      break;
    }
    case COPY:
      for (size_t i = 0; i < part; i++) to[i] = from[i];
      break;
    case TRIAD:
      for (size_t i = 0; i < part; i++) to[i] = from[i] + 3.0f * also[i];
      break;
  }
  return NULL;
}

/* The best of REPEATS runs, as STREAM takes it. */
static double best(enum work what) {
  double least = 1e9;
  pthread_t started[MAX_THREADS];
  work = what;
  for (int repeat = 0; repeat < REPEATS; repeat++) {
    double since = seconds();
    for (int thread = 0; thread < threads; thread++)
      if (pthread_create(&started[thread], NULL, share, (void *)(size_t)thread)) exit(1);
    for (int thread = 0; thread < threads; thread++) pthread_join(started[thread], NULL);
    double took = seconds() - since;
    if (took < least) least = took;
  }
  return least;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  threads = atoi(argv[1]);
  size_t bytes = (size_t)atoll(argv[2]);
  count = bytes / sizeof(float);
  a = aligned_alloc(64, bytes), b = aligned_alloc(64, bytes), o = aligned_alloc(64, bytes);
  if (threads < 1 || threads > MAX_THREADS || !a || !b || !o) return 1;
  for (size_t i = 0; i < count; i++) a[i] = (float)(i & 1023), b[i] = (float)(i & 511), o[i] = 0;
  double flops = 2.0 * 8 * CHAINS * ROUNDS * threads;
  printf("{\"fmaGflops\":%f,\"readGBs\":%f,\"copyGBs\":%f,\"triadGBs\":%f}\n", flops / best(FMA) / 1e9, (double)bytes / best(READ) / 1e9,
         2.0 * (double)bytes / best(COPY) / 1e9, 3.0 * (double)bytes / best(TRIAD) / 1e9);
  return 0;
}
