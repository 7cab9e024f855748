/* Draws eligible prompts at random, each equally often: put your own rule in its place. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crescent_plugin.h"

typedef struct State {
  const crescent_random* random; /* the run's numbers: the same run draws the same */
  uint64_t key, position;        /* the stream, and how much of it is used up */
} State;

static crescent_status say(crescent_error* error, const char* text) {
  const int size = snprintf(error->text, error->capacity, "%s", text);
  error->size = size < 0 ? 0 : (uint64_t)size < error->capacity ? (uint64_t)size : error->capacity;
  return CRESCENT_FAILED;
}

static crescent_status create(const crescent_host* host, const crescent_value* values, uint64_t n, void** self,
                              crescent_error* error) {
  (void)values, (void)n;
  const crescent_random* random = host->query(host, CRESCENT_RANDOM_ID);
  State* made = random != NULL ? malloc(sizeof *made) : NULL;
  if (made == NULL) return say(error, random == NULL ? "this host has no crescent.random/1" : "no memory");
  made->random = random;
  made->key = random->key(random->host_data, (crescent_span)CRESCENT_SPAN("draw"), NULL, 0);
  made->position = 0;
  *self = made;
  return CRESCENT_OK;
}

static void destroy(void* self) { free(self); }

static crescent_status draw(void* self, const crescent_sampler_context* context, uint64_t n, uint64_t* prompt_index,
                            double* weight, crescent_error* error) {
  (void)weight, (void)error;
  State* sampler = self;
  for (uint64_t i = 0; i < n; ++i)
    prompt_index[i] =
        context->eligible[sampler->random->bits(sampler->key, sampler->position++) % context->n_eligible];
  return CRESCENT_OK;
}

/* Prompts to be rolled out only to measure them: none. */
static crescent_status plan_probe(void* self, const crescent_sampler_context* context, uint64_t capacity,
                                  uint64_t* prompt_index, uint32_t* rollouts, uint64_t* n_planned,
                                  crescent_error* error) {
  (void)self, (void)context, (void)capacity, (void)prompt_index, (void)rollouts, (void)n_planned, (void)error;
  return CRESCENT_OK;
}

/* Every scored group comes back: learn from it here. */
static crescent_status observe(void* self, const crescent_sampler_context* context, const crescent_group* groups,
                               uint64_t n, crescent_error* error) {
  (void)self, (void)context, (void)groups, (void)n, (void)error;
  return CRESCENT_OK;
}

static crescent_status weights(void* self, const crescent_sampler_context* context, double* out,
                               crescent_error* error) {
  (void)self, (void)context, (void)out, (void)error;
  return CRESCENT_NOT_APPLICABLE; /* it scores no prompts */
}

/* What draw decides by, so that a resumed run draws what the uninterrupted one would have. */
static crescent_status save(void* self, const crescent_writer* writer, crescent_error* error) {
  (void)error;
  const State* sampler = self;
  writer->write(writer->host_data, &sampler->position, sizeof sampler->position);
  return CRESCENT_OK;
}

static crescent_status load(void* self, const crescent_reader* reader, crescent_error* error) {
  State* sampler = self;
  const uint64_t size = sizeof sampler->position;
  if (reader->read(reader->host_data, &sampler->position, size) != size)
    return say(error, "the saved state ends too early");
  return CRESCENT_OK;
}

static const crescent_sampler_factory factory = {{NULL, 0, NULL, 0}, create,  destroy, draw, plan_probe,
                                                 observe,            weights, save,    load};

static const void* query(const char* id) { return strcmp(id, CRESCENT_SAMPLER_ID) == 0 ? &factory : NULL; }

const crescent_plugin_entry crescent_entry = {
    CRESCENT_ABI_MAJOR, CRESCENT_ABI_MINOR, sizeof(crescent_plugin_entry), 0,    "@NAME@", "0.1.0", "you",
    "Apache-2.0",       "draws prompts at random", NULL, NULL, query};
