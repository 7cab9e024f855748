#include "core/app/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "core/app/assemble.hpp"
#include "core/app/data_source.hpp"
#include "core/app/machine.hpp"
#include "core/app/model_source.hpp"
#include "core/app/plan_report.hpp"
#include "core/app/program_memory.hpp"
#include "core/app/resources.hpp"
#include "core/app/terminal.hpp"
#include "core/data/view.hpp"
#include "core/experiment/run_check.hpp"
#include "core/plan/activations.hpp"
#include "core/rundir/host.hpp"
#include "core/tensor/device.hpp"
#include "core/tensor/precision.hpp"

namespace crescent {

namespace {

constexpr double kSamplerPatience_s = 5;

std::map<View, std::vector<uint64_t>> eligible_records(const RunConfig& config, const Dataset& train) {
  std::map<View, std::vector<uint64_t>> records;
  for (const PhaseConfig& phase : config.phases) records.try_emplace(phase.view, eligible(train, phase.view));
  return records;
}

RunWork work_of(const LoadedExperiment& loaded, const PluginSearch& search, const LoadedData& data) {
  const RunConfig& config = loaded.config;
  HostServices services;
  services.seed = static_cast<uint64_t>(config.seed);
  services.dataset = access_to(data.data.train);
  std::vector<std::shared_ptr<PromptSampler>>
      samplers;  // one written in Lua never probes: its functions are left alone
  const auto made = [&](const RoleConfig& role) {
    if (role.plugin.empty()) return static_cast<PromptSampler*>(nullptr);
    return samplers.emplace_back(assemble_sampler(role, search, services, loaded.host)).get();
  };
  PhaseSamplers by_phase;
  PromptSampler* shared = made(config.sampler);
  for (const PhaseConfig& phase : config.phases) by_phase[phase.name] = phase.sampler ? made(*phase.sampler) : shared;
  return plan_work(config, data.sizes, eligible_records(config, data.data.train), by_phase, kSamplerPatience_s);
}

}  // namespace

void warn_if_too_large(const RunConfig& config, const ModelConfig& model, const DataSizes& sizes, int threads,
                       Log& log) {
  const int64_t resident = resident_bytes();
  const int64_t available = static_cast<int64_t>(inspect_machine().memory_available_bytes) + resident;
  const MemoryPlan plan =
      plan_memory({config, model, sizes, {}, threads, std::max<int64_t>(0, resident - parameter_bytes(model)), 0, {}});
  if (plan.needed_bytes() <= available) return;
  log.warning(
      "the largest step ({}) is planned at {} of memory, and {} is available; `crescent plan` says what to change",
      plan.peak().name, bytes_text(plan.peak().total()), bytes_text(available));
}

PlanReport make_plan(const PlanRequest& request, const LoadedExperiment& loaded, const PluginSearch& search,
                     const Resources& resources, const OnProgress& on_progress) {
  const int threads = request.threads > 0 ? request.threads : inspect_machine().cores;
  const RunConfig& config = loaded.config;
  const Precision precision = parse_precision(config.precision, at::kCPU, config.precision_place);
  set_compute_threads(threads);
  const int64_t program_bytes = measure_program_bytes();

  Log log;
  const ModelSource source = locate_model(config, resources, log);
  const ModelConfig model = source.preset ? tiny_vl_config() : read_model_config(source.folder);
  check_positions(config, model.decoder.max_positions);
  const Processor processor(source.folder, model);
  const LoadedData data = load_data(config, locate_data(config, resources, on_progress), processor, log, on_progress,
                                    prompt_functions(config, loaded.host));
  const int64_t data_bytes = std::max<int64_t>(0, resident_bytes() - program_bytes);

  PlanReport report{config};
  report.parameters = parameter_bytes(model) / static_cast<int64_t>(sizeof(float));
  report.threads = threads;
  report.work = work_of(loaded, search, data);
  const MemoryInput input{config, model, data.sizes, {}, threads, program_bytes, data_bytes, report.work.largest_probe};
  report.memory = plan_memory(input);
  report.available_bytes = request.memory_bytes > 0
                               ? request.memory_bytes
                               : static_cast<int64_t>(inspect_machine().memory_available_bytes) + resident_bytes();
  report.memory_given = request.memory_bytes > 0;

  if (!report.fits()) {
    report.remedies = find_remedies(input, report.available_bytes);
    report.no_rehearsal = "the run does not fit into memory";
  } else if (request.rehearsal_s <= 0) {
    report.no_rehearsal = "asked not to rehearse";
  } else {
    VisionLanguageModel weights = initial_weights(config, source);
    weights.set_precision(precision);
    report.rehearsal = rehearse(config, weights, processor, data.data, data.sizes, request.rehearsal_s, on_progress);
  }
  return report;
}

int plan_experiment(const PlanRequest& request) {
  const Resources resources = find_resources();
  PluginSearch search;
  const LoadedExperiment loaded = load_checked(request.experiment, request.set, resources, search);
  Terminal terminal(stdout_is_terminal() && !request.json);
  const PlanReport report =
      make_plan(request, loaded, search, resources, [&](const TaskProgress& state) { terminal.progress(state); });
  terminal.end_line();
  fmt::print("{}", request.json ? plan_json(report).dump(2) + "\n" : plan_text(report));
  return report.fits() ? 0 : 1;
}

}  // namespace crescent
