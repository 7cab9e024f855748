#include "core/app/assemble.hpp"

#include <functional>
#include <map>
#include <set>

#include "core/app/reward_source.hpp"
#include "core/base/hash.hpp"
#include "core/base/random.hpp"
#include "core/experiment/run_check.hpp"

namespace crescent {

namespace {

PluginUse use_of(const RoleConfig& role) { return {role.plugin, role.options, role.place}; }

// The sampler and the phases' ends, where a plugin fills them.
void for_each_plugin(RunConfig& config, const std::function<void(PluginRole, RoleConfig&)>& visit) {
  if (!config.sampler.plugin.empty()) visit(PluginRole::sampler, config.sampler);
  for (PhaseConfig& phase : config.phases) {
    if (phase.sampler && !phase.sampler->plugin.empty()) visit(PluginRole::sampler, *phase.sampler);
    if (!phase.leave.plugin.empty()) visit(PluginRole::curriculum, phase.leave);
  }
}

// Asks the phase's plugin how long it lasts; false when it failed to say.
bool plan_phase(PhaseConfig& phase, HostServices services, const PluginSearch& search, Problems& problems) {
  services.phase = phase.name;
  try {
    phase.most_steps = planned_phase_steps(use_of(phase.leave), search, services);
    phase.planned_steps = phase.budget.given() ? -1 : phase.most_steps;
    return true;
  } catch (const Error& e) {
    problems.add_error(Error(e.message(), e.place(), ErrorKind::usage));  // nothing has run: its options are at fault
    return false;
  }
}

}  // namespace

void resolve_plugin_options(RunConfig& config, const PluginSearch& search, Problems& problems) {
  std::set<const RoleConfig*> wrong;
  for_each_plugin(config, [&](PluginRole kind, RoleConfig& role) {
    const size_t before = problems.size();
    Table resolved = resolve_options(kind, use_of(role), search, problems);
    if (problems.size() == before)
      role.options = std::move(resolved);
    else
      wrong.insert(&role);
  });
  for (RewardConfig& reward : config.rewards) resolve_reward(reward, search, problems);
  HostServices services;
  services.seed = static_cast<uint64_t>(config.seed);
  services.validation = validation_plan(config);
  for (const PhaseConfig& phase : config.phases) services.phases.push_back(phase.name);
  bool all_planned = true;
  for (PhaseConfig& phase : config.phases)
    if (!phase.leave.plugin.empty())
      all_planned = wrong.count(&phase.leave) == 0 && plan_phase(phase, services, search, problems) && all_planned;
  if (all_planned) check_schedule(config, problems);  // else it would blame a mistake that is reported already
}

std::optional<ValidationPlan> validation_plan(const RunConfig& config) {
  if (!config.validation.good) return std::nullopt;
  return ValidationPlan{validation_metrics(config.validation), config.validation.every};
}

LoadedExperiment load_checked(const std::string& path, const Overrides& set, const Resources& resources,
                              PluginSearch& search) {
  LoadOptions options;
  options.scripts_folder = resources.scripts_folder();
  options.check = [&](RunConfig& config, Problems& problems) {
    search = resources.plugin_search(config.folder);
    resolve_plugin_options(config, search, problems);
  };
  return load_experiment(path, set, options);
}

std::shared_ptr<PromptSampler> assemble_sampler(const RoleConfig& sampler, const PluginSearch& search,
                                                const HostServices& services, std::shared_ptr<ScriptHost> host) {
  if (sampler.plugin.empty()) return make_lua_sampler(std::move(host), sampler);
  return make_sampler(use_of(sampler), search, services);
}

std::map<std::string, PromptFunction> prompt_functions(const RunConfig& config, std::shared_ptr<ScriptHost> host) {
  std::map<std::string, PromptFunction> prompts;
  for (const PhaseConfig& phase : config.phases)
    if (phase.prompt) prompts[phase.name] = make_lua_prompt(host, phase.name, phase.prompt);
  return prompts;
}

namespace {

PhaseRoles phase_roles(const PhaseConfig& phase, const PluginSearch& search, HostServices services,
                       std::shared_ptr<ScriptHost> host) {
  services.phase = phase.name;
  PhaseRoles roles;
  if (!phase.leave.functions.empty())
    roles.policy = make_lua_policy(host, phase);
  else if (!phase.leave.plugin.empty())
    roles.policy = make_policy(use_of(phase.leave), search, services);
  // Random numbers of its own, not those of the run's sampler.
  services.seed = RandomKey(services.seed, "sampler of a phase", {hash_bytes(phase.name).low}).bits(0);
  if (phase.sampler) roles.sampler = assemble_sampler(*phase.sampler, search, services, host);
  if (phase.own_schedule && phase.grpo.schedule.function)
    roles.schedule = make_lua_schedule(host, phase.grpo.schedule.function);
  if (phase.prompt) roles.prompt = make_lua_prompt(host, phase.name, phase.prompt);
  return roles;
}

}  // namespace

Roles assemble_roles(const RunConfig& config, const PluginSearch& search, const HostServices& services,
                     std::shared_ptr<ScriptHost> host) {
  Roles roles;
  for (const RewardConfig& reward : config.rewards)
    roles.rewards.push_back(
        {reward.name, reward.weight, assemble_reward(reward, search, services, host), reward.normalise});
  roles.sampler = assemble_sampler(config.sampler, search, services, host);
  for (const PhaseConfig& phase : config.phases) roles.phases.push_back(phase_roles(phase, search, services, host));
  if (config.sft.schedule.function) roles.sft_schedule = make_lua_schedule(host, config.sft.schedule.function);
  if (config.grpo.schedule.function) roles.grpo_schedule = make_lua_schedule(host, config.grpo.schedule.function);
  roles.script = host.get();
  if (!config.on_step.empty())
    roles.on_step = [host, functions = config.on_step](const StepReport& report) { host->on_step(functions, report); };
  if (!config.on_phase.empty())
    roles.on_phase = [host, functions = config.on_phase](const PhaseEvent& event) {
      host->on_phase(functions, event.from, event.to, event.step, event.reason);
    };
  if (services.metrics != nullptr) {
    roles.plugin_metrics = [metrics = services.metrics] { return metrics->take(); };
    roles.take_recorded = [metrics = services.metrics] { return metrics->take_all(); };
    roles.record_again = [metrics = services.metrics](const std::map<std::string, std::vector<double>>& recorded) {
      for (const auto& [name, values] : recorded)
        for (const double value : values) metrics->record(name, value);
    };
    roles.record_plugin_metrics = [metrics = services.metrics](bool on) { metrics->set_recording(on); };
  }
  return roles;
}

std::vector<std::pair<std::string, std::string>> plugin_hashes(const RunConfig& config, const PluginSearch& search) {
  std::map<std::string, std::string> hashes;
  RunConfig copy = config;  // the visitor may change roles; here it does not
  for_each_plugin(copy, [&](PluginRole, RoleConfig& role) { hashes[role.plugin] = hash_plugin(use_of(role), search); });
  for (const RewardConfig& reward : config.rewards)
    if (auto identity = identify_reward(reward, search)) hashes.insert(std::move(*identity));
  return {hashes.begin(), hashes.end()};
}

}  // namespace crescent
