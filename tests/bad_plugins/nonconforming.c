/* A reward with one fault, which the macro FAULT_... names: what `crescent plugins check` must find. Without any it is
 * what it should be: the share of the response's bytes that are digits. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "crescent_plugin.h"

static const crescent_option options[] = {
    {.name = "scale",
     .type = CRESCENT_DOUBLE,
     .fallback = {.number = 1},
     .min = 0,
     .max = 8,
     .help =
#ifdef FAULT_NO_HELP
         ""
#else
         "times this"
#endif
    },
#ifdef FAULT_TWO_OPTIONS
    {.name = "scale", .type = CRESCENT_BOOL, .max = 1, .help = "again"},
#endif
};

typedef struct reward {
  double scale;
  uint64_t calls, digits;
} reward;

static crescent_status init(const crescent_host* host, crescent_error* error) {
  (void)host, (void)error;
#ifdef FAULT_CRASH_AT_LOAD
  *(volatile int*)8 = 1;
#endif
  return CRESCENT_OK;
}

static crescent_status create(const crescent_host* host, const crescent_value* values, uint64_t n, void** self,
                              crescent_error* error) {
  (void)host, (void)n, (void)error;
#ifdef FAULT_CREATE
  return CRESCENT_FAILED;
#endif
  reward* made = calloc(1, sizeof *made);
  made->scale = values[0].number;
#ifdef FAULT_OPTION
  if (made->scale == 8) abort();
#endif
  *self = made;
  return CRESCENT_OK;
}

static void destroy(void* self) {
#ifdef FAULT_LEAK
  (void)self;
#else
  free(self);
#endif
}

static const char* part_name(void* self, uint64_t i) {
  (void)self;
  return i == 0 ? "digits" : NULL;
}

static crescent_status score(void* self, const crescent_sample* samples, uint64_t n, double* score, double* parts,
                             crescent_status* status, crescent_error* error) {
  reward* r = self;
  (void)status, (void)error;
  for (uint64_t i = 0; i < n; ++i) {
    const crescent_span text = samples[i].response;
    double digits = 0;
#ifdef FAULT_RACE
    r->digits = text.size;
    usleep(200);
    digits = (double)r->digits;
#endif
    for (uint64_t k = 0; k < text.size; ++k) digits += text.data[k] >= '0' && text.data[k] <= '9';
#ifdef FAULT_EXIT
    exit(3);
#endif
#ifdef FAULT_HANG
    for (volatile int forever = 1; forever;) {
    }
#endif
#ifdef FAULT_NAN
    if (digits == 0) digits = NAN;
#endif
#ifdef FAULT_ORDER
    digits += (double)i;
#endif
#ifdef FAULT_MEMORY
    digits += (double)r->calls++;
#endif
#ifdef FAULT_SECONDS
    digits += (double)(time(NULL) % 7);
#endif
#ifdef FAULT_SLOW
    usleep(20000);
#endif
#ifdef FAULT_READ_PAST
    digits += (double)strlen(text.data) * 1e-300;
#endif
#ifdef FAULT_WRITE_INPUT
    if (text.size > 0) ((char*)text.data)[0] = 'x';
#endif
#ifdef FAULT_PRINT
    printf("judged %d\n", (int)i);
#endif
#ifdef FAULT_SILENT
    if (text.size == 0) {
      status[i] = CRESCENT_FAILED;
      continue;
    }
#endif
#ifdef FAULT_ERROR_SIZE
    if (text.size == 0) {
      error->size = error->capacity + 1;
      status[i] = CRESCENT_FAILED;
      continue;
    }
#endif
#ifdef FAULT_WRITE_PAST
    if (n == 1) parts[1] = 0;
#endif
    parts[i] = digits;
    score[i] = r->scale * digits / (double)(1 + text.size);
  }
  return CRESCENT_OK;
}

static const crescent_reward_factory factory = {
    {options, sizeof options / sizeof *options, NULL, 0}, create, destroy, part_name, score};

static const void* query(const char* id) { return strcmp(id, CRESCENT_REWARD_ID) == 0 ? &factory : NULL; }

const crescent_plugin_entry crescent_entry = {CRESCENT_ABI_MAJOR,
                                              CRESCENT_ABI_MINOR,
                                              sizeof(crescent_plugin_entry),
                                              0,
                                              "nonconforming",
                                              "1.0",
                                              "a test",
                                              "Apache-2.0",
                                              "has a fault",
                                              init,
                                              NULL,
                                              query};
