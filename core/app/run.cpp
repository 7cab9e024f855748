#include "core/app/run.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>

#include "core/app/assemble.hpp"
#include "core/app/data_source.hpp"
#include "core/app/loading.hpp"
#include "core/app/machine.hpp"
#include "core/app/model_source.hpp"
#include "core/app/plan.hpp"
#include "core/app/report.hpp"
#include "core/app/resources.hpp"
#include "core/app/result_table.hpp"
#include "core/app/run_profile.hpp"
#include "core/app/signals.hpp"
#include "core/checkpoint/checkpoint.hpp"
#include "core/experiment/run_check.hpp"
#include "core/tensor/device.hpp"
#include "core/tensor/precision.hpp"
#include "core/train/training_run.hpp"

namespace crescent {

namespace {

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

SessionInfo session_of(const Environment& environment, const RunConfig& config, const std::string& device) {
  SessionInfo session = describe_session(environment.threads, device);
  session.hardware.emplace_back("instruction_set", environment.isa);
  session.hardware.emplace_back("products", config.precision == "bf16" ? "bf16 by AMX" : config.precision);
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

std::string threads_text(int threads) { return fmt::format("{} thread{}", threads, threads == 1 ? "" : "s"); }

// The run is done and saved: a report that fails does not undo that.
void report_on(const std::string& run, const Resources& resources, Log& log, const OnProgress& on_progress) {
  try {
    log.info("report: {}", write_report({.runs = {run}}, resources, on_progress));
  } catch (const std::exception& error) {
    log.warning("no report was written: {}; `crescent report {}` tries again", error.what(), run);
  }
}

// From an opened run directory on.
TrainingRun::Outcome train(const RunRequest& request, const Resources& resources, const PluginSearch& search,
                           const LoadedExperiment& loaded, RunDirectory& directory, Console& console) {
  const RunConfig& config = loaded.config;
  const OnProgress& on_progress = console.on_progress();
  const int threads = request.threads > 0 ? request.threads : inspect_machine().cores;
  const at::Device device = parse_device(request.device);
  set_compute_threads(threads);
  const std::optional<std::string> checkpoint = take_up_newest(directory.checkpoints(), directory.log());
  const ModelSource source = locate_model(config, resources, directory.log());
  VisionLanguageModel model = [&] {
    const Task loading(on_progress, "loading the model");
    return checkpoint ? VisionLanguageModel::load(model_folder(*checkpoint)) : initial_weights(config, source);
  }();
  check_positions(config, model.config().decoder.max_positions);
  model.to(device);
  model.set_precision(parse_precision(config.precision, device, config.precision_place));
  const Processor processor(source.folder, model.config());
  const std::string data_folder = locate_data(config, resources, on_progress);
  const LoadedData loaded_data =
      load_data(config, data_folder, processor, directory.log(), on_progress, prompt_functions(config, loaded.host));
  const Datasets& data = loaded_data.data;
  if (device.is_cpu()) warn_if_too_large(config, model.config(), loaded_data.sizes, threads, directory.log());

  MetricCollector plugin_metrics;
  HostServices services;
  services.seed = static_cast<uint64_t>(config.seed);
  services.log = &directory.log();
  services.metrics = &plugin_metrics;
  services.dataset = access_to(data.train);
  services.validation = validation_plan(config);
  Roles roles = assemble_roles(config, search, services, loaded.host);

  Environment environment = environment_of(config, loaded, source, data_folder, search, threads);
  environment.device = request.device;
  const SessionInfo session = session_of(environment, config, request.device);
  environment.program = session.binary_hash;

  const Offsets offsets = checkpoint ? read_trainer_state(*checkpoint).offsets : Offsets{.step = -1};
  TrainingRun run({config, model, processor, data, roles, environment, directory, console, on_progress,
                   stop_on_signals(), [&](const std::string& folder) { copy_processor_files(source.folder, folder); }});
  if (checkpoint) run.restore(*checkpoint);
  // Last: a start that fails leaves the directory as it was.
  directory.begin(session, offsets, reward_names(roles), config.rollouts, config.tensorboard);
  directory.log().info("{}: {}, {} on {}",
                       checkpoint ? fmt::format("resumes after step {}", offsets.step) : std::string("begins"),
                       session.program, threads_text(threads), request.device);
  console.begin(directory.path(), planned_steps(config), std::max<int64_t>(0, offsets.step));
  return run.run();
}

int run(const RunRequest& request, Console& console) {
  const at::Device device = parse_device(request.device);  // a mistake in it is told before anything is loaded
  if (request.profile && !device.is_cpu())
    fail_usage({}, "--profile times the CPU alone, not {}: leave it out, or look at a GPU with NVIDIA's nsys",
               request.device);
  const Resources resources = find_resources();
  PluginSearch search;
  const LoadedExperiment loaded = load_checked(request.experiment, request.set, resources, search);
  parse_precision(loaded.config.precision, device, loaded.config.precision_place);  // before a folder is made
  const std::string out = run_folder(request, loaded.config);
  const auto directory = RunDirectory::create_or_open(
      out, contents_of(loaded), request.accept_script_change ? ScriptChange::accept : ScriptChange::refuse);
  if (directory->finished()) {
    if (request.profile)
      fail_usage({}, "--profile: {} is finished and nothing is left to time: take another folder with --out", out);
    console.finished_before(loaded.config, out);
    return 0;
  }
  console.attach(directory->log(), request.verbose ? LogLevel::debug : LogLevel::warning);
  std::optional<RunProfile> profile;
  if (request.profile) profile.emplace();
  try {
    if (train(request, resources, search, loaded, *directory, console) == TrainingRun::Outcome::interrupted) {
      directory->log().info("interrupted and saved");
      if (profile) console.profile(profile->finish(out));
      console.interrupted(out);
      return 130;
    }
  } catch (const std::exception& error) {
    directory->log().record(LogLevel::error, error.what());
    throw;
  }
  directory->log().info("finished");
  report_on(out, resources, directory->log(), console.on_progress());
  console.finished(loaded.config, out);
  if (profile) console.profile(profile->finish(out));
  return 0;
}

}  // namespace

int run_experiment(const RunRequest& request) {
  Console console(request.output, stdout_is_terminal());
  try {
    return run(request, console);
  } catch (const std::exception& error) {
    console.failed(error.what(), exit_code_of(error));
    throw;
  }
}

}  // namespace crescent
