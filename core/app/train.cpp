#include "core/app/train.hpp"

#include "core/app/assemble.hpp"
#include "core/app/data_source.hpp"
#include "core/app/environment.hpp"
#include "core/app/machine.hpp"
#include "core/app/model_source.hpp"
#include "core/app/plan.hpp"
#include "core/checkpoint/checkpoint.hpp"
#include "core/experiment/run_check.hpp"
#include "core/tensor/device.hpp"
#include "core/tensor/precision.hpp"

namespace crescent {

namespace {

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

// Where the run goes on: its newest checkpoint, or the one that another run left for it while it has none as new.
struct TakenUp {
  std::string path;  // "": it begins
  bool of_another = false;
  Offsets offsets{.step = -1};
};

TakenUp take_up(RunDirectory& directory) {
  TakenUp taken;
  int64_t step = -1;
  if (const auto own = take_up_newest(directory.checkpoints(), directory.log())) {
    const TrainerState state = read_trainer_state(*own);
    taken = {*own, false, state.offsets};
    step = state.step;
  }
  if (const auto start = newest_whole(directory.path() + kStartFolder, directory.log())) {
    const TrainerState state = read_trainer_state(*start);
    // Of the same step: this run's own is newer where it is from behind the step's end.
    if (state.step > step || (state.step == step && taken.offsets.metrics <= state.offsets.metrics))
      taken = {*start, true, state.offsets};
  }
  return taken;
}

}  // namespace

TrainEnd train_run(const TrainInputs& in) {
  const RunConfig& config = in.loaded.config;
  RunDirectory& directory = in.directory;
  const at::Device device = parse_device(in.device);
  set_compute_threads(in.threads);
  const TakenUp taken = take_up(directory);
  const ModelSource source = locate_model(config, in.resources, directory.log());
  VisionLanguageModel model = [&] {
    const Task loading(in.on_progress, "loading the model");
    return taken.path.empty() ? initial_weights(config, source) : VisionLanguageModel::load(model_folder(taken.path));
  }();
  check_positions(config, model.config().decoder.max_positions);
  model.to(device);
  model.set_precision(parse_precision(config.precision, device, config.precision_place));
  const Processor processor(source.folder, model.config());
  const std::string data_folder = locate_data(config, in.resources, in.on_progress);
  const LoadedData loaded_data = load_data(config, data_folder, processor, directory.log(), in.on_progress,
                                           prompt_functions(config, in.loaded.host));
  const Datasets& data = loaded_data.data;
  if (device.is_cpu()) warn_if_too_large(config, model.config(), loaded_data.sizes, in.threads, directory.log());

  MetricCollector plugin_metrics;
  HostServices services;
  services.seed = static_cast<uint64_t>(config.seed);
  services.log = &directory.log();
  services.metrics = &plugin_metrics;
  services.dataset = access_to(data.train);
  services.validation = validation_plan(config);
  Roles roles = assemble_roles(config, in.search, services, in.loaded.host);

  Environment environment = environment_of(config, in.loaded.host->digest().hex(), source.hash, data_folder, in.search,
                                           in.threads, in.device);
  const SessionInfo session = session_of(environment, config, in.device);
  environment.program = session.binary_hash;

  TrainingRun run({config, model, processor, data, roles, environment, directory, in.sink, in.on_progress, in.stop,
                   [&](const std::string& folder) { copy_processor_files(source.folder, folder); }, in.until});
  if (!taken.path.empty()) run.restore(taken.path, taken.of_another);
  // Last: a start that fails leaves the directory as it was.
  directory.begin(session, taken.offsets, reward_names(roles), config.rollouts, config.tensorboard);
  directory.log().info("{}: {}, {} on {}",
                       taken.path.empty() ? "begins" : fmt::format("resumes after step {}", taken.offsets.step),
                       session.program, threads_text(in.threads), in.device);
  in.on_begin(planned_steps(config), std::max<int64_t>(0, taken.offsets.step));
  const TrainingRun::Outcome outcome = run.run();
  return {outcome, run.leaving()};
}

}  // namespace crescent
