/*
 * Stands in for libnvidia-ml.so.1 and plays a recording: each function is made from nvml-calls.ts and answers what "<this library>.calls"
 * says, which is read anew when it changes. A line there: function, index of the GPU or -1, selectors (5,0 or -), code, then each output as
 * hexadecimal bytes. Several lines for the same question are its answers one after another; the last one stays.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { UNINITIALIZED = 1, NOT_SUPPORTED = 3, NOT_FOUND = 6, INSUFFICIENT_SIZE = 7, ARGUMENT_VERSION_MISMATCH = 25 };
enum { OUTPUTS = 2, LINE = 1 << 20 };

typedef struct { unsigned char *bytes; size_t length; } Bytes;
typedef struct { char *question; int code; Bytes out[OUTPUTS]; } Answer;
/* FIXED: so many bytes. TEXT: at most so many. LIST: entries of so many bytes each, as many as `count` leaves room for. */
typedef enum { FIXED, TEXT, LIST } Kind;
typedef struct { Kind kind; void *to; size_t bytes; void *count; size_t by; unsigned long long after; int filters; } Output;

static Answer *answers;
static size_t answerCount;
static size_t *asked; /* by answer: how often the first line of its question was asked */
static time_t readTime = -1;
static int initialised, inits;

int player_inits(void) { return inits; }
int player_is_initialised(void) { return initialised; }

static Bytes unhex(const char *text) {
  Bytes result = { malloc(strlen(text) / 2 + 1), strlen(text) / 2 };
  for (size_t i = 0; i < result.length; i++) {
    unsigned int byte = 0;
    sscanf(text + 2 * i, "%2x", &byte);
    result.bytes[i] = (unsigned char)byte;
  }
  return result;
}

static void forget(void) {
  for (size_t i = 0; i < answerCount; i++) {
    free(answers[i].question);
    for (int o = 0; o < OUTPUTS; o++) free(answers[i].out[o].bytes);
  }
  free(answers);
  free(asked);
  answers = NULL;
  asked = NULL;
  answerCount = 0;
}

/* The file is replaced as a whole, and each one has a later time than the one before. */
static void refresh(void) {
  static char path[4096];
  Dl_info self;
  if (!path[0] && dladdr((void *)&refresh, &self)) snprintf(path, sizeof path, "%s.calls", self.dli_fname);
  struct stat now;
  if (stat(path, &now) != 0 || now.st_mtime == readTime) return;
  FILE *file = fopen(path, "r");
  if (!file) return;
  readTime = now.st_mtime;
  forget();
  char *line = malloc(LINE);
  while (fgets(line, LINE, file)) {
    char *rest = NULL;
    char *parts[3] = { strtok_r(line, " \n", &rest), strtok_r(NULL, " \n", &rest), strtok_r(NULL, " \n", &rest) };
    char *code = strtok_r(NULL, " \n", &rest);
    if (!code) continue;
    answers = realloc(answers, (answerCount + 1) * sizeof *answers);
    Answer *answer = &answers[answerCount++];
    memset(answer, 0, sizeof *answer);
    char question[256];
    snprintf(question, sizeof question, "%s %s %s", parts[0], parts[1], parts[2]);
    answer->question = strdup(question);
    answer->code = atoi(code);
    for (int o = 0; o < OUTPUTS; o++) {
      char *hex = strtok_r(NULL, " \n", &rest);
      if (hex) answer->out[o] = unhex(hex);
    }
  }
  free(line);
  fclose(file);
  asked = calloc(answerCount + 1, sizeof *asked);
}

static const Answer *find(const char *question) {
  const Answer *found = NULL;
  size_t first = 0, turn = 0;
  for (size_t i = 0; i < answerCount; i++) {
    if (strcmp(answers[i].question, question) != 0) continue;
    if (!found) { first = i; asked[first]++; }
    if (++turn <= asked[first]) found = &answers[i];
  }
  return found;
}

static int give(const Output *output, const Bytes *from) {
  if (output->kind == FIXED) {
    memcpy(output->to, from->bytes, from->length < output->bytes ? from->length : output->bytes);
    return 0;
  }
  if (output->kind == TEXT) {
    if (from->length > output->bytes) return INSUFFICIENT_SIZE;
    memcpy(output->to, from->bytes, from->length);
    return 0;
  }
  unsigned int room = *(unsigned int *)output->count, there = 0;
  for (size_t at = 0; at + output->bytes <= from->length; at += output->bytes) {
    unsigned long long by = 0;
    if (output->filters) memcpy(&by, from->bytes + at + output->by, sizeof by);
    if (output->filters && by <= output->after) continue;
    if (there < room) memcpy((char *)output->to + there * output->bytes, from->bytes + at, output->bytes);
    there++;
  }
  *(unsigned int *)output->count = there;
  if (output->filters && there == 0) return NOT_FOUND;
  return there > room ? INSUFFICIENT_SIZE : 0;
}

/* `device` is a handle as nvmlDeviceGetHandleByIndex_v2 was made to give, or -1 where the question is of no device. */
static int play(const char *function, long long device, const char *selectors, const Output *outputs, int outputCount) {
  refresh();
  if (!initialised) return UNINITIALIZED;
  char question[256];
  snprintf(question, sizeof question, "* %lld -", device);
  const Answer *answer = find(question); /* "*": whatever is asked of it */
  if (!answer) {
    snprintf(question, sizeof question, "%s %lld %s", function, device, selectors);
    answer = find(question);
  }
  if (!answer) return NOT_SUPPORTED;
  int code = answer->code;
  for (int o = 0; o < outputCount && code == 0; o++) code = give(&outputs[o], &answer->out[o]);
  return code;
}

static int start(void) {
  refresh();
  const Answer *answer = find("nvmlInit_v2 -1 -");
  if (answer && answer->code != 0) return answer->code;
  initialised++;
  inits++;
  return 0;
}

static int end(void) {
  if (!initialised) return UNINITIALIZED;
  initialised--;
  return 0;
}

#include "calls.h"
