#include "core/app/plan_report.hpp"

#include <fmt/format.h>

#include <cmath>

#include "core/app/terminal.hpp"

namespace crescent {

namespace {

constexpr double kMiB = 1024.0 * 1024, kGiB = 1024 * kMiB;

std::string thousands(int64_t n) {
  std::string digits = fmt::format("{}", n);
  for (auto at = static_cast<int64_t>(digits.size()) - 3; at > (n < 0 ? 1 : 0); at -= 3)
    digits.insert(static_cast<size_t>(at), ",");
  return digits;
}

std::string count(int64_t n, const char* one, const char* many) {
  return fmt::format("{} {}", thousands(n), n == 1 ? one : many);
}

// ---- Memory ----

std::string memory_table(const MemoryPlan& plan) {
  const bool large = plan.peak().total() >= 10 * kGiB;
  const auto cell = [&](int64_t bytes) {
    if (bytes == 0) return fmt::format("{:>12}", "-");
    return fmt::format("{:>12.1f}", static_cast<double>(bytes) / (large ? kGiB : kMiB));
  };
  std::string text = fmt::format("{:<24}", large ? "Memory at most, GiB" : "Memory at most, MiB");
  for (const StageMemory& stage : plan.stages) text += fmt::format("{:>12}", stage.name);
  text += "\n";
  for (const MemoryOwner& owner : memory_owners()) {
    text += fmt::format("  {:<22}", owner.name);
    for (const StageMemory& stage : plan.stages) text += cell(stage.*owner.bytes);
    text += "\n";
  }
  text += fmt::format("  {:<22}", "together");
  for (const StageMemory& stage : plan.stages) text += cell(stage.total());
  return text + "\n";
}

std::string verdict(const PlanReport& report) {
  const StageMemory& peak = report.memory.peak();
  std::string text = fmt::format("Peak: {} ({}). {}: {} {}.\n", bytes_text(peak.total()), peak.name,
                                 report.fits() ? "It fits" : "It does not fit", bytes_text(report.available_bytes),
                                 report.available_where);
  if (!report.remedies) return text;
  const Remedies& remedies = *report.remedies;
  if (!remedies.single.empty()) text += "\nWhat to change, each planned anew:\n";
  for (const Remedy& r : remedies.single)
    text += fmt::format("  {:<26} {:>7} -> {:<7} saves {:>9}{}\n", r.option, r.from, r.to, bytes_text(r.saved_bytes),
                        r.enough ? "  enough by itself" : "");
  if (remedies.single.empty() || !remedies.single.front().enough) {
    const bool fits = remedies.together_bytes <= report.available_bytes;
    text += remedies.single.empty()
                ? "\nNo option saves much: a smaller model or more memory is needed.\n"
                : fmt::format("All of them together: {}, which {}.\n", bytes_text(remedies.together_bytes),
                              fits ? "fits" : "does not fit either: a smaller model or more memory is needed");
  }
  return text;
}

// ---- Work ----

std::string views_text(const PhaseWork& phase) {
  std::string text;
  for (const auto& [view, steps] : phase.by_view)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", view_name(view), thousands(steps));
  return text;
}

std::string phase_line(const PhaseWork& phase) {
  if (phase.steps == 0)
    return fmt::format("  {:<22}{:>12}{:>12}{:>16}  a step; how many is decided at run time\n", phase.name, "-",
                       thousands(phase.rollouts), thousands(phase.response_tokens));
  return fmt::format("  {:<22}{:>12}{:>12}{:>16}  {}\n", phase.name, thousands(phase.steps), thousands(phase.rollouts),
                     thousands(phase.response_tokens), views_text(phase));
}

std::string probing_text(const PlanReport& report) {
  const RunWork& work = report.work;
  if (report.config.sampler.plugin.empty()) return "Probing: none; a sampler written in Lua does not probe.\n";
  int64_t probed = 0, trained = 0;
  for (const PhaseWork& phase : work.phases) {
    probed += phase.probe_rollouts;
    trained += phase.steps > 0 ? phase.rollouts : phase.rollouts * kOpenPhaseSteps;
  }
  const std::string asked = work.sampler_asked_steps < work.grpo_steps
                                ? fmt::format(" in the first {} of its steps", thousands(work.sampler_asked_steps))
                            : work.open_end
                                ? fmt::format(", phases of unknown length counted with {} steps", kOpenPhaseSteps)
                                : "";
  if (probed == 0)
    return fmt::format("Probing: none; {} asked for no rollouts{}.\n", report.config.sampler.plugin, asked);
  return fmt::format(
      "Probing: {} asks for {} rollouts of its own{}, {:.1f} times the {} of training.\n"
      "  (asked step by step, with made-up outcomes: every other response passes)\n",
      report.config.sampler.plugin, thousands(probed), asked,
      static_cast<double>(probed) / static_cast<double>(trained), thousands(trained));
}

std::string work_table(const PlanReport& report) {
  const RunWork& work = report.work;
  std::string text =
      fmt::format("{:<24}{:>12}{:>12}{:>16}  steps by view\n", "Work", "steps", "rollouts", "tokens at most");
  if (work.cold_start_steps > 0)
    text += fmt::format("  {:<22}{:>12}{:>12}{:>16}  {}\n", "cold start", thousands(work.cold_start_steps), "-", "-",
                        count(work.cold_start_examples, "worked example", "worked examples"));
  for (const PhaseWork& phase : work.phases) text += phase_line(phase);
  const int64_t rollouts = work.validations * work.validation_rollouts;
  text += fmt::format("  {:<22}{:>12}{:>12}{:>16}  {} of {}{}\n", "validation", "-", thousands(rollouts),
                      thousands(rollouts * report.config.grpo.max_response_tokens),
                      count(work.validations, "time", "times"), thousands(work.validation_rollouts),
                      work.open_end ? ", and those of open phases" : "");
  return text + probing_text(report);
}

// ---- Time ----

double sum(const NamedSeconds& parts) {
  double total = 0;
  for (const auto& [name, seconds] : parts) total += seconds;
  return total;
}

std::string time_table(const PlanReport& report) {
  if (!report.rehearsal) return fmt::format("Time: not told, because {}.\n", report.no_rehearsal);
  const Rehearsal& r = *report.rehearsal;
  const NamedSeconds most = durations(report.config, report.work, r.at_limit);
  const NamedSeconds now = durations(report.config, report.work, r.as_now);
  std::string text = fmt::format("{:<24}{:>16}{:>16}\n", "Time here", "as it is now", "at most");
  for (size_t i = 0; i < most.size(); ++i)
    text += fmt::format("  {:<22}{:>16}{:>16}\n", most[i].first, duration(now[i].second), duration(most[i].second));
  text += fmt::format("  {:<22}{:>16}{:>16}\n", "together", duration(sum(now)), duration(sum(most)));
  text += fmt::format(
      "  (a few steps were rehearsed, with {} of {} prompts; rewards and checkpoints are not in it. \"As it is now\": "
      "responses\n   of {:.1f} tokens, as the first weights give; \"at most\": every response at its limit of {}.)\n",
      r.prompts, report.config.grpo.prompts, r.response_tokens, report.config.grpo.max_response_tokens);
  return text;
}

}  // namespace

std::string bytes_text(int64_t bytes) {
  const double b = static_cast<double>(bytes);
  return b < kGiB ? fmt::format("{:.0f} MiB", b / kMiB) : fmt::format("{:.1f} GiB", b / kGiB);
}

std::string plan_text(const PlanReport& report) {
  return fmt::format("{}: model {}, {} parameters, {}\n\n{}{}\n{}\n{}", report.config.name, report.config.model,
                     thousands(report.parameters), count(report.threads, "thread", "threads"),
                     memory_table(report.memory), verdict(report), work_table(report), time_table(report));
}

Json plan_json(const PlanReport& report) {
  Json json;
  json["name"] = report.config.name;
  json["parameters"] = report.parameters;
  json["threads"] = report.threads;
  json["fits"] = report.fits();
  json["peak_bytes"] = report.memory.peak().total();
  json["peak_stage"] = report.memory.peak().name;
  json["available_bytes"] = report.available_bytes;
  for (const StageMemory& stage : report.memory.stages) {
    Json owners;
    for (const MemoryOwner& owner : memory_owners()) owners[owner.key] = stage.*owner.bytes;
    json["memory_bytes"][stage.name] = owners;
  }
  if (report.remedies) {
    json["remedies"] = Json::array();
    for (const Remedy& r : report.remedies->single)
      json["remedies"].push_back(
          {{"option", r.option}, {"from", r.from}, {"to", r.to}, {"saved_bytes", r.saved_bytes}, {"enough", r.enough}});
    json["remedies_together_peak_bytes"] = report.remedies->together_bytes;
  }
  json["cold_start"] = {{"steps", report.work.cold_start_steps}, {"examples", report.work.cold_start_examples}};
  json["phases"] = Json::array();
  for (const PhaseWork& phase : report.work.phases) {
    Json views;
    for (const auto& [view, steps] : phase.by_view) views[view_name(view)] = steps;
    json["phases"].push_back({{"name", phase.name},
                              {"steps", phase.steps > 0 ? Json(phase.steps) : Json(nullptr)},
                              {"steps_by_view", views},
                              {"rollouts", phase.rollouts},
                              {"response_tokens_at_most", phase.response_tokens},
                              {"prompt_tokens", phase.prompt_tokens},
                              {"probe_rollouts", phase.probe_rollouts}});
  }
  json["validation"] = {{"times", report.work.validations}, {"rollouts_each", report.work.validation_rollouts}};
  if (report.rehearsal) {
    const auto seconds = [&](const StepSeconds& of) {
      Json parts;
      for (const auto& [name, value] : durations(report.config, report.work, of)) parts[name] = value;
      return parts;
    };
    json["seconds"] = {{"at_most", seconds(report.rehearsal->at_limit)}, {"as_now", seconds(report.rehearsal->as_now)}};
    json["rehearsal"] = {{"prompts", report.rehearsal->prompts},
                         {"response_tokens", report.rehearsal->response_tokens},
                         {"peak_bytes", report.rehearsal->peak_bytes}};
  }
  return json;
}

}  // namespace crescent
