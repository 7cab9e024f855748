#include "core/experiment/run_check.hpp"

#include <algorithm>

#include "core/experiment/phase_settings.hpp"

namespace crescent {

namespace {

std::vector<std::string> names_of(const auto& items) {
  std::vector<std::string> names;
  for (const auto& item : items) names.push_back(item.name);
  return names;
}

void check_something_to_train(const RunConfig& config, const RunParts& parts, Problems& problems) {
  if (!parts.sft.given && !parts.grpo.given && !parts.phases.given && !parts.rewards.given)
    problems.add(parts.run.place,
                 "there is nothing to train; a run needs run:grpo {{ ... }}, a reward and a phase; "
                 "run:sft {{ steps = n }} may go before them");
  else if (parts.sft.given && !parts.grpo.given && !parts.phases.given && !parts.rewards.given)
    problems.add(parts.sft.place,
                 "a run needs grpo, a reward and a phase; a cold start alone is not there yet; add run:grpo {{ ... }}, "
                 "run:reward {{ ... }} and run:phase {{ ... }}");
  if (parts.grpo.given && !parts.phases.given)
    problems.add(parts.grpo.place,
                 "grpo has no phase; give at least one: run:phase {{ \"main\", view = \"image\", steps = 100 }}");
  if (parts.grpo.given && !parts.rewards.given)
    problems.add(parts.grpo.place, "grpo has no reward; give at least one: run:reward {{ \"exact_math\" }}");
  if (parts.grpo.given) return;
  const std::pair<const RunParts::Part*, const char*> idle[] = {
      {&parts.rewards, "reward"}, {&parts.sampler, "sampler"}, {&parts.phases, "phase"}};
  for (const auto& [part, name] : idle)
    if (part->given)
      problems.add(part->place, "a {} is given, but no grpo that would use it; add run:grpo {{ ... }}", name);
}

void check_rewards(const RunConfig& config, const RunParts& parts, Problems& problems) {
  if (!parts.rewards.given) return;
  for (size_t i = 0; i < config.rewards.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (config.rewards[i].name == config.rewards[j].name) {
        problems.add(config.rewards[i].role.place, "there are two rewards \"{}\"; tell them apart with name = \"...\"",
                     config.rewards[i].name);
        break;
      }
  if (std::all_of(config.rewards.begin(), config.rewards.end(), [](const auto& r) { return r.weight == 0; }))
    problems.add(parts.rewards.place,
                 "the weights of all rewards are 0, so nothing would be learned; give at least one a weight");
}

void check_pass(const RunConfig& config, const RunParts& parts, Problems& problems) {
  if (!parts.grpo.given || !parts.rewards.given || !parts.rewards.good) return;
  const std::vector<std::string> names = names_of(config.rewards);
  if (config.grpo.pass_reward.empty()) {
    if (names.size() > 1)
      problems.add(
          parts.grpo.place,
          "there are {} rewards ({}), so grpo must say which one decides: pass = {{ reward = \"{}\", at_least = 1 }}",
          names.size(), fmt::join(names, ", "), names.front());
  } else if (std::find(names.begin(), names.end(), config.grpo.pass_reward) == names.end()) {
    problems.add(parts.grpo.place, "grpo: pass names the reward \"{}\", which is not there{}", config.grpo.pass_reward,
                 suggestion(config.grpo.pass_reward, names));
  }
}

void check_updates(const std::string& owner, const GrpoConfig& grpo, Problems& problems) {
  const int64_t minibatch = grpo.updates.minibatch_prompts;
  if (minibatch > 0 && grpo.prompts % minibatch != 0)
    problems.add(grpo.place, "{}: updates.minibatch_prompts is {}, but must divide prompts, which is {}", owner,
                 minibatch, grpo.prompts);
}

bool leaves(const PhaseConfig& phase) {
  return !phase.leave.plugin.empty() || !phase.leave.functions.empty() || phase.budget.given();
}

void check_phase_rewards(const RunConfig& config, const PhaseConfig& phase, Problems& problems) {
  const std::vector<std::string> names = names_of(config.rewards);
  for (const auto& [name, weight] : phase.rewards)
    if (std::find(names.begin(), names.end(), name) == names.end())
      problems.add(phase.place, "phase \"{}\" weighs the reward \"{}\", which is not there{}", phase.name, name,
                   suggestion(name, names));
  if (!phase.rewards.empty() && std::all_of(config.rewards.begin(), config.rewards.end(), [&](const RewardConfig& r) {
        return weight_in(phase, r.name, r.weight) == 0;
      }))
    problems.add(phase.place, "phase \"{}\": every reward's weight is 0 in it, so there is nothing to learn",
                 phase.name);
  const std::string& pass = phase.grpo.pass_reward;
  if (phase.grpo_given.find("pass") != nullptr && !pass.empty() &&
      std::find(names.begin(), names.end(), pass) == names.end())
    problems.add(phase.place, "phase \"{}\": grpo: pass names the reward \"{}\", which is not there{}", phase.name,
                 pass, suggestion(pass, names));
}

void check_phases(const RunConfig& config, Problems& problems) {
  const std::vector<std::string> names = names_of(config.phases);
  for (size_t i = 0; i < config.phases.size(); ++i) {
    const PhaseConfig& phase = config.phases[i];
    if (std::find(names.begin(), names.begin() + static_cast<ptrdiff_t>(i), phase.name) !=
        names.begin() + static_cast<ptrdiff_t>(i))
      problems.add(phase.place, "there are two phases \"{}\"; each needs a name of its own", phase.name);
    for (const auto& [other, share] : phase.replay) {
      if (other == phase.name)
        problems.add(phase.place, "phase \"{}\" replays itself", phase.name);
      else if (std::find(names.begin(), names.end(), other) == names.end())
        problems.add(phase.place, "phase \"{}\" replays \"{}\", which is no phase{}", phase.name, other,
                     suggestion(other, names));
      else if (phase_named(config, other).grpo.prompts != phase.grpo.prompts)
        check_updates(fmt::format("phase \"{}\", where it replays \"{}\": grpo", phase.name, other),
                      batch_settings(phase, phase_named(config, other)), problems);
    }
    if (phase.reset_reference && !holds_reference(config))
      problems.add(
          phase.place,
          "phase \"{}\": reset_reference is true, but grpo.kl.coefficient is 0, so there is no reference; leave "
          "it out",
          phase.name);
    if (phase.grpo_given.find("updates") != nullptr || phase.grpo_given.find("prompts") != nullptr)
      check_updates(fmt::format("phase \"{}\": grpo", phase.name), phase.grpo, problems);
    if (leaves(phase)) continue;
    if (i + 1 < config.phases.size())
      problems.add(config.phases[i + 1].place,
                   "phase \"{}\" is unreachable, because phase \"{}\" before it never leaves; give that one steps = n "
                   "or leave = ...",
                   names[i + 1], phase.name);
    else
      problems.add(phase.place,
                   "phase \"{}\" never leaves, so the run would never end; give it steps = n, leave = ... or a budget",
                   phase.name);
  }
}

void check_keep_best(const RunConfig& config, const RunParts& parts, Problems& problems) {
  const std::string& metric = config.checkpoint.keep_best;
  if (metric.empty()) return;
  const std::vector<std::string> known = validation_metrics(config.validation);
  if (std::find(known.begin(), known.end(), metric) == known.end())
    problems.add(parts.checkpoint.place, "checkpoint: keep_best is \"{}\", which validation does not measure{}", metric,
                 suggestion(metric, known));
}

}  // namespace

void check_run(const RunConfig& config, const RunParts& parts, Problems& problems) {
  check_something_to_train(config, parts, problems);
  if (parts.rewards.good) check_rewards(config, parts, problems);
  if (parts.grpo.good) check_pass(config, parts, problems);
  if (parts.grpo.given && parts.grpo.good) check_updates("grpo", config.grpo, problems);
  if (parts.phases.good) check_phases(config, problems);
  if (parts.phases.good && parts.rewards.good)
    for (const PhaseConfig& phase : config.phases) check_phase_rewards(config, phase, problems);
  if (parts.validation.good && parts.checkpoint.good) check_keep_best(config, parts, problems);
}

namespace {

void check_own_schedule(const PhaseConfig& phase, Problems& problems) {
  const ScheduleConfig& schedule = phase.grpo.schedule;
  if (!phase.own_schedule) return;
  if (!schedule.function.source.empty()) {
    for (const char* option : {"warmup_steps", "final_share"})
      if (phase.grpo_given.find(option) != nullptr)
        problems.add(phase.place,
                     "phase \"{}\": grpo: option \"{}\" is given, but the schedule is a function, which gives the rate "
                     "of every step; leave it out",
                     phase.name, option);
    return;
  }
  if (phase.planned_steps < 0 && schedule.shape != "constant")
    problems.add(
        phase.place,
        "phase \"{}\": grpo: schedule \"{}\" needs the number of steps, but the phase decides at run time when "
        "it ends; use schedule = \"constant\" or a function",
        phase.name, schedule.shape);
  else if (phase.planned_steps >= 0 && schedule.warmup_steps > 0 && schedule.warmup_steps >= phase.planned_steps)
    problems.add(
        phase.place,
        "phase \"{}\": grpo: option \"warmup_steps\" is {}{}, but the phase has {} steps, so the rate would never "
        "get to lr; give it less",
        phase.name, schedule.warmup_steps, phase.grpo_given.find("warmup_steps") != nullptr ? "" : " (from run:grpo)",
        phase.planned_steps);
}

}  // namespace

void check_schedule(const RunConfig& config, Problems& problems) {
  const ScheduleConfig& schedule = config.grpo.schedule;
  for (const PhaseConfig& phase : config.phases) check_own_schedule(phase, problems);
  const auto runs_schedule = [](const PhaseConfig& p) { return !p.own_schedule; };
  if (!config.has_grpo || !schedule.function.source.empty() ||
      std::none_of(config.phases.begin(), config.phases.end(), runs_schedule))
    return;
  const auto open = std::find_if(config.phases.begin(), config.phases.end(),
                                 [](const PhaseConfig& p) { return leaves(p) && p.planned_steps < 0; });
  if (open != config.phases.end() && schedule.shape != "constant")
    problems.add(config.grpo.place,
                 "grpo: schedule \"{}\" needs the number of steps, but phase \"{}\" decides at run time when it ends; "
                 "use schedule = \"constant\" or a function",
                 schedule.shape, open->name);
  const int64_t total = planned_steps(config);  // not known either where a phase never leaves: reported by check_run
  if (total >= 0 && schedule.warmup_steps > 0 && schedule.warmup_steps >= total - config.sft.steps)
    problems.add(config.grpo.place,
                 "grpo: option \"warmup_steps\" is {}, but the phases have {} steps together, so the rate would never "
                 "get to lr; give it less",
                 schedule.warmup_steps, total - config.sft.steps);
}

void check_positions(const RunConfig& config, int64_t max_positions) {
  const auto check = [&](const GrpoConfig& grpo, const std::string& owner) {
    const int64_t longest = config.data.max_prompt_tokens + grpo.max_response_tokens;
    if (longest > max_positions)
      fail_usage(
          grpo.place,
          "data.max_prompt_tokens = {} and {}max_response_tokens = {} make {} tokens together, but the model has "
          "{} positions (max_position_embeddings); lower one of the two",
          config.data.max_prompt_tokens, owner, grpo.max_response_tokens, longest, max_positions);
  };
  check(config.grpo, "grpo.");
  for (const PhaseConfig& phase : config.phases)
    if (phase.grpo_given.find("max_response_tokens") != nullptr)
      check(phase.grpo, fmt::format("phase \"{}\": grpo.", phase.name));
}

std::vector<std::string> validation_metrics(const ValidationConfig& config) {
  std::vector<std::string> names;
  for (const std::string& view : config.views) {
    names.push_back("val/" + view + "/accuracy");
    if (config.samples > 0) names.push_back("val/" + view + "/sampled");
  }
  return names;
}

int64_t planned_steps(const RunConfig& config) {
  int64_t steps = config.sft.steps;
  for (const PhaseConfig& phase : config.phases) {
    if (phase.planned_steps < 0) return -1;
    steps += phase.planned_steps;
  }
  return steps;
}

}  // namespace crescent
