// The options of a run: one declaration per struct of run_config.hpp drives what Lua and TOML may say, what is written
// to config.toml, and the help text.
//
// Layout, the same from a script's calls and from config.toml:
//   name, seed, model, system, on_step, on_phase = [functions]
//   [data] [sft] [grpo] (nested: clip = [low, high], betas, kl, updates, pass) [sampler] [validate] [checkpoint]
//   [rollouts]
//   [[reward]] plugin | score, name, weight, parts, ...the plugin's own options
//   [[phase]]  name, view, steps | leave, replay, prompt, budget, rewards, sampler, grpo, reset_reference,
//              reset_moments
//   [script]   file, folder, params
// A role's plugin may also stand as the first list entry, as Lua writes it: reward = { "exact_math", weight = 1 }; so
// may the source of data = { "shapes", count = 64 }.
#pragma once

#include <string>

#include "core/config/options.hpp"
#include "core/experiment/run_config.hpp"

namespace crescent {

// Tables bound to the struct, which must outlive them; the struct's present values are the defaults.
OptionTable run_table_options(RunConfig& config);  // what a run's own table may hold besides the parts
OptionTable data_options(DataConfig& config);
OptionTable sft_options(SftConfig& config);
OptionTable grpo_options(GrpoConfig& config);
// Those of run:grpo that a phase may have otherwise: all but max_failed_share, which is of the whole run.
OptionTable phase_grpo_options(const std::string& owner, GrpoConfig& config);
OptionTable validation_options(ValidationConfig& config);
OptionTable checkpoint_options(CheckpointConfig& config);
OptionTable rollout_log_options(RolloutLogConfig& config);

// Reads everything and adds every mistake to `problems`, with its place: options one by one, then what must agree
// across options (rewards without weight, unreachable phases, ...; left out where a part it looks at is wrong already,
// so that one slip is not reported twice). `place` is where the run as a whole stands. A run with GRPO and no sampler
// gets the plugin "uniform". `misspelt` names parts that the table lacks because of a slip that is reported already:
// nothing is said of that.
void read_run(const Table& table, const Place& place, RunConfig& config, Problems& problems,
              const std::vector<std::string>& misspelt = {});

// The layout above with every option at its present value; read_run() of it gives the same configuration.
Table write_run(const RunConfig& config);

std::string run_help();  // every option: name, default, range, one line of help

}  // namespace crescent
