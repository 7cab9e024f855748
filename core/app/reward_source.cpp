#include "core/app/reward_source.hpp"

#include "core/http/http_reward.hpp"
#include "core/plugin/plugin.hpp"
#include "core/remote/isolated_reward.hpp"
#include "core/remote/program_reward.hpp"
#include "core/remote/python_reward.hpp"
#include "core/script/experiment.hpp"

namespace crescent {

namespace {

PluginUse plugin_of(const RewardConfig& reward) { return {reward.role.plugin, reward.role.options, reward.role.place}; }

ProgramUse program_of(const RewardConfig& reward, const PluginSearch& search) {
  return {reward.name, reward.command, reward.parts, search.experiment_folder, reward.role.place};
}

PythonUse python_of(const RewardConfig& reward) {
  const PythonConfig& python = reward.python;
  return {reward.name,    reward.role.plugin, python.python,       python.completions,
          python.columns, reward.parts,       reward.role.options, reward.role.place};
}

WorkerLimits limits_of(const RewardConfig& reward, const PluginSearch& search) {
  if (search.worker.empty())
    fail(
        "reward \"{}\" runs in a process of its own, but the program crescent-worker, which starts it, is not beside "
        "this one; build it: ninja crescent-worker",
        reward.name);
  const SupervisionConfig& limits = reward.supervision;
  return {search.worker, limits.timeout_ms, limits.start_timeout_ms, limits.memory_mb, limits.workers};
}

// Whether the script has it so, or else whether it is none of the program's own plugins.
bool isolates(const RewardConfig& reward, const PluginSearch& search) {
  if (reward.supervision.isolate) return *reward.supervision.isolate;
  return !is_bundled(find_plugin(reward.role.plugin, search, reward.role.place), search);
}

void check_unused_limits(const RewardConfig& reward, Problems& problems) {
  for (const auto& [name, place] : reward.supervision.given)
    if (name != "isolate")
      problems.add(place,
                   "reward \"{}\": option \"{}\" acts on nothing, because it runs in the program's own process; give "
                   "it isolate = true, or leave it out",
                   reward.name, name);
}

Table resolve_plugin(RewardConfig& reward, const PluginSearch& search, Problems& problems) {
  if (!isolates(reward, search)) {
    check_unused_limits(reward, problems);
    return resolve_options(PluginRole::reward, plugin_of(reward), search, problems);
  }
  reward.supervision.isolate = true;
  return resolve_isolated_options(plugin_of(reward), limits_of(reward, search), search, problems);
}

}  // namespace

bool resolve_reward(RewardConfig& reward, const PluginSearch& search, Problems& problems) {
  const size_t before = problems.size();
  Table options;
  try {
    switch (reward_kind(reward)) {
      case RewardKind::plugin:
        options = resolve_plugin(reward, search, problems);
        break;
      case RewardKind::python:
        options = resolve_python_options(python_of(reward), limits_of(reward, search), search, problems);
        break;
      case RewardKind::program:
        check_program(program_of(reward, search), problems);
        return problems.size() == before;
      default:
        return true;
    }
  } catch (const Error& e) {
    problems.add_error(e.place().file.empty() ? Error(e.message(), reward.role.place, ErrorKind::usage) : e);
  }
  if (problems.size() > before) return false;
  reward.role.options = std::move(options);
  return true;
}

std::shared_ptr<Reward> assemble_reward(const RewardConfig& reward, const PluginSearch& search,
                                        const HostServices& services, std::shared_ptr<ScriptHost> host) {
  switch (reward_kind(reward)) {
    case RewardKind::lua:
      return make_lua_reward(std::move(host), reward);
    case RewardKind::program:
      return make_program_reward(program_of(reward, search), limits_of(reward, search), services);
    case RewardKind::http:
      return make_http_reward(reward.name, reward.http, reward.parts, reward.role.place, services.log);
    case RewardKind::python:
      return make_python_reward(python_of(reward), limits_of(reward, search), search, services);
    default:
      break;
  }
  if (isolates(reward, search))
    return make_isolated_reward(plugin_of(reward), reward.name, limits_of(reward, search), search, services);
  return make_reward(plugin_of(reward), reward.name, search, services);
}

std::optional<std::pair<std::string, std::string>> identify_reward(const RewardConfig& reward,
                                                                   const PluginSearch& search) {
  switch (reward_kind(reward)) {
    case RewardKind::plugin:
      return std::pair(reward.role.plugin, hash_plugin(plugin_of(reward), search));
    case RewardKind::python:
      return std::pair(reward.role.plugin, hash_python(python_of(reward), search));
    case RewardKind::program:
      return std::pair("command of " + reward.name, hash_program(program_of(reward, search)));
    default:
      return std::nullopt;
  }
}

}  // namespace crescent
