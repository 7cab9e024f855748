// What the page is given: plain JSON that page/*.js reads.
#pragma once

#include "core/base/json.hpp"
#include "core/report/curves.hpp"
#include "core/report/report.hpp"
#include "core/report/rollout_history.hpp"
#include "core/report/rollout_sample.hpp"
#include "core/report/run_files.hpp"
#include "core/report/score_snapshots.hpp"

namespace crescent {

// How much detail a report affords.
struct ReportLimits {
  int64_t rollouts = 4000;
  size_t picture_bytes = 1'200'000;  // of data URIs, over all runs
  size_t visits = 300'000;           // points of the prompts' histories, of each run
  size_t curve_points = 4000;
  size_t snapshots = 24;
  size_t difficulty_points = 100;
  size_t records = 5000;  // questions of prompts of which no rollout is shown, of each run
};

// What is read of a run, whatever the limits.
struct RunContent {
  const ReportRun* run = nullptr;
  RunFiles files;
  std::vector<ScoreSnapshot> snapshots;
  DifficultyLevels levels;
  RolloutHistory history;
  explicit RunContent(const ReportRun& run, const OnProgress& on_progress = {});
  RunContent(const RunContent&) = delete;  // history refers to levels
};

// Everything but rollouts: settings, result, curves, scores, difficulty, prompts.
Json run_json(const RunContent& content, const ReportLimits& limits);

// The sampled rollouts with their records, pictures and tokens; then at most `other_records` of other prompts. Pictures
// come in that order while `picture_bytes` last.
Json rollouts_json(const RunContent& content, const RolloutSample& sample, size_t picture_bytes, size_t other_records);

// {per_point, steps, curves}: what page/unpack.js reads as curves; of at most about `most_points` points each.
Json curves_json(const std::vector<StepReport>& steps, size_t most_points);

// NaN and infinities become null; 5 significant digits, which is more than a screen shows.
Json short_number(double value);

}  // namespace crescent
