// Everything that determines a run, fully resolved. Filled from Lua or TOML through the option tables of
// run_options.hpp; written to config.toml; the trainers and app read it and nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/config/value.hpp"
#include "core/flow/rollout.hpp"

namespace crescent {

struct DataConfig {
  std::string source = "shapes";  // "shapes": the built-in procedural data; else a folder with the files below
  std::string train = "train.jsonl", val = "val.jsonl", sft = "sft.jsonl";  // relative to the folder
  int64_t count = 2048;                                                     // shapes: training records
  int64_t val_count = 384;                                                  // shapes: held-out records, levels 1 to 3
  int64_t sft_count = 6000;               // shapes: problems of the cold start, levels 0 to 3
  std::string pool = "even";              // shapes: even | starved, what the training records consist of
  std::string prompt_too_long = "error";  // error | filter
  int64_t max_prompt_tokens = 1024;
  Place place = {};
};

struct ScheduleConfig {
  std::string shape = "constant";  // constant | linear | cosine, after the warm-up
  int64_t warmup_steps = 0;        // linear from lr / warmup_steps
  double final_share = 0;          // of lr, reached at the last step
  FunctionRef function = {};       // Lua: function(step, total) -> factor of lr; step counts from 1
};

struct AdamWConfig {
  double lr = 1e-4;
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0;
  double max_grad_norm = 1;  // 0: no clipping
};

struct SftConfig {
  int64_t steps = 0;   // 0: no cold start
  int64_t batch = 48;  // sequences
  AdamWConfig adamw{.lr = 1e-3, .beta2 = 0.95, .weight_decay = 0.01};
  ScheduleConfig schedule{.shape = "cosine", .warmup_steps = 30, .final_share = 0.1, .function = {}};
  std::vector<std::pair<std::string, double>> mix;  // share of each value of the records' `kind`; empty: as they come
  int64_t micro_batch_tokens = 16384;               // most tokens of one forward and backward; bounds memory
  Place place = {};
};

struct KlConfig {
  double coefficient = 0;        // 0: no reference model is held
  std::string estimator = "k3";  // k1 | abs | k2 | k3
  std::string place = "loss";    // loss | reward
  double clamp_difference = 0;   // 0: none; EasyR1: 20
  double clamp_value = 0;        // 0: none; EasyR1: 10
};

struct UpdatesConfig {
  int64_t minibatch_prompts = 0;  // 0: the whole batch in one update
  int64_t epochs = 1;
};

struct GrpoConfig {
  int64_t prompts = 16;  // per batch
  int64_t group = 8;     // responses per prompt
  int64_t max_response_tokens = 64;
  int64_t resample = 0;  // times that groups without signal are replaced by new prompts (DAPO); 0: never
  double temperature = 1;
  std::string advantage = "std";  // std | none (Dr. GRPO) | leave_one_out (RLOO)
  double advantage_eps = 1e-6;
  std::string loss = "token";  // token | sequence | dr_grpo
  double clip_low = 0.2, clip_high = 0.2;
  double dual_clip = 0;  // 0: off; EasyR1: 3
  double entropy_bonus = 0;
  KlConfig kl;
  UpdatesConfig updates;
  AdamWConfig adamw;
  ScheduleConfig schedule;
  std::string pass_reward;  // name of the reward that decides; may be left out when there is one reward
  double pass_at_least = 1;
  int64_t micro_batch_tokens =
      16384;  // most tokens of one forward and backward (one group is never split); bounds memory
  double max_failed_share =
      0.01;  // of samples whose reward failed, over a window of at least 1,000; then the run stops
  Place place;
};

// A role given by a plugin (bundled name or path of a .so) or by Lua functions.
struct RoleConfig {
  std::string plugin;  // "exact_math", "./my_reward.so"; empty when the role is Lua functions
  Table options;       // for the plugin, unchecked: the plugin's own table checks them
  std::vector<std::pair<std::string, FunctionRef>> functions;  // "score", "draw", "observe", "decide"
  Place place;
};

// How a reward that runs outside the program's own process is held in check.
struct SupervisionConfig {
  std::optional<bool> isolate;       // of a plugin; left open: unless it is one of the program's own
  int64_t timeout_ms = 10000;        // for an answer; then the process is replaced
  int64_t start_timeout_ms = 60000;  // for a process's first answer, or to say that it is ready
  int64_t memory_mb = 4096;          // of each process; 0: no limit
  int64_t workers = 1;               // processes at a time
  std::vector<std::pair<std::string, Place>> given = {};  // which of them the script names
};

// How a Python function is called.
struct PythonConfig {
  std::string python = "python3";                            // the interpreter
  std::string completions = "text";                          // text | messages: how TRL's signature sees a response
  std::vector<std::pair<std::string, std::string>> columns;  // argument of the function -> field of the record
};

// An address that judges.
struct HttpConfig {
  std::string url;             // http:// or https://; "": the reward is something else
  std::string model;           // of an OpenAI-style chat endpoint; "": the address takes responses as JSON
  std::string ask;             // what that model is asked, with {prompt}, {response} and {gold}
  double out_of = 1;           // the best mark that it gives
  Table request;               // further fields of the chat request: scalars
  std::string key_env;         // environment variable with the key; the key itself is written nowhere
  int64_t concurrency = 8;     // requests at a time
  int64_t timeout_ms = 60000;  // of a request
  int64_t retries = 4;         // of a request whose failure may pass
  int64_t backoff_ms = 500;    // before the first retry, doubled each time
};

struct RewardConfig {
  std::string name;  // metric name; the plugin's name unless given
  double weight = 1;
  bool normalise = false;            // standardised within its group before it is weighted
  RoleConfig role;                   // plugin: also "file.py:function"; empty for a program or an address
  std::vector<std::string> command;  // a program that judges, and its arguments
  std::vector<std::string> parts;    // names of the score's parts, of whatever cannot declare them itself
  PythonConfig python;
  HttpConfig http;
  SupervisionConfig supervision;
};
enum class RewardKind : uint8_t { lua, plugin, program, python, http };
RewardKind reward_kind(const RewardConfig& reward);

// What a phase may spend before it is left, whatever its `leave` says.
struct BudgetConfig {
  int64_t tokens = 0;  // sampled in the phase, of responses of every kind but validation's; 0: no limit
  double minutes = 0;  // of its steps, by the clock; 0: no limit
  bool given() const { return tokens > 0 || minutes > 0; }
};

struct PhaseConfig {
  std::string name;
  View view = View::image;
  RoleConfig leave;            // plugin fixed_steps for `steps = n`
  int64_t planned_steps = -1;  // derived: what the plugin of `leave` declares; -1: it decides at run time
  int64_t most_steps = -1;     // derived: planned_steps, also where a budget may end the phase before them
  std::vector<std::pair<std::string, double>> replay;  // phase name -> share of this phase's batches
  FunctionRef prompt = {};       // Lua: function(record) -> what its prompts say; none: the view itself
  bool reset_reference = false;  // as the phase begins: KL is measured to the model of that moment
  bool reset_moments = false;    // as the phase begins: AdamW's moments and step counts are 0 again
  BudgetConfig budget;
  std::vector<std::pair<std::string, double>> rewards;  // reward -> its weight in this phase; the others keep the run's
  std::optional<RoleConfig> sampler;                    // of its own; none: the run's
  Table grpo_given;                                     // what it has otherwise than run:grpo, as it was given
  GrpoConfig grpo;                                      // derived: run:grpo with that (phase_settings.hpp)
  bool own_schedule = false;  // derived: its learning rate follows a schedule over its own steps
  Place place;
};

struct ValidationConfig {
  int64_t every = 0;  // steps; 0: only before training, at phase boundaries and at the end
  bool at_start = true;
  int64_t prompts = 0;  // 0: all held-out records
  int64_t samples = 4;  // per prompt for val/<view>/sampled; 0: greedy only
  double temperature = 1;
  std::vector<std::string> views = {"text", "caption", "image"};
  bool good = true;  // derived: no option of it was a mistake
};

struct CheckpointConfig {
  int64_t every = 100;  // steps
  int64_t keep_last = 2;
  std::string keep_best = "";  // a validation metric, say "val/image/accuracy": its best checkpoint is kept too
};

// How much of what was sampled is kept. The scores of every sample are, in every step.
struct RolloutLogConfig {
  int64_t every = 1;             // steps whose responses are kept too; 0: none
  int64_t samples = 0;           // of each group; 0: all
  bool tokens = true;            // with their token ids and log-probabilities
  int64_t logprob_decimals = 4;  // of a log-probability
};

struct RunConfig {
  std::string name = "run";
  int64_t seed = 1;
  std::string model = "tiny-vl";  // preset, Hugging Face directory or run directory
  Place model_place = {};
  std::string precision = "fp32";  // fp32 | bf16: of the operands of products with weights
  Place precision_place = {};
  std::string system = "You are a helpful assistant.";  // system prompt of the chat format
  DataConfig data;
  SftConfig sft;
  bool has_grpo = false;
  GrpoConfig grpo;
  std::vector<RewardConfig> rewards;
  RoleConfig sampler;
  std::vector<PhaseConfig> phases;
  ValidationConfig validation;
  CheckpointConfig checkpoint;
  RolloutLogConfig rollouts;
  std::vector<FunctionRef> on_step, on_phase;
  bool tensorboard = true;  // events/ is written

  // Where it came from; config.toml names it so that functions can be found again.
  std::string script;  // "experiment.lua", relative to the run's experiment/ folder
  Table params;        // crescent.params with what --set changed
  std::string folder;  // absolute folder that relative paths (data, model, plugins) start from
};

// What each validation measures: val/<view>/accuracy and, with samples, val/<view>/sampled.
std::vector<std::string> validation_metrics(const ValidationConfig& config);

// Groups of responses that the rewards can judge at a time: as many as the most parallel of them. 1 or more.
int64_t groups_judged_at_once(const RunConfig& config);

// Steps the run will make, when each phase's plugin declares how many it lasts; -1 when a phase decides at run time, or
// before the plugins were asked.
int64_t planned_steps(const RunConfig& config);

}  // namespace crescent
