/* The C interface between Crescent and its plugins: rewards, prompt samplers and curricula (phase transitions).
 *
 * A plugin is a shared library that exports one symbol, `crescent_entry`. It needs this file and nothing else; it
 * compiles as C11, C++17 and C++20. crescent_plugin.hpp beside it is an optional comfort for C++.
 *
 *     cc -shared -fPIC -I FOLDER_OF_THIS_FILE my_reward.c -o my_reward.so
 *
 * Rules
 * - Everything is queried by a string id that ends in a version: "crescent.reward/1". A published struct never
 *   changes; new power is a new id. NULL answers an id that is not known.
 * - Text is UTF-8 in spans without a terminating zero. Inputs are borrowed for the call. `const char*` is used only
 *   for what a plugin declares statically, and ends in a zero.
 * - Outputs go to buffers of the host, pre-filled (scores with NaN) so that what was not written is seen.
 * - Each call returns a crescent_status and may fill `error`. No C++ exception leaves a function of a plugin.
 * - Tags: [main-thread] is called by one thread at a time; [worker-thread, concurrent] by several at once, on the
 *   same object. Services of the host may be called from any thread, within a call or from create to destroy.
 * - Same inputs, same outputs: randomness comes from crescent.random/1 only; no clock, no file, no other source. */
#ifndef CRESCENT_PLUGIN_H
#define CRESCENT_PLUGIN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CRESCENT_ABI_MAJOR 2u /* another major number: the library is refused */
#define CRESCENT_ABI_MINOR 2u /* grows when ids are added */

#define CRESCENT_EXPORT __attribute__((visibility("default")))

typedef struct crescent_span { /* UTF-8, not terminated */
  const char* data;
  uint64_t size; /* bytes */
} crescent_span;

#define CRESCENT_SPAN(literal) \
  { (literal), sizeof(literal) - 1 }

typedef int32_t crescent_status;
#define CRESCENT_OK 0
#define CRESCENT_NOT_APPLICABLE 1 /* nothing to say about it: left out, not a failure */
#define CRESCENT_FAILED 2         /* `error` says why */

typedef struct crescent_error { /* owned by the host, empty at the start of a call */
  char* text;                   /* [capacity] the plugin writes what failed; cut at capacity */
  uint64_t capacity;            /* bytes, at least 1024 */
  uint64_t size;                /* bytes written */
  int64_t item;                 /* index of the sample, draw or group to blame; -1: none in particular */
} crescent_error;

/* ---- Options: a factory describes them; the host checks the script's values, fills defaults and saves all of them
 * with the run. A plugin never parses text. ---- */

typedef int32_t crescent_option_type;
#define CRESCENT_BOOL 0
#define CRESCENT_INT 1
#define CRESCENT_DOUBLE 2
#define CRESCENT_STRING 3
/* Numbers of at least 0 by name, { first = 0.7, second = 0.3 }, in `text`: for each name the name, a zero, the number
 * as strtod reads it, a zero; in the order of the names. Its default is none. */
#define CRESCENT_SHARES 4

typedef struct crescent_value { /* the member of the option's type counts */
  int64_t integer;              /* CRESCENT_INT; CRESCENT_BOOL: 0 or 1 */
  double number;                /* CRESCENT_DOUBLE */
  crescent_span text;           /* CRESCENT_STRING, CRESCENT_SHARES */
} crescent_value;

typedef struct crescent_option {
  const char* name;
  crescent_option_type type;
  int32_t required;           /* 1: there is no default, the script must give it */
  crescent_value fallback;    /* the default */
  double min, max;            /* numbers: allowed range, ends included; -INFINITY, INFINITY: none */
  const char* const* choices; /* strings: the only values allowed, ended by NULL; NULL: any */
  const char* help;           /* one line */
} crescent_option;

/* A named set of defaults: `preset = "name"` in a script puts them in place of the options' own; what the script gives
 * besides still wins. A factory that has presets gets an option `preset` from the host ("" by default). */
typedef struct crescent_preset {
  const char* name;
  const char* help;
  const char* const* options;   /* [n_values] names */
  const crescent_value* values; /* [n_values] */
  uint64_t n_values;
} crescent_preset;

typedef struct crescent_options {
  const crescent_option* options; /* [n_options]; create() gets values in this order */
  uint64_t n_options;
  const crescent_preset* presets; /* [n_presets] */
  uint64_t n_presets;
} crescent_options;

/* ---- Services of the host ---- */

typedef struct crescent_host {
  void* host_data;
  const void* (*query)(const struct crescent_host* host, const char* id); /* a service below, or NULL */
} crescent_host;

#define CRESCENT_LOG_ID "crescent.log/1"
#define CRESCENT_LOG_DEBUG 0
#define CRESCENT_LOG_INFO 1
#define CRESCENT_LOG_WARNING 2
typedef struct crescent_log { /* messages to the run's log.txt; warnings to the terminal too */
  void* host_data;
  void (*write)(void* host_data, int32_t level, crescent_span text);
} crescent_log;

/* The run's keyed, counter-based random numbers (Philox4x32-10): the same key and position give the same bits in each
 * run of the same seed, in any order of calls. A key belongs to the run, the role and the purpose named here. */
#define CRESCENT_RANDOM_ID "crescent.random/1"
typedef struct crescent_random {
  void* host_data;
  uint64_t (*key)(void* host_data, crescent_span purpose, const uint64_t* ids, uint64_t n_ids);
  uint64_t (*bits)(uint64_t key, uint64_t position); /* 64 bits at a position of the key's stream */
} crescent_random;

/* A named number that reaches the run's metrics for the present step (the mean, where it is given several times).
 * Names: lower-case letters, digits, '_', '/' ; what is not finite is refused with CRESCENT_FAILED. */
#define CRESCENT_METRIC_ID "crescent.metric/1"
typedef struct crescent_metric {
  void* host_data;
  crescent_status (*record)(void* host_data, crescent_span name, double value);
} crescent_metric;

/* The fields of the training records. `put` is called once with the field's value, borrowed for that call; columns that
 * are not text come as JSON. CRESCENT_NOT_APPLICABLE: the record has no such field. */
#define CRESCENT_DATASET_ID "crescent.dataset/1"
typedef struct crescent_dataset {
  void* host_data;
  uint64_t (*count)(void* host_data);
  crescent_status (*field)(void* host_data, uint64_t prompt_index, crescent_span name, void* sink,
                           void (*put)(void* sink, crescent_span value));
} crescent_dataset;

/* What the run's validation measures, for whoever decides by it: known when a script loads, before anything was
 * measured. */
#define CRESCENT_VALIDATION_ID "crescent.validation/1"
typedef struct crescent_validation {
  const crescent_span* names; /* [n_names] "val/image/accuracy", ... */
  uint64_t n_names;
  int64_t every; /* steps from one validation to the next; 0: only before training and at the boundaries of phases */
} crescent_validation;

/* The run's phases in their order, for whoever names one; known when a script loads. */
#define CRESCENT_PHASES_ID "crescent.phases/1"
typedef struct crescent_phases {
  const crescent_span* names; /* [n_names] */
  uint64_t n_names;
} crescent_phases;

/* The phase that a curriculum was made for; known when a script loads. */
#define CRESCENT_PHASE_ID "crescent.phase/1"
typedef struct crescent_phase {
  crescent_span name;
} crescent_phase;

/* State of a sampler or curriculum in a checkpoint. */
typedef struct crescent_writer {
  void* host_data;
  void (*write)(void* host_data, const void* bytes, uint64_t size);
} crescent_writer;
typedef struct crescent_reader {
  void* host_data;
  uint64_t (*read)(void* host_data, void* bytes, uint64_t size); /* bytes read; fewer than `size` at the end */
} crescent_reader;

/* ---- Reward ---- */

#define CRESCENT_FINISH_STOP 0   /* the model ended its response */
#define CRESCENT_FINISH_LENGTH 1 /* it was cut at the limit of tokens */

typedef struct crescent_sample {
  crescent_span prompt;       /* the problem's text as the record has it */
  crescent_span response;     /* decoded, without the end-of-turn token */
  crescent_span gold;         /* the record's answer */
  crescent_span columns_json; /* the record's remaining columns, one JSON object */
  crescent_span record_id;
  crescent_span phase;
  uint64_t group_id; /* responses to one draw share it */
  uint32_t index_in_group;
  uint32_t token_count; /* of the response, with the end-of-turn token */
  int32_t finish;       /* CRESCENT_FINISH_... */
  int32_t reserved;     /* 0 */
  int64_t step;
} crescent_sample;

#define CRESCENT_REWARD_ID "crescent.reward/1"
typedef struct crescent_reward_factory {
  crescent_options options;
  /* [main-thread] `values` has one entry an option, checked. */
  crescent_status (*create)(const crescent_host* host, const crescent_value* values, uint64_t n_values, void** self,
                            crescent_error* error);
  void (*destroy)(void* self); /* [main-thread] */
  /* [main-thread] Name of part `i` of the score, to be shown beside it; NULL from the number of parts on. */
  const char* (*part_name)(void* self, uint64_t i);
  /* [worker-thread, concurrent] A pure function of each sample: how samples are grouped in calls changes nothing.
   * score: [n] NaN. parts: [n, n_parts] NaN, may stay so. status: [n] CRESCENT_OK; FAILED or NOT_APPLICABLE leaves the
   * sample out. Returning CRESCENT_FAILED fails the call: the host then asks for each sample alone. */
  crescent_status (*score)(void* self, const crescent_sample* samples, uint64_t n, double* score, double* parts,
                           crescent_status* status, crescent_error* error);
} crescent_reward_factory;

/* ---- Prompt sampler ---- */

#define CRESCENT_VIEW_TEXT 0
#define CRESCENT_VIEW_CAPTION 1
#define CRESCENT_VIEW_IMAGE 2

typedef struct crescent_sampler_context {
  crescent_span phase;      /* whose prompts are drawn (a replayed one included) */
  int32_t view;             /* CRESCENT_VIEW_... */
  int32_t reserved;         /* 0 */
  const uint64_t* eligible; /* [n_eligible] prompts that have this view, ascending, at least one */
  uint64_t n_eligible;
  int64_t step; /* optimizer steps of the run so far */
} crescent_sampler_context;

typedef struct crescent_tokens {
  const int32_t* ids;
  uint64_t size;
} crescent_tokens;

typedef struct crescent_group { /* the scored responses to one prompt */
  uint64_t prompt_index;
  int32_t view;
  uint32_t n;                      /* rollouts */
  const double* reward;            /* [n] NaN: this sample is left out */
  const uint8_t* passed;           /* [n] 1: solved; 0 where there is no verdict */
  const uint8_t* judged;           /* [n] 1: there is a verdict; 0: left out, or the deciding reward does not apply */
  const crescent_tokens* response; /* [n] */
  const crescent_tokens* thoughts; /* [n] what stands between the think tags; the whole response without tags */
} crescent_group;

#define CRESCENT_SAMPLER_ID "crescent.sampler/1"
typedef struct crescent_sampler_factory { /* all of it [main-thread] */
  crescent_options options;
  crescent_status (*create)(const crescent_host* host, const crescent_value* values, uint64_t n_values, void** self,
                            crescent_error* error);
  void (*destroy)(void* self);
  /* Fills prompt_index [n] with entries of context->eligible, and weight [n] (pre-filled with 1) where the draw is to
   * be corrected by importance. */
  crescent_status (*draw)(void* self, const crescent_sampler_context* context, uint64_t n, uint64_t* prompt_index,
                          double* weight, crescent_error* error);
  /* Prompts to be rolled out now only to measure them: at most `capacity` rollouts in all, each prompt once, in
   * prompt_index and rollouts (room for n_eligible entries); *n_planned starts as 0. Called before a draw; the groups
   * come back through observe, then it is called again until it plans nothing. Before one draw a prompt can be planned
   * 16 times; once more ends the run. */
  crescent_status (*plan_probe)(void* self, const crescent_sampler_context* context, uint64_t capacity,
                                uint64_t* prompt_index, uint32_t* rollouts, uint64_t* n_planned, crescent_error* error);
  /* Every scored group comes back, from training and from probing alike. */
  crescent_status (*observe)(void* self, const crescent_sampler_context* context, const crescent_group* groups,
                             uint64_t n, crescent_error* error);
  /* The present score of each eligible prompt, for the report; CRESCENT_NOT_APPLICABLE: it has none. */
  crescent_status (*weights)(void* self, const crescent_sampler_context* context, double* out, crescent_error* error);
  /* save, then load into a new object with the same options, leaves it as if it had never stopped. */
  crescent_status (*save)(void* self, const crescent_writer* writer, crescent_error* error);
  crescent_status (*load)(void* self, const crescent_reader* reader, crescent_error* error);
} crescent_sampler_factory;

/* ---- Curriculum: when a phase is left ---- */

typedef struct crescent_metric_point {
  int64_t step;
  double value;
} crescent_metric_point;

typedef struct crescent_history {
  crescent_span name;                  /* "val/image/accuracy" */
  const crescent_metric_point* points; /* [n] oldest first */
  uint64_t n;
} crescent_history;

typedef struct crescent_progress {
  crescent_span phase;
  int32_t view;
  int32_t reserved;   /* 0 */
  int64_t phase_step; /* steps finished in this phase */
  int64_t total_step; /* steps finished in the run, the cold start included */
  double pass_rate;   /* of training rollouts, exponentially averaged over about 10 steps; NaN before the first */
  double reward;      /* likewise */
  const crescent_history* validation;
  uint64_t n_validation;
} crescent_progress;

#define CRESCENT_STAY 0
#define CRESCENT_ADVANCE 1 /* to the next phase; from the last one: the run ends */
#define CRESCENT_JUMP 2    /* to the phase named in `phase` */
#define CRESCENT_STOP 3    /* the run ends */

typedef struct crescent_decision {
  int32_t kind;     /* pre-filled with -1 */
  int32_t reserved; /* 0 */
  char* phase;      /* [capacity] */
  uint64_t phase_size;
  char* reason; /* [capacity] one sentence for the log and the report, unless it stays */
  uint64_t reason_size;
  uint64_t capacity; /* bytes of each, at least 1024 */
} crescent_decision;

#define CRESCENT_CURRICULUM_ID "crescent.curriculum/1"
typedef struct crescent_curriculum_factory { /* all of it [main-thread] */
  crescent_options options;
  crescent_status (*create)(const crescent_host* host, const crescent_value* values, uint64_t n_values, void** self,
                            crescent_error* error);
  void (*destroy)(void* self);
  crescent_status (*decide)(void* self, const crescent_progress* progress, crescent_decision* decision,
                            crescent_error* error); /* after each step of its phase */
  crescent_status (*save)(void* self, const crescent_writer* writer, crescent_error* error);
  crescent_status (*load)(void* self, const crescent_reader* reader, crescent_error* error);
  /* How many steps the phase lasts whatever happens, 1 to 10^12, or -1 when `decide` finds out; NULL: -1. A function of
   * the options alone. It lets the host know the length of the run (learning rates over all steps) and the states that
   * runs of other lengths share; so `decide` is held to it: stay before that step, and advance at it. Asked while the
   * script loads too, of an object made for that alone: create then finds no crescent.metric or crescent.dataset. */
  int64_t (*planned_steps)(void* self);
} crescent_curriculum_factory;

/* ---- The one exported symbol ---- */

typedef struct crescent_plugin_entry {
  uint32_t abi_major;   /* CRESCENT_ABI_MAJOR; these three never move */
  uint32_t abi_minor;   /* CRESCENT_ABI_MINOR */
  uint32_t struct_size; /* sizeof(crescent_plugin_entry) */
  uint32_t reserved;    /* 0 */
  const char* name;     /* how scripts call it; the file is name.so */
  const char* version;
  const char* author;
  const char* licence;
  const char* description; /* one line */
  /* [main-thread] Once after loading, before anything else; may be NULL. Services belong to a run: they come with
   * create; here the host has none. */
  crescent_status (*init)(const crescent_host* host, crescent_error* error);
  void (*deinit)(void); /* [main-thread] once, when the process ends in order; may be NULL */
  /* [main-thread] The factory for "crescent.reward/1", "crescent.sampler/1" or "crescent.curriculum/1", or NULL. */
  const void* (*query)(const char* id);
} crescent_plugin_entry;

/* `extern`, since a const at file scope has internal linkage in C++. */
CRESCENT_EXPORT extern const crescent_plugin_entry crescent_entry;

#ifdef __cplusplus
}
#endif

#endif /* CRESCENT_PLUGIN_H */
