// What the rollouts tell of prompts: how often each was solved over time, and the pass rate by level of difficulty.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/data/record.hpp"
#include "core/rundir/logged_rollout.hpp"

namespace crescent {

// Responses to one prompt in one view: in one step, or in a few that were merged to save space.
struct PromptVisit {
  int64_t step = 0;  // the last
  View view = View::image;
  int32_t draws = 0;               // for training, those that were replaced with them
  int32_t judged = 0, passed = 0;  // responses, those of probes too
};

struct PromptHistory {
  std::string id;
  std::vector<PromptVisit> visits;  // in the order of the steps; probes included
  int64_t last_draw = -1;           // its number, among all draws of the prompt
};

struct PassCurve {
  size_t level = 0;  // of DifficultyReport::levels
  View view = View::image;
  std::vector<int64_t> judged, passed;  // [points] training responses
};

struct DifficultyReport {
  std::vector<std::string> levels;  // empty: the records have no `difficulty`
  bool levels_in_order = false;     // from easy to hard, being numbers; words are in alphabetical order
  int64_t steps_per_point = 1;
  std::vector<int64_t> steps;     // [points] the last of each point's steps
  std::vector<PassCurve> curves;  // only those with responses
};

// Levels of difficulty: the values of the records' column `difficulty`, where there are at most kMostLevels of them;
// more numbers are put into kRanges ranges of about equally many records. Where all values are numbers, "3" is one too.
class DifficultyLevels {
 public:
  static constexpr size_t kMostLevels = 8, kRanges = 5;
  explicit DifficultyLevels(const Dataset* records);  // null: there are none
  const std::vector<std::string>& names() const { return names_; }
  bool in_order() const { return in_order_; }  // from small numbers to large ones
  int of(const std::string& record_id) const;  // -1: the record has none, or is not there

 private:
  void level_numbers(const std::vector<std::pair<std::string, double>>& known);
  void level_words(const std::vector<std::pair<std::string, std::string>>& known);
  std::vector<std::string> names_;
  bool in_order_ = false;
  std::unordered_map<std::string, int> level_of_;
};

// Takes rollouts in the order of rollouts/, whose lines of one group follow each other.
class RolloutHistory {
 public:
  explicit RolloutHistory(const DifficultyLevels& levels) : levels_(levels) {}
  void add(const LoggedRollout& rollout);

  const std::vector<PromptHistory>& prompts() const { return prompts_; }
  // The same in at most about `most_visits` visits in all: where there are more, 2, 4, ...
  // consecutive visits of a prompt in a view are merged; the second number says how many.
  std::pair<std::vector<PromptHistory>, int64_t> merged_prompts(size_t most_visits) const;
  DifficultyReport difficulty(size_t most_points) const;

 private:
  struct LevelCount {
    int64_t step = 0;
    size_t level = 0;
    View view = View::image;
    int64_t judged = 0, passed = 0;
  };
  void add_to_prompt(const LoggedRollout& rollout);
  void add_to_level(const LoggedRollout& rollout);

  const DifficultyLevels& levels_;
  std::vector<PromptHistory> prompts_;
  std::unordered_map<std::string, size_t> at_;  // id -> place in prompts_
  std::vector<LevelCount> by_step_;             // one a step, level and view
  size_t step_begin_ = 0;                       // of the present step in by_step_
};

}  // namespace crescent
