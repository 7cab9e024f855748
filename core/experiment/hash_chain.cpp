#include "core/experiment/hash_chain.hpp"

#include <algorithm>

#include "core/config/toml.hpp"
#include "core/experiment/phase_settings.hpp"
#include "core/experiment/run_options.hpp"
#include "core/experiment/run_roles.hpp"

namespace crescent {

namespace {

Table environment_table(const RunConfig& config, const Environment& environment) {
  Table out;
  out.set("program", Value(environment.program));
  out.set("data", Value(environment.data));
  out.set("model", Value(environment.model));
  out.set("threads", Value(static_cast<int64_t>(environment.threads)));
  out.set("device", Value(environment.device));
  out.set("isa", Value(environment.isa));
  out.set("precision", Value(config.precision));
  out.set("seed", Value(config.seed));
  out.set("system", Value(config.system));
  // The files' hash does not say which of their records are left out.
  out.set("max_prompt_tokens", Value(config.data.max_prompt_tokens));
  out.set("prompt_too_long", Value(config.data.prompt_too_long));
  if (config.data.prompt_too_long == "filter") {
    Table shown;  // a record is left out when it is too long as any phase shows it
    for (const PhaseConfig& phase : config.phases)
      if (phase.prompt.source.empty()) shown.set(view_name(phase.view), Value(true));
    out.set("shown", Value(std::move(shown)));
  }
  RunConfig copy = config;  // which checkpoints there are is a part of what a run leaves
  out.set("checkpoint", Value(checkpoint_options(copy.checkpoint).write()));
  return out;
}

// Whether a function of the script decides which records are left out.
bool filters_by_lua(const RunConfig& config) {
  return config.data.prompt_too_long == "filter" &&
         std::any_of(config.phases.begin(), config.phases.end(),
                     [](const PhaseConfig& phase) { return !phase.prompt.source.empty(); });
}

// The wording of a step's settings, with everything a live Lua function may have captured.
struct Effective {
  Table table;
  bool lua = false;

  void add_schedule(Table& section, const ScheduleConfig& schedule, int64_t total) {
    if (!schedule.function.source.empty()) lua = true;
    // Only a constant rate does not know how long the run is.
    if (schedule.shape != "constant" || !schedule.function.source.empty()) section.set("total", Value(total));
  }
  std::string text(const RunConfig& config, const Environment& environment) {
    lua = lua || !config.on_step.empty() || !config.on_phase.empty() || filters_by_lua(config);
    if (lua) {
      Table script;
      script.set("hash", Value(environment.scripts));
      script.set("params", Value(config.params));
      table.set("script", Value(std::move(script)));
    }
    return write_toml(table);
  }
};

bool has_lua(const RoleConfig& role) { return !role.functions.empty(); }

Table without(Table table, const std::string& name) {
  std::erase_if(table.fields, [&](const auto& field) { return field.first == name; });
  return table;
}

// A plugin acts through what its file holds, whatever it is called.
RoleConfig by_content(RoleConfig role, const Environment& environment) {
  for (const auto& [name, hash] : environment.plugins)
    if (name == role.plugin) {
      role.plugin = hash;
      break;
    }
  return role;
}

// How a phase is left, and what it begins anew. A curriculum that declares how long its phase lasts acts only through
// when the next phase begins. What its batches are made of is added for each phase whose batches it has.
Table acting_phase(PhaseConfig phase, const Environment& environment) {
  phase.leave = by_content(phase.leave, environment);
  Table table = *write_phase(phase).get<Table>();
  for (const char* name : {"grpo", "rewards", "sampler"}) table = without(std::move(table), name);
  return phase.planned_steps < 0 ? table : without(std::move(table), "leave");
}

// Weights, limits and contents of the rewards as a phase has them.
Table acting_rewards(const RunConfig& config, const PhaseConfig& phase, const Environment& environment) {
  Table rewards;
  for (RewardConfig reward : config.rewards) {
    reward.weight = weight_in(phase, reward.name, reward.weight);
    Table row = *write_reward(reward).get<Table>();
    for (const auto& [name, hash] : environment.plugins) {
      if (name == reward.role.plugin) row.set("plugin", Value(hash));
      if (name == "command of " + reward.name) row.set("content", Value(hash));
    }
    rewards.list.push_back(Value(std::move(row)));
  }
  return rewards;
}

// What a phase's batches are drawn and judged by, and with `grpo` what is made of them.
Table acting_batches(const RunConfig& config, const PhaseConfig& phase, GrpoConfig grpo,
                     const Environment& environment) {
  Table out, sampler;
  out.set("view", Value(std::string(view_name(phase.view))));
  if (!phase.prompt.source.empty()) out.set("prompt", Value(phase.prompt));
  write_role(by_content(sampler_of(config, phase), environment), sampler);
  out.set("sampler", Value(std::move(sampler)));
  out.set("reward", Value(acting_rewards(config, phase, environment)));
  out.set("grpo", Value(grpo_options(grpo).write()));
  return out;
}

// Validation is by run:grpo, whatever the phases have.
Table acting_validation(RunConfig& config) {
  Table out = validation_options(config.validation).write();
  out.set("max_response_tokens", Value(config.grpo.max_response_tokens));
  out.set("pass_reward", Value(config.grpo.pass_reward));
  out.set("pass_at_least", Value(config.grpo.pass_at_least));
  out.set("max_failed_share", Value(config.grpo.max_failed_share));
  return out;
}

bool draws_by_lua(const RunConfig& config, const PhaseConfig& phase) {
  return !phase.prompt.source.empty() || has_lua(sampler_of(config, phase));
}

}  // namespace

std::string effective_sft_step(const RunConfig& config, const Environment& environment) {
  RunConfig copy = config;
  Effective effective;
  effective.table = environment_table(config, environment);
  Table sft = without(sft_options(copy.sft).write(), "steps");
  effective.add_schedule(sft, config.sft.schedule, config.sft.steps);
  effective.table.set("sft", Value(std::move(sft)));
  effective.table.set("validate", Value(acting_validation(copy)));
  for (RewardConfig& reward : copy.rewards) {
    reward.weight = 0;  // only what passes is looked at in validation
    effective.lua |= has_lua(reward.role);
  }
  effective.table.set("reward", Value(acting_rewards(copy, PhaseConfig(), environment)));
  return effective.text(config, environment);
}

std::string effective_grpo_step(const RunConfig& config, const PhaseConfig& phase, const Environment& environment) {
  RunConfig copy = config;
  Effective effective;
  effective.table = environment_table(config, environment);
  Table batches = acting_batches(config, phase, phase.grpo, environment), schedule;
  const int64_t planned = planned_steps(config), rest = planned < 0 ? planned : planned - config.sft.steps;
  effective.add_schedule(schedule, phase.grpo.schedule, phase.own_schedule ? phase.planned_steps : rest);
  // Its warm-up begins anew with the phase.
  if (phase.own_schedule) schedule.set("own", Value(true));
  effective.table.set("schedule", Value(std::move(schedule)));
  effective.table.set("batches", Value(std::move(batches)));
  effective.table.set("validate", Value(acting_validation(copy)));
  effective.table.set("rollouts", Value(rollout_log_options(copy.rollouts).write()));
  effective.table.set("phase", Value(acting_phase(phase, environment)));
  // Held from the first phase on, whichever measures against it.
  effective.table.set("holds_reference", Value(holds_reference(config)));
  effective.lua |= has_lua(phase.leave) || draws_by_lua(config, phase);
  Table replayed;
  for (const auto& [name, share] : phase.replay) {
    const PhaseConfig& other = phase_named(config, name);
    replayed.set(name, Value(acting_batches(config, other, batch_settings(phase, other), environment)));
    effective.lua |= draws_by_lua(config, other);
  }
  effective.table.set("replayed", Value(std::move(replayed)));
  for (const RewardConfig& reward : config.rewards) effective.lua |= has_lua(reward.role);
  return effective.text(config, environment);
}

std::string effective_phase_end(const RunConfig& config, const PhaseConfig& phase, const Environment& environment) {
  Effective effective;
  Table leave;
  write_role(by_content(phase.leave, environment), leave);
  effective.table.set("phase", Value(phase.name));
  effective.table.set("leave", Value(std::move(leave)));
  effective.lua = has_lua(phase.leave);
  return effective.text(config, environment);
}

Digest HashChain::advance(const Digest& effective) {
  value_ = Hasher().add(value_.high).add(value_.low).add(effective.high).add(effective.low).digest();
  return value_;
}

Digest HashChain::leave(const Digest& end, const std::string& to) {
  advance(end);
  return advance(hash_bytes("to " + to));
}

Digest end_of_cold_start() { return hash_bytes("end of the cold start"); }

}  // namespace crescent
