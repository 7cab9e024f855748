#include "core/report/rollout_history.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>

#include "core/base/json.hpp"

namespace crescent {

namespace {

// The record's `difficulty` as a text; "" when it has none.
std::string difficulty_of(const Record& record) {
  const Json columns = Json::parse(record.columns_json);
  const auto found = columns.find("difficulty");
  if (found == columns.end()) return "";
  return found->is_string() ? found->get<std::string>() : found->is_number() ? found->dump() : "";
}

std::optional<double> number_of(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

// Upper ends of ranges with about equally many of the sorted numbers; equal numbers share a range.
std::vector<double> range_ends(std::vector<double> numbers, size_t ranges) {
  std::sort(numbers.begin(), numbers.end());
  std::vector<double> ends;
  for (size_t i = 1; i <= ranges; ++i) {
    const double end = numbers[i * numbers.size() / ranges - 1];
    if (ends.empty() || end > ends.back()) ends.push_back(end);
  }
  return ends;
}

std::vector<PromptVisit> merged(const std::vector<PromptVisit>& visits, int64_t together) {
  std::vector<PromptVisit> out;
  for (const View view : kViews) {
    int64_t in_last = together;
    for (const PromptVisit& visit : visits) {
      if (visit.view != view) continue;
      if (in_last == together) out.push_back({visit.step, view, 0, 0, 0}), in_last = 0;
      out.back().step = visit.step;
      out.back().draws += visit.draws;
      out.back().judged += visit.judged;
      out.back().passed += visit.passed;
      ++in_last;
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.step < b.step; });
  return out;
}

}  // namespace

DifficultyLevels::DifficultyLevels(const Dataset* records) {
  if (records == nullptr) return;
  std::vector<std::pair<std::string, double>> numbers;  // id -> difficulty
  std::vector<std::pair<std::string, std::string>> words;
  for (const Record& record : records->records) {
    std::string difficulty = difficulty_of(record);
    if (difficulty.empty()) continue;
    if (const std::optional<double> number = number_of(difficulty)) numbers.emplace_back(record.id, *number);
    words.emplace_back(record.id, std::move(difficulty));
  }
  in_order_ = !numbers.empty() && numbers.size() == words.size();
  if (in_order_)
    level_numbers(numbers);
  else
    level_words(words);
}

void DifficultyLevels::level_numbers(const std::vector<std::pair<std::string, double>>& known) {
  std::vector<double> all;
  for (const auto& [id, difficulty] : known) all.push_back(difficulty);
  const std::set<double> distinct(all.begin(), all.end());
  std::vector<double> ends(distinct.begin(), distinct.end());  // of ranges, upper ones
  if (distinct.size() <= kMostLevels) {
    for (const double end : ends) names_.push_back(fmt::format("{:.4g}", end));
  } else {
    ends = range_ends(all, kRanges);
    for (size_t i = 0; i < ends.size(); ++i)
      names_.push_back(i == 0 ? fmt::format("up to {:.4g}", ends[i])
                              : fmt::format("{:.4g} to {:.4g}", ends[i - 1], ends[i]));
  }
  for (const auto& [id, difficulty] : known)
    level_of_[id] = static_cast<int>(std::lower_bound(ends.begin(), ends.end(), difficulty) - ends.begin());
}

void DifficultyLevels::level_words(const std::vector<std::pair<std::string, std::string>>& known) {
  std::set<std::string> distinct;
  for (const auto& [id, difficulty] : known) distinct.insert(difficulty);
  if (distinct.size() > kMostLevels) return;  // too many to tell apart
  names_.assign(distinct.begin(), distinct.end());
  for (const auto& [id, difficulty] : known)
    level_of_[id] = static_cast<int>(std::lower_bound(names_.begin(), names_.end(), difficulty) - names_.begin());
}

int DifficultyLevels::of(const std::string& record_id) const {
  const auto found = level_of_.find(record_id);
  return found == level_of_.end() ? -1 : found->second;
}

void RolloutHistory::add(const LoggedRollout& rollout) {
  add_to_prompt(rollout);
  if (rollout.source != "probe") add_to_level(rollout);
}

void RolloutHistory::add_to_prompt(const LoggedRollout& rollout) {
  const auto [found, is_new] = at_.emplace(rollout.prompt, prompts_.size());
  if (is_new) prompts_.push_back({rollout.prompt, {}, -1});
  PromptHistory& history = prompts_[found->second];
  std::vector<PromptVisit>& visits = history.visits;
  const auto same = [&](const PromptVisit& visit) { return visit.step == rollout.step && visit.view == rollout.view; };
  auto visit = std::find_if(visits.rbegin(), visits.rend(),
                            [&](const PromptVisit& v) { return v.step < rollout.step || same(v); });
  if (visit == visits.rend() || !same(*visit)) {
    visits.push_back({rollout.step, rollout.view, 0, 0, 0});
    visit = visits.rbegin();
  }
  if (rollout.source != "probe" && (visit->draws == 0 || rollout.visit != history.last_draw)) {
    ++visit->draws;
    history.last_draw = rollout.visit;
  }
  visit->judged += rollout.passed.has_value();
  visit->passed += rollout.passed.value_or(false);
}

void RolloutHistory::add_to_level(const LoggedRollout& rollout) {
  const int level = levels_.of(rollout.prompt);
  if (level < 0 || !rollout.passed) return;
  if (step_begin_ < by_step_.size() && by_step_[step_begin_].step != rollout.step) step_begin_ = by_step_.size();
  auto found = std::find_if(
      by_step_.begin() + static_cast<long>(step_begin_), by_step_.end(),
      [&](const LevelCount& c) { return c.level == static_cast<size_t>(level) && c.view == rollout.view; });
  if (found == by_step_.end())
    found = by_step_.insert(found, LevelCount{rollout.step, static_cast<size_t>(level), rollout.view, 0, 0});
  ++found->judged;
  found->passed += *rollout.passed;
}

std::pair<std::vector<PromptHistory>, int64_t> RolloutHistory::merged_prompts(size_t most_visits) const {
  for (int64_t together = 1;; together *= 2) {
    std::vector<PromptHistory> histories;
    size_t visits = 0, longest = 0;
    for (const PromptHistory& prompt : prompts_) {
      histories.push_back(
          {prompt.id, together == 1 ? prompt.visits : merged(prompt.visits, together), prompt.last_draw});
      visits += histories.back().visits.size();
      longest = std::max(longest, histories.back().visits.size());
    }
    if (visits <= most_visits || longest <= std::size(kViews)) return {std::move(histories), together};
  }
}

DifficultyReport RolloutHistory::difficulty(size_t most_points) const {
  DifficultyReport report;
  report.levels = levels_.names();
  report.levels_in_order = levels_.in_order();
  if (by_step_.empty()) return report;
  const int64_t first = by_step_.front().step, span = by_step_.back().step - first + 1;
  const auto most = static_cast<int64_t>(most_points);
  report.steps_per_point = (span + most - 1) / most;
  const auto points = static_cast<size_t>((span + report.steps_per_point - 1) / report.steps_per_point);
  for (size_t i = 0; i < points; ++i)
    report.steps.push_back(
        std::min(by_step_.back().step, first + static_cast<int64_t>(i + 1) * report.steps_per_point - 1));
  for (const View view : kViews)
    for (size_t level = 0; level < report.levels.size(); ++level) {
      PassCurve curve{level, view, std::vector<int64_t>(points), std::vector<int64_t>(points)};
      bool any = false;
      for (const LevelCount& count : by_step_) {
        if (count.level != level || count.view != view) continue;
        const auto point = static_cast<size_t>((count.step - first) / report.steps_per_point);
        curve.judged[point] += count.judged;
        curve.passed[point] += count.passed;
        any = true;
      }
      if (any) report.curves.push_back(std::move(curve));
    }
  return report;
}

}  // namespace crescent
