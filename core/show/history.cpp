#include "core/show/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace crescent {

namespace {

constexpr size_t kShownDraws = 20;

bool same_draw(const Draw& draw, const LoggedRollout& rollout) {
  return draw.step == rollout.step && draw.visit == rollout.visit && draw.view == rollout.view &&
         draw.source == rollout.source;
}

}  // namespace

std::vector<Draw> read_draws(const RolloutReader& reader, const std::string& prompt, std::set<std::string>& ids) {
  std::vector<Draw> draws;
  reader.read_all(RolloutDetail::scores, [&](LoggedRollout&& rollout) {
    ids.insert(rollout.prompt);
    if (rollout.prompt != prompt) return true;
    if (draws.empty() || !same_draw(draws.back(), rollout))
      draws.push_back({rollout.step, rollout.visit, rollout.phase, rollout.source, rollout.view});
    Draw& draw = draws.back();
    ++draw.samples;
    draw.judged += rollout.passed.has_value();
    draw.passed += rollout.passed.value_or(false);
    if (!std::isnan(rollout.reward)) ++draw.rewarded, draw.reward_sum += rollout.reward;
    draw.tokens += rollout.response_tokens;
    return true;
  });
  return draws;
}

void print_history(const std::vector<Draw>& draws, bool all, Page& page) {
  for (const View view : kViews) {
    int64_t count = 0, passed = 0, judged = 0;
    for (const Draw& draw : draws)
      if (draw.view == view) ++count, passed += draw.passed, judged += draw.judged;
    if (count > 0)
      page.field(view_name(view),
                 fmt::format("{} of {} passed, drawn {} time{}", passed, judged, count, count == 1 ? "" : "s"));
  }
  page.line();
  size_t phase_columns = 5;
  for (const Draw& draw : draws) phase_columns = std::max(phase_columns, draw.phase.size());
  page.line(page.paint(fmt::format("{:>8}  {:<{}}  {:<7}  {:<5}  {:>9}  {:>7}  {:>7}", "step", "phase", phase_columns,
                                   "view", "from", "passed", "reward", "tokens"),
                       Page::Ink::faint));
  const size_t first = all || draws.size() <= kShownDraws ? 0 : draws.size() - kShownDraws;
  if (first > 0)
    page.line(page.paint(fmt::format("{:>8}  {} earlier ones; --limit 0 prints all", "...", first), Page::Ink::faint));
  for (size_t i = first; i < draws.size(); ++i) {
    const Draw& draw = draws[i];
    const std::string reward =
        draw.rewarded == 0 ? "-" : fmt::format("{:.3f}", draw.reward_sum / static_cast<double>(draw.rewarded));
    page.line(fmt::format("{:>8}  {:<{}}  {:<7}  {:<5}  {:>9}  {:>7}  {:>7.1f}", draw.step, draw.phase, phase_columns,
                          view_name(draw.view), draw.source, fmt::format("{} of {}", draw.passed, draw.judged), reward,
                          static_cast<double>(draw.tokens) / static_cast<double>(draw.samples)));
  }
}

}  // namespace crescent
