#include "core/report/score_snapshots.hpp"

#include <algorithm>
#include <filesystem>

#include "core/base/json.hpp"
#include "core/base/lines.hpp"
#include "core/report/spread.hpp"

namespace crescent {

namespace {

ScoreSnapshot read_snapshot(std::string_view line, const Place& place) {
  const Json json = parse_json(line, place);
  ScoreSnapshot snapshot;
  snapshot.step = integer_member(json, "step", place);
  snapshot.phase = string_member(json, "phase", place);
  snapshot.view = parse_view(string_member(json, "view", place));
  const Json& weights = member(json, "weights", place);
  if (!weights.is_array() || weights.empty())
    throw Error("\"weights\" must be a list of numbers, one for each prompt", place);
  for (const Json& weight : weights) {
    if (!weight.is_number() || weight.get<double>() < 0)
      throw Error(fmt::format("a score must be a number of at least 0, found {}", weight.dump()), place);
    snapshot.scores.push_back(weight.get<double>());
  }
  if (json.contains("prompts")) snapshot.prompts = integer_member(json, "prompts", place);
  return snapshot;
}

// Which of `bins` equal ranges of [0, top] holds the score.
size_t bin_of(double score, double top, size_t bins) {
  return std::min(bins - 1, static_cast<size_t>(score / top * static_cast<double>(bins)));
}

ScoreHistogram histogram_of(const ScoreSnapshot& snapshot, double top) {
  ScoreHistogram histogram{snapshot.step,
                           snapshot.phase,
                           snapshot.view,
                           std::max(snapshot.prompts, static_cast<int64_t>(snapshot.scores.size())),
                           0,
                           0,
                           std::vector<int64_t>(ScoreReport::kHistogramBins)};
  double sum = 0, squares = 0;
  for (const double score : snapshot.scores) {
    ++histogram.counts[bin_of(score, top, ScoreReport::kHistogramBins)];
    sum += score;
    squares += score * score;
  }
  const auto n = static_cast<double>(snapshot.scores.size());
  if (n > 0) histogram.mean = sum / n;
  if (squares > 0) histogram.effective_share = sum * sum / squares / n;
  return histogram;
}

ScoreTransition transition_of(const ScoreSnapshot& from, const ScoreSnapshot& to, double top) {
  constexpr size_t bins = ScoreReport::kTransitionBins;
  ScoreTransition transition{from.step, to.step, from.view, std::vector<int64_t>(bins * bins)};
  for (size_t i = 0; i < from.scores.size(); ++i)
    ++transition.counts[bin_of(from.scores[i], top, bins) * bins + bin_of(to.scores[i], top, bins)];
  return transition;
}

}  // namespace

std::vector<ScoreSnapshot> read_score_snapshots(const std::string& run_folder) {
  const std::string path = run_folder + "/vps.jsonl";
  std::vector<ScoreSnapshot> snapshots;
  if (!std::filesystem::exists(path)) return snapshots;
  for_each_whole_line(path, [&](std::string_view line, int number) {
    snapshots.push_back(read_snapshot(line, {path, number}));
  });
  return snapshots;
}

ScoreReport report_scores(const std::vector<ScoreSnapshot>& snapshots, size_t most) {
  ScoreReport report;
  report.recorded = static_cast<int64_t>(snapshots.size());
  double top = 0;
  for (const ScoreSnapshot& snapshot : snapshots)
    for (const double score : snapshot.scores) top = std::max(top, score);
  if (top > 0) report.top = top;
  const std::vector<size_t> shown = evenly_spread(snapshots.size(), most);
  for (size_t i = 0; i < shown.size(); ++i) {
    const ScoreSnapshot& from = snapshots[shown[i]];
    report.histograms.push_back(histogram_of(from, report.top));
    for (size_t j = i + 1; j < shown.size(); ++j) {
      const ScoreSnapshot& to = snapshots[shown[j]];
      if (to.view != from.view || to.scores.size() != from.scores.size()) continue;
      report.transitions.push_back(transition_of(from, to, report.top));
      break;
    }
  }
  return report;
}

}  // namespace crescent
