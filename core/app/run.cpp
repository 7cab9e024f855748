#include "core/app/run.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>

#include "core/app/assemble.hpp"
#include "core/app/data_source.hpp"
#include "core/app/machine.hpp"
#include "core/app/model_source.hpp"
#include "core/app/plan.hpp"
#include "core/app/resources.hpp"
#include "core/app/result_table.hpp"
#include "core/app/signals.hpp"
#include "core/app/terminal.hpp"
#include "core/checkpoint/checkpoint.hpp"
#include "core/config/toml.hpp"
#include "core/experiment/run_options.hpp"
#include "core/tensor/device.hpp"
#include "core/train/training_run.hpp"

namespace crescent {

namespace {

RunContents contents_of(const LoadedExperiment& loaded) {
  RunContents contents;
  contents.config_toml = write_toml(write_run(loaded.config));
  for (const ScriptFile& file : loaded.files) contents.experiment.emplace_back(file.path, file.content);
  return contents;
}

// What acts in every step besides the configuration; `program` is filled from the session's.
Environment environment_of(const RunConfig& config, const LoadedExperiment& loaded, const ModelSource& source,
                           const std::string& data_folder, const PluginSearch& search, int threads) {
  Environment environment;
  environment.data = hash_data(config, data_folder);
  environment.model = source.hash;
  environment.scripts = loaded.host->digest().hex();
  environment.plugins = plugin_hashes(config, search);
  environment.threads = threads;
  environment.isa = inspect_machine().instruction_set;
  return environment;
}

SessionInfo session_of(const Environment& environment, const std::string& device) {
  SessionInfo session = describe_session(environment.threads, device);
  for (const Component& component : components()) session.versions.emplace_back(component.name, component.version);
  session.hashes = {{"data", environment.data}, {"model", environment.model}, {"scripts", environment.scripts}};
  for (const auto& [plugin, hash] : environment.plugins) session.hashes.emplace_back("plugin " + plugin, hash);
  return session;
}

std::vector<RewardNames> reward_names(const Roles& roles) {
  std::vector<RewardNames> names;
  for (const WeightedReward& r : roles.rewards) names.push_back({r.name, r.reward->part_names()});
  return names;
}

}  // namespace

int run_experiment(const RunRequest& request) {
  const int threads = request.threads > 0 ? request.threads : inspect_machine().cores;
  const at::Device device = parse_device(request.device);
  const Resources resources = find_resources();
  PluginSearch search;
  const LoadedExperiment loaded = load_checked(request.experiment, request.set, resources, search);
  const RunConfig& config = loaded.config;

  const std::string out = request.out.empty() ? "runs/" + config.name : request.out;
  const auto directory = RunDirectory::create_or_open(out, contents_of(loaded));
  if (directory->finished()) {
    fmt::print("{} is finished\n\n{}", out, result_table(config, out));
    return 0;
  }

  set_compute_threads(threads);
  const std::optional<std::string> checkpoint = take_up_newest(directory->checkpoints(), directory->log());
  const ModelSource source = locate_model(config, resources, directory->log());
  VisionLanguageModel model =
      checkpoint ? VisionLanguageModel::load(model_folder(*checkpoint)) : initial_weights(config, source);
  model.to(device);
  const Processor processor(source.folder, model.config());
  const std::string data_folder = locate_data(config, resources);
  const LoadedData loaded_data = load_data(config, data_folder, processor, directory->log());
  const Datasets& data = loaded_data.data;

  if (device.is_cpu()) warn_if_too_large(config, model.config(), loaded_data.sizes, threads, directory->log());

  MetricCollector plugin_metrics;
  HostServices services;
  services.seed = static_cast<uint64_t>(config.seed);
  services.log = &directory->log();
  services.metrics = &plugin_metrics;
  services.dataset = access_to(data.train);
  Roles roles = assemble_roles(config, search, services, loaded.host);

  Environment environment = environment_of(config, loaded, source, data_folder, search, threads);
  environment.device = request.device;
  const SessionInfo session = session_of(environment, request.device);
  environment.program = session.binary_hash;

  const Offsets offsets = checkpoint ? read_trainer_state(*checkpoint).offsets : Offsets{.step = -1};
  directory->begin(session, offsets, reward_names(roles), config.rollouts, config.tensorboard);

  Terminal terminal(planned_steps(config), std::max<int64_t>(0, offsets.step), stdout_is_terminal());
  TrainingRun run({config, model, processor, data, roles, environment, *directory, terminal, stop_on_signals(),
                   [&](const std::string& folder) { copy_processor_files(source.folder, folder); }});
  if (checkpoint) run.restore(*checkpoint);
  if (run.run() == TrainingRun::Outcome::interrupted) {
    fmt::print("\ninterrupted and saved; the same command goes on from here: {}\n", out);
    return 130;
  }
  fmt::print("\n{}\nrun directory: {}\n", result_table(config, out), out);
  return 0;
}

}  // namespace crescent
