/* 1 for a response of at most `limit` tokens, then falling with the excess: put your own judgement in its place. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crescent_plugin.h"

static const crescent_option options[] = {
    {.name = "limit",
     .type = CRESCENT_INT,
     .fallback = {.integer = 16},
     .min = 1,
     .max = 65536,
     .help = "tokens that a response may have for free"},
};

typedef struct State {
  int64_t limit;
} State;

static crescent_status say(crescent_error* error, int64_t item, const char* text) {
  const int size = snprintf(error->text, error->capacity, "%s", text);
  error->size = size < 0 ? 0 : (uint64_t)size < error->capacity ? (uint64_t)size : error->capacity;
  error->item = item;
  return CRESCENT_FAILED;
}

/* values: one an option, in their order, checked by the host. */
static crescent_status create(const crescent_host* host, const crescent_value* values, uint64_t n, void** self,
                              crescent_error* error) {
  (void)host;
  State* made = n == 1 ? malloc(sizeof *made) : NULL;
  if (made == NULL) return say(error, -1, "no memory");
  made->limit = values[0].integer;
  *self = made;
  return CRESCENT_OK;
}

static void destroy(void* self) { free(self); }

static const char* part_name(void* self, uint64_t i) {
  (void)self;
  return i == 0 ? "over" : NULL;
}

/* A pure function of each sample, called from several threads at once. Texts are spans: no zero ends them. */
static crescent_status score(void* self, const crescent_sample* samples, uint64_t n, double* score, double* parts,
                             crescent_status* status, crescent_error* error) {
  const State* reward = self;
  for (uint64_t i = 0; i < n; ++i) {
    if (samples[i].token_count == 0) {
      status[i] = say(error, (int64_t)i, "the sample does not say how many tokens the response has");
      continue;
    }
    const int64_t used = (int64_t)samples[i].token_count;
    const int64_t over = used > reward->limit ? used - reward->limit : 0;
    parts[i] = (double)over; /* [n, 1 part] */
    score[i] = (double)reward->limit / (double)(reward->limit + over);
  }
  return CRESCENT_OK;
}

static const crescent_reward_factory factory = {{options, 1, NULL, 0}, create, destroy, part_name, score};

static const void* query(const char* id) { return strcmp(id, CRESCENT_REWARD_ID) == 0 ? &factory : NULL; }

const crescent_plugin_entry crescent_entry = {
    CRESCENT_ABI_MAJOR, CRESCENT_ABI_MINOR, sizeof(crescent_plugin_entry),   0,    "@NAME@", "0.1.0", "you",
    "Apache-2.0",       "1 for responses of few tokens", NULL, NULL, query};
