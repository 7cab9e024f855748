// A tiny run directory, written as a run writes it, and its records: what the tests of the report count by hand.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "core/base/files.hpp"
#include "core/data/record.hpp"
#include "core/report/report.hpp"
#include "core/rundir/run_directory.hpp"
#include "tests/test_folder.hpp"

namespace crescent {

inline constexpr const char* kMadeConfig = R"(name = "made"
seed = 1
[grpo]
prompts = 2
group = 2
max_response_tokens = 4
pass = { reward = "exact", at_least = 1.0 }
[[reward]]
name = "exact"
plugin = "exact_math"
[sampler]
plugin = "variance_aware"
[[phase]]
name = "words"
view = "text"
steps = 2
[[phase]]
name = "pictures"
view = "image"
steps = 2
[validate]
views = ["text", "image"]
)";

inline Rollout made_rollout(const std::string& text) {
  Rollout rollout;
  rollout.text = text;
  rollout.tokens = {1, 2};
  rollout.logprobs = {-0.1F, -2.0F};
  return rollout;
}

// One prompt's group: a response for each entry of `passes`.
inline ScoredGroup made_group(View view, const std::vector<int>& passes,
                              const std::string& text = "<answer>4</answer>") {
  ScoredGroup group;
  group.group.draw = {0, view, 0, 1};
  group.scores.resize(1);
  for (const int passed : passes) {
    group.group.rollouts.push_back(made_rollout(text));
    group.scores[0].push_back({static_cast<double>(passed), {}, ScoreStatus::ok, ""});
    group.reward.push_back(passed);
    group.passed.push_back(static_cast<uint8_t>(passed));
  }
  return group;
}

struct MadeRun : TestFolder {
  std::unique_ptr<RunDirectory> run;
  Dataset records;

  explicit MadeRun(const std::string& name = "report") : TestFolder(name) {
    run = RunDirectory::create_or_open(path, {kMadeConfig, {{"experiment.lua", "return 1 -- </script>\n"}}});
    SessionInfo session;
    session.program = "crescent test";
    session.threads = 2;
    run->begin(session, {.step = -1}, {{"exact", {}}}, {}, false);
    for (int i = 0; i < 3; ++i) {
      Record record;
      record.id = "r" + std::to_string(i);
      record.problem = "question " + std::to_string(i) + "?";
      record.answer = "4";
      record.columns_json = "{\"difficulty\":" + std::to_string(i) + "}";
      records.records.push_back(record);
    }
  }

  void step(int64_t step, const std::string& phase, const std::string& view, NamedValues metrics) {
    run->step({step, phase, view, std::move(metrics), {{"step_s", 0.5}}});
  }
  void rollouts(int64_t step, const std::string& phase, const std::string& record, const ScoredGroup& group) {
    const RolloutEntry entry{&group, "train", record, std::vector<double>(group.reward.size(), 0.5)};
    run->rollouts().write(step, phase, {&entry, 1});
  }
  ReportRun report_run() const { return {path, &records, "", nullptr, ""}; }
};

}  // namespace crescent
