#include "core/experiment/hash_chain.hpp"

#include "core/config/toml.hpp"
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
  return out;
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
    lua = lua || !config.on_step.empty();
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

// A curriculum that declares how long its phase lasts acts only through when the next phase begins.
Table acting_phase(PhaseConfig phase, const Environment& environment) {
  phase.leave = by_content(phase.leave, environment);
  Table table = *write_phase(phase).get<Table>();
  return phase.planned_steps < 0 ? table : without(std::move(table), "leave");
}

}  // namespace

std::string effective_sft_step(const RunConfig& config, const Environment& environment) {
  RunConfig copy = config;
  Effective effective;
  effective.table = environment_table(config, environment);
  Table sft = without(sft_options(copy.sft).write(), "steps");
  effective.add_schedule(sft, config.sft.schedule, config.sft.steps);
  effective.table.set("sft", Value(std::move(sft)));
  effective.table.set("validate", Value(validation_options(copy.validation).write()));
  return effective.text(config, environment);
}

std::string effective_grpo_step(const RunConfig& config, const PhaseConfig& phase, const Environment& environment) {
  RunConfig copy = config;
  Effective effective;
  effective.table = environment_table(config, environment);
  Table grpo = grpo_options(copy.grpo).write();
  const int64_t planned = planned_steps(config);
  effective.add_schedule(grpo, config.grpo.schedule, planned < 0 ? planned : planned - config.sft.steps);
  effective.table.set("grpo", Value(std::move(grpo)));
  effective.table.set("validate", Value(validation_options(copy.validation).write()));
  effective.table.set("rollouts", Value(rollout_log_options(copy.rollouts).write()));

  Table rewards, sampler;
  write_role(by_content(config.sampler, environment), sampler);
  effective.table.set("sampler", Value(std::move(sampler)));

  effective.table.set("phase", Value(acting_phase(phase, environment)));
  Table replayed_views;
  for (const auto& [name, share] : phase.replay)
    for (const PhaseConfig& other : config.phases)
      if (other.name == name) replayed_views.set(name, Value(std::string(view_name(other.view))));
  effective.table.set("replayed_views", Value(std::move(replayed_views)));

  for (const RewardConfig& reward : config.rewards) {
    effective.lua |= has_lua(reward.role);
    Table row = *write_reward(reward).get<Table>();
    for (const auto& [name, hash] : environment.plugins) {
      if (name == reward.role.plugin) row.set("plugin", Value(hash));
      if (name == "command of " + reward.name) row.set("content", Value(hash));
    }
    rewards.list.push_back(Value(std::move(row)));
  }
  effective.table.set("reward", Value(std::move(rewards)));
  effective.lua |= has_lua(config.sampler) || has_lua(phase.leave);
  return effective.text(config, environment);
}

Digest HashChain::advance(const std::string& effective) {
  value_ = Hasher().add(value_.high).add(value_.low).add(effective).digest();
  return value_;
}

}  // namespace crescent
