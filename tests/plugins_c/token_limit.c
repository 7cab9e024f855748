/* A reward in plain C: 1 for a response of at most `limit` tokens, else what is left of 1 per token above it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crescent_plugin.h"

static const crescent_option options[] = {
    {.name = "limit",
     .type = CRESCENT_INT,
     .fallback = {.integer = 64},
     .min = 1,
     .max = 1e6,
     .help = "tokens allowed"},
    {.name = "unit", .type = CRESCENT_STRING, .fallback = {.text = CRESCENT_SPAN("tokens")}, .help = "tokens or bytes"},
};

typedef struct token_limit {
  int64_t limit;
  int bytes;
} token_limit;

static crescent_status create(const crescent_host* host, const crescent_value* values, uint64_t n, void** self,
                              crescent_error* error) {
  const crescent_log* log = host->query(host, CRESCENT_LOG_ID);
  if (log != NULL) log->write(log->host_data, CRESCENT_LOG_INFO, (crescent_span)CRESCENT_SPAN("made by C"));
  token_limit* made = n == 2 ? malloc(sizeof *made) : NULL;
  if (made == NULL) {
    error->size = (uint64_t)snprintf(error->text, error->capacity, "no memory");
    return CRESCENT_FAILED;
  }
  made->limit = values[0].integer;
  made->bytes = values[1].text.size == 5 && memcmp(values[1].text.data, "bytes", 5) == 0;
  *self = made;
  return CRESCENT_OK;
}

static void destroy(void* self) { free(self); }

static const char* part_name(void* self, uint64_t i) {
  (void)self;
  return i == 0 ? "over" : NULL;
}

static crescent_status score(void* self, const crescent_sample* samples, uint64_t n, double* score, double* parts,
                             crescent_status* status, crescent_error* error) {
  const token_limit* reward = self;
  for (uint64_t i = 0; i < n; ++i) {
    if (samples[i].token_count == 0) {
      status[i] = CRESCENT_FAILED;
      error->item = (int64_t)i;
      error->size = (uint64_t)snprintf(error->text, error->capacity, "a response of no tokens");
      continue;
    }
    const int64_t used = reward->bytes ? (int64_t)samples[i].response.size : (int64_t)samples[i].token_count;
    parts[i] = used > reward->limit ? (double)(used - reward->limit) : 0;
    score[i] = 1 / (1 + parts[i]);
  }
  return CRESCENT_OK;
}

static const crescent_reward_factory reward = {{options, 2, NULL, 0}, create, destroy, part_name, score};

static const void* query(const char* id) { return strcmp(id, CRESCENT_REWARD_ID) == 0 ? &reward : NULL; }

const crescent_plugin_entry crescent_entry = {
    CRESCENT_ABI_MAJOR, CRESCENT_ABI_MINOR, sizeof(crescent_plugin_entry), 0,    "token_limit", "1.0",
    "a test",           "Apache-2.0",       "at most so many tokens",      NULL, NULL,          query};
