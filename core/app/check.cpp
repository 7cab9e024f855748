#include "core/app/check.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "core/app/assemble.hpp"
#include "core/app/data_source.hpp"
#include "core/app/json_events.hpp"
#include "core/app/loading.hpp"
#include "core/app/model_source.hpp"
#include "core/app/resources.hpp"
#include "core/experiment/phase_settings.hpp"
#include "core/experiment/run_check.hpp"
#include "core/processor/processor.hpp"
#include "core/tensor/device.hpp"
#include "core/tensor/precision.hpp"

namespace crescent {

namespace fs = std::filesystem;

namespace {

// Its configuration and tokenizer, not its weights.
void check_model(const RunConfig& config, const Resources& resources) {
  Log log;
  const std::string folder = find_model(config, resources, log);
  const ModelConfig model = config.model == "tiny-vl" ? tiny_vl_config() : read_model_config(folder);
  check_positions(config, model.decoder.max_positions);
  const Processor agrees(folder, model);
}

// The files are there; "shapes" is made when a run begins.
void check_data(const RunConfig& config) {
  if (config.data.source == "shapes") return;
  const std::string folder = data_folder(config);
  std::vector<std::string> files = {config.data.train, config.data.val};
  if (config.sft.steps > 0) files.push_back(config.data.sft);
  Problems problems;
  for (const std::string& file : files)
    if (const fs::path path = fs::path(folder) / file; !fs::is_regular_file(path))
      problems.add(config.data.place, "data: there is no {}", path.string());
  problems.throw_if_any();
}

// A schedule is a function of the step alone, so asking it tells no more than training would hear.
void check_schedules(const LoadedExperiment& loaded) {
  const RunConfig& config = loaded.config;
  const auto ask = [&](const ScheduleConfig& schedule, int64_t total) {
    if (!schedule.function) return;
    const auto factor = make_lua_schedule(loaded.host, schedule.function);
    factor(1, total);
    if (total > 1) factor(total, total);
  };
  const int64_t planned = planned_steps(config);
  try {
    if (config.sft.steps > 0) ask(config.sft.schedule, config.sft.steps);
    ask(config.grpo.schedule, planned < 0 ? planned : planned - config.sft.steps);
    for (const PhaseConfig& phase : config.phases)
      if (phase.own_schedule) ask(phase.grpo.schedule, phase.planned_steps);
  } catch (const Error& error) {
    throw Error(error.message(), error.place(), ErrorKind::usage);  // nothing has run: the script is at fault
  }
}

std::string role_name(const RoleConfig& role) {
  return role.plugin.empty() ? "Lua, " + role.functions.front().second.source : role.plugin;
}

std::string steps_text(int64_t steps) { return fmt::format("{} step{}", steps, steps == 1 ? "" : "s"); }

std::string phase_end(const PhaseConfig& phase) {
  std::vector<std::string> ends;
  if (phase.planned_steps >= 0) ends.push_back(steps_text(phase.planned_steps));
  if (phase.planned_steps < 0 && (!phase.leave.plugin.empty() || !phase.leave.functions.empty()))
    ends.push_back(fmt::format("until {} ends it", role_name(phase.leave)));
  if (phase.budget.tokens > 0) ends.push_back(fmt::format("at most {} tokens", phase.budget.tokens));
  if (phase.budget.minutes > 0) ends.push_back(fmt::format("at most {:g} minutes", phase.budget.minutes));
  return fmt::format("{}", fmt::join(ends, ", "));
}

std::string phase_text(const PhaseConfig& phase) {
  std::string text = fmt::format("{}: {} view, {}", phase.name, view_name(phase.view), phase_end(phase));
  for (const auto& [name, share] : phase.replay) text += fmt::format(", {:g} % replay {}", 100 * share, name);
  if (phase.sampler) text += ", sampler " + role_name(*phase.sampler);
  for (const auto& [name, weight] : phase.rewards) text += fmt::format(", {} x {:g}", name, weight);
  for (const auto& [name, value] : phase.grpo_given.fields) text += fmt::format(", {} = {}", name, value.show());
  if (phase.prompt) text += ", prompts by Lua, " + phase.prompt.source;
  if (phase.reset_reference) text += ", a new reference";
  if (phase.reset_moments) text += ", fresh moments";
  return text;
}

std::string reward_source(const RewardConfig& reward) {
  switch (reward_kind(reward)) {
    case RewardKind::program:
      return "program " + reward.command.front();
    case RewardKind::http:
      return reward.http.url;
    default:
      return role_name(reward.role);
  }
}

std::string reward_text(const RunConfig& config, const RewardConfig& reward) {
  const bool decides = config.rewards.size() == 1 || config.grpo.pass_reward == reward.name;
  const std::string source = reward_source(reward);
  return fmt::format("{}{} x {:g}{}", reward.name, source == reward.name ? "" : " (" + source + ")", reward.weight,
                     decides ? fmt::format(", passed from {:g} on", config.grpo.pass_at_least) : "");
}

const char* found_text(FoundRun found) {
  switch (found) {
    case FoundRun::none:
      return "new";
    case FoundRun::unfinished:
      return "begun: it would be resumed";
    case FoundRun::finished:
      return "finished: its table would be printed";
  }
  return "";
}

// Of a run of so many steps; nothing where phases replay batches of another size, which a walk would have to count.
std::optional<int64_t> grpo_responses(const RunConfig& config) {
  const auto batch = [](const PhaseConfig& phase) { return phase.grpo.prompts * phase.grpo.group; };
  int64_t responses = 0;
  for (const PhaseConfig& phase : config.phases) {
    if (phase.planned_steps < 0) return std::nullopt;
    for (const auto& [name, share] : phase.replay)
      if (batch(phase_named(config, name)) != batch(phase)) return std::nullopt;
    responses += phase.planned_steps * batch(phase);
  }
  return responses;
}

std::string summary(const RunConfig& config, const std::string& run, FoundRun found) {
  std::string text;
  const auto line = [&](const char* name, const std::string& what) { text += fmt::format("  {:<11}{}\n", name, what); };
  line("run", fmt::format("{} ({}), seed {}", run, found_text(found), config.seed));
  line("model", config.model);
  line("data", config.data.source == "shapes" ? fmt::format("shapes: {} records to train on ({}), {} held out",
                                                            config.data.count, config.data.pool, config.data.val_count)
                                              : data_folder(config));
  if (config.sft.steps > 0)
    line("cold start", fmt::format("{} of {} sequences", steps_text(config.sft.steps), config.sft.batch));
  line("step", fmt::format("{} prompts x {} responses of at most {} tokens", config.grpo.prompts, config.grpo.group,
                           config.grpo.max_response_tokens));
  for (const RewardConfig& reward : config.rewards) line("reward", reward_text(config, reward));
  line("sampler", role_name(config.sampler));
  for (const PhaseConfig& phase : config.phases) line("phase", phase_text(phase));
  const int64_t steps = planned_steps(config);
  const auto responses = grpo_responses(config);
  line("in all", steps < 0 ? "as many steps as the phases decide"
                           : steps_text(steps) + (responses ? fmt::format(", {} responses", *responses) : ""));
  return text;
}

Json summary_json(const RunConfig& config, const std::string& run, FoundRun found) {
  const int64_t steps = planned_steps(config);
  const auto responses = grpo_responses(config);
  const auto known = [](int64_t n) { return n < 0 ? Json(nullptr) : Json(n); };
  Json rewards = Json::array(), phases = Json::array();
  for (const RewardConfig& reward : config.rewards)
    rewards.push_back({{"name", reward.name}, {"from", reward_source(reward)}, {"weight", reward.weight}});
  for (const PhaseConfig& phase : config.phases)
    phases.push_back({{"name", phase.name}, {"view", view_name(phase.view)}, {"steps", known(phase.planned_steps)}});
  return {{"name", config.name},
          {"run", run},
          {"begun", found != FoundRun::none},
          {"finished", found == FoundRun::finished},
          {"seed", config.seed},
          {"model", config.model},
          {"data", config.data.source},
          {"cold_start_steps", config.sft.steps},
          {"rewards", rewards},
          {"sampler", role_name(config.sampler)},
          {"phases", phases},
          {"steps", known(steps)},
          {"responses", responses ? Json(*responses) : Json(nullptr)}};
}

void check(const RunRequest& request) {
  const at::Device device = parse_device(request.device);
  const Resources resources = find_resources();
  PluginSearch search;
  const LoadedExperiment loaded = load_checked(request.experiment, request.set, resources, search);
  parse_precision(loaded.config.precision, device, loaded.config.precision_place);
  check_model(loaded.config, resources);
  check_data(loaded.config);
  check_schedules(loaded);
  const std::string run = run_folder(request, loaded.config);
  const FoundRun found = RunDirectory::find(run, contents_of(loaded),
                                            request.accept_script_change ? ScriptChange::accept : ScriptChange::refuse);
  if (request.output == OutputMode::json)
    fmt::print("{}", checked_event(summary_json(loaded.config, run, found)));
  else if (request.output == OutputMode::lines)
    fmt::print("{}: no mistake found\n{}", request.experiment, summary(loaded.config, run, found));
}

}  // namespace

int check_experiment(const RunRequest& request) {
  try {
    check(request);
    return 0;
  } catch (const std::exception& error) {
    if (request.output == OutputMode::json) fmt::print("{}", failed_event(error.what(), exit_code_of(error)));
    throw;
  }
}

}  // namespace crescent
