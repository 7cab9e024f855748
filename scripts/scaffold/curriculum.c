/* Leaves a phase when the pass rate has been at `goal` for three steps in a row, or after `steps`: put your own rule in
 * its place. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crescent_plugin.h"

static const crescent_option options[] = {
    {.name = "goal",
     .type = CRESCENT_DOUBLE,
     .fallback = {.number = 0.9},
     .min = 0,
     .max = 1,
     .help = "pass rate of the training responses that is enough"},
    {.name = "steps",
     .type = CRESCENT_INT,
     .fallback = {.integer = 200},
     .min = 1,
     .max = 1e9,
     .help = "after so many the phase is left anyway"},
};

typedef struct State {
  double goal;
  int64_t steps, reached;
} State;

static crescent_status say(crescent_error* error, const char* text) {
  const int size = snprintf(error->text, error->capacity, "%s", text);
  error->size = size < 0 ? 0 : (uint64_t)size < error->capacity ? (uint64_t)size : error->capacity;
  return CRESCENT_FAILED;
}

static crescent_status create(const crescent_host* host, const crescent_value* values, uint64_t n, void** self,
                              crescent_error* error) {
  (void)host;
  State* made = n == 2 ? malloc(sizeof *made) : NULL;
  if (made == NULL) return say(error, "no memory");
  made->goal = values[0].number;
  made->steps = values[1].integer;
  made->reached = 0;
  *self = made;
  return CRESCENT_OK;
}

static void destroy(void* self) { free(self); }

/* Asked after each step of the phase. The reason stands in the run's log. */
static crescent_status decide(void* self, const crescent_progress* progress, crescent_decision* decision,
                              crescent_error* error) {
  (void)error;
  State* rule = self;
  rule->reached = progress->pass_rate >= rule->goal ? rule->reached + 1 : 0; /* NaN before the first: not reached */
  decision->kind = CRESCENT_STAY;
  if (rule->reached < 3 && progress->phase_step < rule->steps) return CRESCENT_OK;
  decision->kind = CRESCENT_ADVANCE;
  const char* reason = rule->reached == 3 ? "the pass rate has reached its goal" : "all of its steps are done";
  decision->reason_size = (uint64_t)snprintf(decision->reason, decision->capacity, "%s", reason);
  return CRESCENT_OK;
}

/* What decide remembers, so that a resumed run decides what the uninterrupted one would have. */
static crescent_status save(void* self, const crescent_writer* writer, crescent_error* error) {
  (void)error;
  const State* rule = self;
  writer->write(writer->host_data, &rule->reached, sizeof rule->reached);
  return CRESCENT_OK;
}

static crescent_status load(void* self, const crescent_reader* reader, crescent_error* error) {
  State* rule = self;
  const uint64_t size = sizeof rule->reached;
  if (reader->read(reader->host_data, &rule->reached, size) != size)
    return say(error, "the saved state ends too early");
  return CRESCENT_OK;
}

static const crescent_curriculum_factory factory = {{options, 2, NULL, 0}, create, destroy, decide, save, load, NULL};

static const void* query(const char* id) { return strcmp(id, CRESCENT_CURRICULUM_ID) == 0 ? &factory : NULL; }

const crescent_plugin_entry crescent_entry = {
    CRESCENT_ABI_MAJOR, CRESCENT_ABI_MINOR, sizeof(crescent_plugin_entry), 0,    "@NAME@", "0.1.0", "you",
    "Apache-2.0",       "leaves a phase at a pass rate", NULL, NULL, query};
