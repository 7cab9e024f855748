#include "core/show/show.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "core/base/error.hpp"
#include "core/show/history.hpp"

namespace crescent {

namespace {

constexpr int64_t kDefaultLimit = 8;

std::string plural(int64_t n, const std::string& what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); }

class Show {
 public:
  Show(const ShowRequest& request, const RunConfig& config, const RolloutReader& reader, const ShownRecord& record,
       const Screen& screen, const Page::Print& print)
      : request_(request),
        config_(config),
        reader_(reader),
        record_(record),
        page_(screen, print),
        print_(print),
        limit_(request.limit.value_or(request.json ? 0 : kDefaultLimit)) {}

  void overview();
  void step();
  void prompt();

 private:
  bool wanted(const LoggedRollout& rollout) const {
    return (!request_.prompt || rollout.prompt == *request_.prompt) &&
           (!request_.source || rollout.source == *request_.source);
  }
  void responses(const std::vector<const StepFrame*>& steps, int64_t total);
  void response(const LoggedRollout& rollout);
  void group_header(const LoggedRollout& first);
  void record();
  void without_text(const StepFrame& step);
  const StepFrame& step_asked_for() const;
  std::vector<Draw> draws_of_prompt() const;

  const ShowRequest& request_;
  const RunConfig& config_;
  const RolloutReader& reader_;
  const ShownRecord& record_;
  Page page_;
  const Page::Print& print_;
  int64_t limit_;
};

// "12 and 15", the steps on both sides of `step` for which `good` holds; "" when there are none.
std::string neighbours(const std::vector<StepFrame>& steps, int64_t step,
                       const std::function<bool(const StepFrame&)>& good) {
  std::string before, after;
  for (const StepFrame& frame : steps) {
    if (!good(frame) || frame.step == step) continue;
    if (frame.step < step) before = fmt::format("{}", frame.step);
    if (frame.step > step && after.empty()) after = fmt::format("{}", frame.step);
  }
  return before.empty() || after.empty() ? before + after : before + " and " + after;
}

const StepFrame& Show::step_asked_for() const {
  if (const StepFrame* found = reader_.find(*request_.step)) return *found;
  if (reader_.steps().empty()) fail_usage({request_.run, 0}, "there are no rollouts yet");
  const std::string cold = *request_.step > config_.sft.steps || *request_.step < 1
                               ? ""
                               : fmt::format(" (the cold start, steps 1 to {}, samples none)", config_.sft.steps);
  const int64_t first = reader_.steps().front().step, last = reader_.steps().back().step;
  const bool between = *request_.step > first && *request_.step < last;
  const std::string kept = between         ? "the nearest that are kept: " + neighbours(reader_.steps(), *request_.step,
                                                                                        [](const StepFrame&) { return true; })
                           : first == last ? fmt::format("step {} is kept", first)
                           : last - first + 1 == static_cast<int64_t>(reader_.steps().size())
                               ? fmt::format("steps {} to {} are kept", first, last)
                               : fmt::format("{} of steps {} to {} are kept", reader_.steps().size(), first, last);
  fail_usage({request_.run, 0}, "there are no rollouts of step {}{}; {}", *request_.step, cold, kept);
}

// Why a step has scores alone, and where responses are.
void Show::without_text(const StepFrame& step) {
  if (step.samples_in_full == step.samples) return;
  if (step.samples_in_full > 0)
    return page_.block(
        fmt::format("{} of {} responses were kept (rollouts.samples = {} in config.toml), the scores of all.",
                    step.samples_in_full, step.samples, config_.rollouts.samples),
        0, Page::Ink::faint);
  const std::string near =
      neighbours(reader_.steps(), step.step, [](const StepFrame& frame) { return frame.samples_in_full > 0; });
  page_.block(
      fmt::format("No response of step {} was kept, only scores (rollouts.every = {} in config.toml){}.", step.step,
                  config_.rollouts.every, near.empty() ? "" : "; the nearest steps that have them: " + near),
      0, Page::Ink::faint);
}

void Show::group_header(const LoggedRollout& first) {
  page_.line();
  const std::string prompt = request_.prompt ? "" : "prompt " + visible(first.prompt) + "  ";
  const std::string step = request_.step ? "" : fmt::format("step {}  ", first.step);
  page_.block(fmt::format("{}{}{}, {} view, visit {}{}", step, prompt, first.phase, view_name(first.view), first.visit,
                          first.source == "train" ? "" : ", " + first.source),
              0, Page::Ink::strong);
}

void Show::response(const LoggedRollout& rollout) {
  const auto verdict = !rollout.passed   ? page_.paint("no verdict", Page::Ink::faint)
                       : *rollout.passed ? page_.paint("passed", Page::Ink::good)
                                         : page_.paint("not passed", Page::Ink::bad);
  std::string text = fmt::format("  {}  {}", rollout.sample + 1, verdict);
  text += std::isnan(rollout.reward) ? "  left out" : fmt::format("  reward {:.4g}", rollout.reward);
  if (!std::isnan(rollout.advantage)) text += fmt::format("  advantage {:+.4g}", rollout.advantage);
  text += "  " + plural(rollout.response_tokens, "token");
  if (rollout.finish == FinishReason::length) text += ", cut at the limit";
  page_.line(text);
  std::string parts;
  for (const auto& [name, value] : rollout.parts)
    parts += fmt::format("{}{} {:.4g}", parts.empty() ? "" : "  ", name, value);
  if (!parts.empty()) page_.block(parts, 5, Page::Ink::faint);
  for (const auto& [name, why] : rollout.errors) page_.block(name + " failed: " + why, 5, Page::Ink::bad);
  if (rollout.text) page_.block(rollout.text->empty() ? "(empty)" : *rollout.text, 5);
}

// The wanted rollouts of `steps`, in that order; `total` is how many there are.
void Show::responses(const std::vector<const StepFrame*>& steps, int64_t total) {
  int64_t printed = 0;
  const auto full = [&] { return limit_ > 0 && printed == limit_; };
  for (const StepFrame* step : steps) {
    if (full()) break;
    LoggedRollout last;
    int64_t number = 0;
    read_frame(*step, [&](std::string_view line) {
      const Place place = line_place(*step, ++number);
      if (!wanted(read_rollout_line(line, RolloutDetail::scores, place))) return true;
      ++printed;
      if (request_.json) return print_(std::string(line) + "\n"), !full();
      LoggedRollout rollout = read_rollout_line(line, RolloutDetail::all, place);
      const bool new_group = printed == 1 || rollout.step != last.step || rollout.prompt != last.prompt ||
                             rollout.view != last.view || rollout.visit != last.visit || rollout.source != last.source;
      if (new_group) group_header(rollout);
      response(rollout);
      last = std::move(rollout);
      return !full();
    });
  }
  if (!request_.json && printed < total)
    page_.block(fmt::format("\n{} left out; --limit 0 prints all.", plural(total - printed, "more response")), 0,
                Page::Ink::faint);
}

void Show::step() {
  const StepFrame& step = step_asked_for();
  int64_t samples = 0, passed = 0, judged = 0, groups = 0;
  std::string phase;
  RolloutReader::read_step(step, RolloutDetail::scores, [&](LoggedRollout&& rollout) {
    if (!wanted(rollout)) return true;
    ++samples;
    groups += rollout.sample == 0;
    judged += rollout.passed.has_value();
    passed += rollout.passed.value_or(false);
    phase = rollout.phase;
    return true;
  });
  if (samples == 0)
    fail_usage({request_.run, 0}, "step {} has no rollouts from \"{}\"; leave --source out to see those it has",
               step.step, request_.source.value_or(""));
  if (!request_.json) {
    page_.line(page_.paint(fmt::format("step {}, {}: {}, {}, {} of {} passed", step.step, phase,
                                       plural(groups, "group"), plural(samples, "response"), passed, judged),
                           Page::Ink::strong));
    without_text(step);
  }
  responses({&step}, samples);
}

std::vector<Draw> Show::draws_of_prompt() const {
  std::set<std::string> ids;
  std::vector<Draw> draws = read_draws(reader_, *request_.prompt, ids);
  if (draws.empty() && record_.record)
    fail_usage({request_.run, 0}, "the prompt \"{}\" is in the data, but nothing was sampled for it yet",
               *request_.prompt);
  if (draws.empty() && ids.empty()) fail_usage({request_.run, 0}, "there are no rollouts yet");
  if (draws.empty()) {
    const std::string near = nearest(*request_.prompt, {ids.begin(), ids.end()});
    fail_usage({request_.run, 0}, "there is no prompt \"{}\" among the {} that were sampled; {} \"{}\"{}",
               *request_.prompt, ids.size(), near.empty() ? "ids look like" : "did you mean",
               near.empty() ? *ids.begin() : near, near.empty() ? "" : "?");
  }
  return draws;
}

void Show::record() {
  page_.field("prompt", *request_.prompt);
  if (!record_.record) return page_.field("", record_.missing);
  const Record& record = *record_.record;
  page_.field("problem", record.problem);
  if (!record.text_problem.empty() && record.text_problem != record.problem)
    page_.field("as text", record.text_problem);
  if (!record.caption.empty()) page_.field("caption", record.caption);
  page_.field("answer", record.answer);
  for (const std::string& image : record.images) page_.path("picture", image);
}

void Show::prompt() {
  std::vector<Draw> draws = draws_of_prompt();
  std::vector<Draw> chosen = draws;
  std::erase_if(chosen, [this](const Draw& draw) {
    return (request_.step && draw.step != *request_.step) || (request_.source && draw.source != *request_.source);
  });
  if (chosen.empty()) {
    std::string steps;
    for (const Draw& draw : draws) steps += fmt::format("{}{} ({})", steps.empty() ? "" : ", ", draw.step, draw.source);
    fail_usage({request_.run, 0}, "the prompt \"{}\" was not sampled so; it was at step {}", *request_.prompt, steps);
  }
  if (!request_.json) {
    record();
    page_.line();
    print_history(draws, limit_ == 0, page_);
  }
  std::vector<const StepFrame*> steps;
  int64_t total = 0;
  for (auto draw = chosen.rbegin(); draw != chosen.rend(); ++draw) {
    total += draw->samples;
    if (steps.empty() || steps.back()->step != draw->step) steps.push_back(reader_.find(draw->step));
  }
  responses(steps, total);
}

void Show::overview() {
  const auto& steps = reader_.steps();
  if (steps.empty()) {
    page_.line(visible(request_.run) + ": no rollouts yet");
    return;
  }
  int64_t samples = 0, in_full = 0;
  uint64_t kept = 0, plain = 0;
  for (const StepFrame& step : steps) {
    samples += step.samples;
    in_full += step.samples_in_full;
    kept += step.frame_bytes;
    plain += step.text_bytes;
  }
  std::set<std::string> prompts;
  std::string latest;
  reader_.read_all(RolloutDetail::scores, [&](LoggedRollout&& rollout) {
    prompts.insert(rollout.prompt);
    latest = std::move(rollout.prompt);
    return true;
  });
  page_.line(page_.paint(visible(request_.run), Page::Ink::strong));
  page_.field("steps", fmt::format("{} with rollouts, {} to {}", steps.size(), steps.front().step, steps.back().step));
  page_.field("prompts", fmt::format("{} were sampled", prompts.size()));
  page_.field("responses",
              fmt::format("{}, {} with their text", samples, in_full == samples ? "all" : std::to_string(in_full)));
  page_.field("size", fmt::format("{:.2f} MB, {:.2f} MB when decompressed", static_cast<double>(kept) / 1e6,
                                  static_cast<double>(plain) / 1e6));
  page_.path("see", fmt::format("crescent show {} --step {}", request_.run, steps.back().step));
  page_.path("", fmt::format("crescent show {} --prompt {}", request_.run, latest));
}

}  // namespace

void show_rollouts(const ShowRequest& request, const RunConfig& config, const RolloutReader& reader,
                   const ShownRecord& record, const Screen& screen, const Page::Print& print) {
  Show show(request, config, reader, record, screen, print);
  if (request.prompt)
    show.prompt();
  else if (request.step)
    show.step();
  else
    show.overview();
}

}  // namespace crescent
