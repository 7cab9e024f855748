#include "core/app/environment.hpp"

#include "core/app/assemble.hpp"
#include "core/app/data_source.hpp"
#include "core/app/machine.hpp"
#include "core/app/model_source.hpp"
#include "core/config/toml.hpp"
#include "core/experiment/run_options.hpp"
#include "core/experiment/run_roles.hpp"
#include "core/rundir/manifest.hpp"

namespace crescent {

Environment environment_of(const RunConfig& config, const std::string& scripts, const std::string& model,
                           const std::string& data_folder, const PluginSearch& search, int threads,
                           const std::string& device) {
  Environment environment;
  environment.data = hash_data(config, data_folder);
  environment.model = model;
  environment.scripts = scripts;
  environment.plugins = plugin_hashes(config, search);
  environment.threads = threads;
  environment.device = device;
  environment.isa = inspect_machine().instruction_set;
  return environment;
}

Environments::Environments(const Resources& resources, std::string scripts, int threads, std::string device,
                           OnProgress on_progress)
    : resources_(resources),
      scripts_(std::move(scripts)),
      device_(std::move(device)),
      program_(describe_session(threads, device_).binary_hash),
      isa_(inspect_machine().instruction_set),
      threads_(threads),
      on_progress_(std::move(on_progress)) {}

namespace {

std::string data_key(const RunConfig& config) {
  DataConfig copy = config.data;
  return fmt::format("{}\n{}\n{}\n{}", write_toml(data_options(copy).write()), config.folder, config.seed,
                     config.sft.steps > 0);
}

// Which files judge, draw and lead.
std::string plugin_key(const RunConfig& config) {
  std::string key = config.folder + "\n" + config.sampler.plugin;
  for (const PhaseConfig& phase : config.phases)
    key += "\n" + phase.leave.plugin + "\n" + (phase.sampler ? phase.sampler->plugin : "");
  for (const RewardConfig& reward : config.rewards) key += "\n" + write_reward(reward).show() + reward.role.plugin;
  return key;
}

template <class Value, class Make>
const Value& remembered(std::map<std::string, Value>& known, const std::string& key, Make make) {
  const auto at = known.find(key);
  return at != known.end() ? at->second : known.emplace(key, make()).first->second;
}

}  // namespace

Environment Environments::of(const RunConfig& config, const PluginSearch& search) {
  Environment environment;
  environment.program = program_;
  environment.scripts = scripts_;
  environment.threads = threads_;
  environment.device = device_;
  environment.isa = isa_;
  environment.data = remembered(data_, data_key(config),
                                [&] { return hash_data(config, locate_data(config, resources_, on_progress_)); });
  environment.model = remembered(model_, fmt::format("{}\n{}\n{}", config.model, config.folder, config.seed), [&] {
    Log log;
    return locate_model(config, resources_, log).hash;
  });
  environment.plugins = remembered(plugins_, plugin_key(config), [&] { return plugin_hashes(config, search); });
  return environment;
}

}  // namespace crescent
