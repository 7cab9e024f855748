#include "core/app/plan_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/app/terminal.hpp"
#include "core/experiment/phase_settings.hpp"

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

int64_t longest_response(const RunConfig& config) {
  int64_t longest = config.grpo.max_response_tokens;
  for (const PhaseConfig& phase : config.phases) longest = std::max(longest, phase.grpo.max_response_tokens);
  return longest;
}

// ---- Memory ----

std::string memory_table(const PlanReport& report) {
  const MemoryPlan& plan = report.memory;
  const bool large = plan.peak().total() >= 10 * kGiB;
  const auto cell = [&](int64_t bytes) {
    if (bytes == 0) return fmt::format("{:>12}", "-");
    return fmt::format("{:>12.1f}", static_cast<double>(bytes) / (large ? kGiB : kMiB));
  };
  const auto line = [&](const char* name, auto value) {
    std::string text = fmt::format("  {:<22}", name);
    for (const StageMemory& stage : plan.stages) text += cell(value(stage));
    return text + "\n";
  };
  std::string text = fmt::format("{:<24}", large ? "Memory in GiB" : "Memory in MiB");
  for (const StageMemory& stage : plan.stages) text += fmt::format("{:>12}", stage.name);
  text += "\n";
  for (const MemoryOwner& owner : memory_owners())
    if (std::any_of(plan.stages.begin(), plan.stages.end(), [&](const auto& stage) { return stage.*owner.bytes > 0; }))
      text += line(owner.name, [&](const StageMemory& stage) { return stage.*owner.bytes; });
  text += line("together", [](const StageMemory& stage) { return stage.total(); });
  return text +
         fmt::format(
             "  At most: prompts as long as the longest, responses of {} tokens, a signal in every group. Each "
             "column\n  is its largest moment: where activations are most, few of the gradients are there yet.\n",
             thousands(longest_response(report.config)));
}

// An option as one writes it: "grpo.kl.coefficient" -> run:grpo { kl = { coefficient = 0 } }.
std::string setting(const std::string& option, const std::string& value) {
  if (option.starts_with("--")) return option + " " + value;
  const size_t dot = option.find('.');
  std::string inner = option.substr(dot + 1), close = " }";
  for (size_t at; (at = inner.find('.')) != inner.npos; close += " }") inner.replace(at, 1, " = { ");
  return fmt::format("run:{} {{ {} = {}{}", option.substr(0, dot), inner, value, close);
}

std::string remedy_lines(const std::vector<Remedy>& remedies) {
  std::string text;
  for (const Remedy& r : remedies)
    text += fmt::format("  {:<40} was {:<7} {:>9}; {}\n", setting(r.option, r.to), r.from,
                        "-" + bytes_text(r.saved_bytes), r.cost);
  return text;
}

std::vector<Remedy> enough(std::vector<Remedy> remedies) {
  std::erase_if(remedies, [](const Remedy& r) { return !r.enough; });
  return remedies;
}

std::string remedies_text(const PlanReport& report) {
  const Remedies& remedies = *report.remedies;
  if (remedies.single.empty()) return "No option saves much: it takes a smaller model or more memory.\n";
  if (remedies.single.front().enough)
    return "What to change, either of these:\n" + remedy_lines(enough(remedies.single));
  return "No single option is enough. One on top of the other:\n" + remedy_lines(remedies.together) +
         fmt::format(
             "  Peak {} then, which {}.\n", bytes_text(remedies.together_bytes),
             remedies.together.back().enough ? "fits" : "does not fit either: it takes a smaller model or more memory");
}

std::string verdict(const PlanReport& report) {
  const StageMemory& peak = report.memory.peak();
  const std::string available = bytes_text(report.available_bytes);
  std::string text = fmt::format("Peak {}, in {}. ", bytes_text(peak.total()),
                                 peak.name == "update" || peak.name == "rollout" ? "the " + peak.name : peak.name);
  text += report.fits() ? "It fits" : "It does not fit";
  text += report.memory_given ? fmt::format(" into {}", available)
                              : fmt::format(": {} are available on this machine", available);
  text += report.fits() ? ".\n" : "; runs have needed up to a tenth more than planned.\n";
  return report.remedies ? text + remedies_text(report) : text;
}

// ---- Work ----

std::string views_text(const PhaseWork& phase) {
  std::string text;
  for (const auto& [view, steps] : phase.by_view)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", view_name(view), thousands(steps));
  return text;
}

std::string work_line(const std::string& name, const std::string& steps, const std::string& rollouts,
                      const std::string& tokens, int64_t peak, const std::string& rest) {
  return fmt::format("  {:<22}{:>8}{:>13}{:>15}{:>11}  {}\n", name, steps, rollouts, tokens, bytes_text(peak), rest);
}

int64_t stage_peak(const MemoryPlan& plan, const char* name) {
  for (const StageMemory& stage : plan.stages)
    if (stage.name == name) return stage.total();
  return 0;
}

std::string phase_lines(const PlanReport& report) {
  std::string text;
  for (size_t i = 0; i < report.work.phases.size(); ++i) {
    const PhaseWork& phase = report.work.phases[i];
    const bool open = phase.steps == 0;
    text += work_line(phase.name, open ? "?" : thousands(phase.steps), thousands(phase.rollouts),
                      thousands(phase.response_tokens), report.memory.phase_peaks.at(i),
                      open                  ? "a step; it decides at run time how many"
                      : phase.may_end_early ? views_text(phase) + "; at most: its budget may end it earlier"
                                            : views_text(phase));
  }
  return text;
}

int64_t resampled(const RunWork& work) {
  int64_t sum = 0;
  for (const PhaseWork& phase : work.phases) sum += phase.resampled;
  return sum;
}

std::string resampling_text(const RunWork& work) {
  if (resampled(work) == 0) return "";
  return fmt::format(
      "Resampling: at most {} rollouts more{}, if each group is without signal each time.\n  The tokens at most count "
      "them.\n",
      thousands(resampled(work)), work.open_end ? " (one step of a phase of unknown length)" : "");
}

// The plugins that draw, each once; "" where all are written in Lua.
std::string sampler_names(const RunConfig& config) {
  std::vector<std::string> names;
  for (const PhaseConfig& phase : config.phases)
    if (const std::string& name = sampler_of(config, phase).plugin;
        !name.empty() && std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(name);
  return fmt::format("{}", fmt::join(names, " and "));
}

// What a sampler can be worth is the share of groups without a signal, and rewards are not called here.
std::string signal_text(const RunConfig& config) {
  if (sampler_names(config) == "uniform") return "";
  return "Signal: a group teaches only where its rewards differ, and a sampler helps only as far as groups do not. How "
         "many do\n"
         "  is not known before the model samples: the run's table and its report tell it, and what choosing prompts "
         "can "
         "gain at most.\n";
}

std::string probing_text(const PlanReport& report) {
  const RunWork& work = report.work;
  const std::string sampler = sampler_names(report.config);
  const bool several = sampler.find(" and ") != sampler.npos;
  if (sampler.empty()) return "Probing: none; a sampler written in Lua does not probe.\n";
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
    return fmt::format("Probing: none; {} {}{}.\n", sampler,
                       several ? "ask for no rollouts of their own" : "asks for no rollouts of its own", asked);
  return fmt::format(
      "Probing: {} {} for {} rollouts of {} own{}, {:.1f} times the {} of training.\n"
      "  (counted by asking it step by step, as if every other response passed)\n",
      sampler, several ? "ask" : "asks", thousands(probed), several ? "their" : "its", asked,
      static_cast<double>(probed) / static_cast<double>(trained), thousands(trained));
}

std::string work_table(const PlanReport& report) {
  const RunWork& work = report.work;
  std::string text = fmt::format("{:<24}{:>8}{:>13}{:>15}{:>11}  {}\n", "Work", "steps", "rollouts", "tokens at most",
                                 "peak", "batches by view");
  if (work.cold_start_steps > 0)
    text += work_line("cold start", thousands(work.cold_start_steps), "-", "-", stage_peak(report.memory, "cold start"),
                      count(work.cold_start_examples, "worked example", "worked examples"));
  text += phase_lines(report);
  const int64_t rollouts = work.validations * work.validation_rollouts;
  if (rollouts > 0)
    text +=
        work_line("validation", "-", thousands(rollouts), thousands(rollouts * report.config.grpo.max_response_tokens),
                  stage_peak(report.memory, "validation"),
                  fmt::format("{}, {} each{}", count(work.validations, "time", "times"),
                              thousands(work.validation_rollouts), work.open_end ? ", and more as it goes on" : ""));
  return text + resampling_text(work) + probing_text(report) + signal_text(report.config);
}

// ---- Time ----

std::string time_text(double seconds) { return seconds < 9.95 ? fmt::format("{:.1f} s", seconds) : duration(seconds); }

std::string extent_text(const PlanReport& report) {
  const Rehearsal& r = *report.rehearsal;
  const GrpoConfig& grpo = report.config.grpo;
  const auto of = [](int64_t part, int64_t whole, const char* what) {
    return part < whole ? fmt::format("{} of {} {}", thousands(part), thousands(whole), what)
                        : fmt::format("all {} {}", thousands(whole), what);
  };
  return fmt::format("  Timed on steps that were thrown away, with {}{}.\n", of(r.prompts, grpo.prompts, "prompts"),
                     r.tokens < grpo.max_response_tokens
                         ? " and " + of(r.tokens, grpo.max_response_tokens, "tokens of a response") + ", scaled up"
                     : r.prompts < grpo.prompts ? ", scaled up"
                                                : "");
}

std::string time_table(const PlanReport& report) {
  if (!report.rehearsal) return fmt::format("Time: not told, because {}.\n", report.no_rehearsal);
  const Rehearsal& r = *report.rehearsal;
  const std::vector<PartSeconds> most = durations(report.config, report.work, r.at_most, Resampling::at_most);
  const std::vector<PartSeconds> likely =
      r.likely ? durations(report.config, report.work, *r.likely, Resampling::none) : most;
  const auto line = [&](const std::string& name, double likely_s, double most_s) {
    return fmt::format("  {:<22}{:>16}{:>16}\n", name, r.likely ? time_text(likely_s) : "-", time_text(most_s));
  };
  std::string text = fmt::format("{:<24}{:>16}{:>16}\n", "Time on this machine", "likely", "at most");
  for (size_t i = 0; i < most.size(); ++i)
    text += line(most[i].name + (most[i].each_step ? ", each step" : ""), likely[i].seconds, most[i].seconds);
  text += line(report.work.open_end ? "together, but those" : "together", together(likely), together(most)) +
          extent_text(report);
  if (r.likely)
    text += fmt::format(
        "  Likely: responses of {:.1f} tokens, {}. At most: all of {}.\n", r.likely_tokens,
        report.config.sft.steps > 0 ? "the mean of the cold start's examples" : "as the first weights make them",
        thousands(longest_response(report.config)));
  if (resampled(report.work) > 0)
    text += "  At most counts every group as replaced as often as it may be, likely counts none.\n";
  return text +
         "  Rewards and writing are not in it. Groups without a signal are not trained on: where there are many, it "
         "takes less.\n";
}

}  // namespace

std::string bytes_text(int64_t bytes) {
  const double b = static_cast<double>(bytes);
  return b < kGiB ? fmt::format("{:.0f} MiB", b / kMiB) : fmt::format("{:.1f} GiB", b / kGiB);
}

std::string plan_text(const PlanReport& report) {
  return fmt::format("{}: {} with {} parameters, {} of the CPU\n\n{}{}\n{}\n{}", report.config.name,
                     report.config.model, thousands(report.parameters), count(report.threads, "thread", "threads"),
                     memory_table(report), verdict(report), work_table(report), time_table(report));
}

}  // namespace crescent
