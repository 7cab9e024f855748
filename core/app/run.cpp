#include "core/app/run.hpp"

#include <fmt/format.h>

#include <memory>

#include "core/app/assemble.hpp"
#include "core/app/loading.hpp"
#include "core/app/machine.hpp"
#include "core/app/report.hpp"
#include "core/app/resources.hpp"
#include "core/app/result_table.hpp"
#include "core/app/run_profile.hpp"
#include "core/app/signals.hpp"
#include "core/app/train.hpp"
#include "core/tensor/device.hpp"
#include "core/tensor/precision.hpp"
#include "core/train/training_run.hpp"

namespace crescent {

namespace {

// The run is done and saved: a report that fails does not undo that.
void report_on(const std::string& run, const Resources& resources, Log& log, const OnProgress& on_progress) {
  try {
    log.info("report: {}", write_report({.runs = {run}}, resources, on_progress));
  } catch (const std::exception& error) {
    log.warning("no report was written: {}; `crescent report {}` tries again", error.what(), run);
  }
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
    const int threads = request.threads > 0 ? request.threads : inspect_machine().cores;
    const auto on_begin = [&](int64_t planned, int64_t first) { console.begin(directory->path(), planned, first); };
    const TrainEnd end = train_run({resources, search, loaded, *directory, request.device, threads, console,
                                    console.on_progress(), on_begin, stop_on_signals()});
    if (end.outcome == TrainingRun::Outcome::interrupted) {
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
