#include "core/report/rollout_history.hpp"

#include <doctest/doctest.h>

using namespace crescent;

namespace {

Dataset records_of(const std::vector<std::string>& columns) {
  Dataset dataset;
  for (size_t i = 0; i < columns.size(); ++i) {
    Record record;
    record.id = "r" + std::to_string(i);
    record.columns_json = columns[i];
    dataset.records.push_back(record);
  }
  return dataset;
}

LoggedRollout rollout(int64_t step, const std::string& prompt, std::optional<bool> passed, View view = View::image,
                      const std::string& source = "train", int64_t visit = 0) {
  LoggedRollout r;
  r.step = step;
  r.prompt = prompt;
  r.passed = passed;
  r.view = view;
  r.source = source;
  r.visit = visit;
  return r;
}

}  // namespace

TEST_CASE("the pass rate by difficulty counts judged training responses of each level in each view") {
  const Dataset records = records_of({R"({"difficulty":1})", R"({"difficulty":3})", "{}"});
  const DifficultyLevels levels(&records);
  CHECK(levels.names() == std::vector<std::string>{"1", "3"});
  RolloutHistory history(levels);
  history.add(rollout(1, "r0", true));
  history.add(rollout(1, "r0", false));
  history.add(rollout(1, "r0", std::nullopt));                // no verdict: counts nowhere
  history.add(rollout(1, "r1", true, View::image, "probe"));  // a probe is no training
  history.add(rollout(1, "r2", true));                        // no difficulty
  history.add(rollout(2, "r0", true, View::text));
  history.add(rollout(10, "r1", false));
  const DifficultyReport report = history.difficulty(5);
  CHECK(report.steps_per_point == 2);
  CHECK(report.steps == std::vector<int64_t>{2, 4, 6, 8, 10});
  REQUIRE(report.curves.size() == 3);  // text/1, image/1, image/3
  CHECK((report.curves[0].view == View::text && report.curves[0].level == 0));
  CHECK((report.curves[0].judged == std::vector<int64_t>{1, 0, 0, 0, 0} && report.curves[0].passed[0] == 1));
  CHECK((report.curves[1].view == View::image && report.curves[1].level == 0));
  CHECK((report.curves[1].judged[0] == 2 && report.curves[1].passed[0] == 1));
  CHECK((report.curves[2].level == 1 && report.curves[2].judged[4] == 1 && report.curves[2].passed[4] == 0));
}

TEST_CASE("difficulties that are words stand as they are, many numbers are put into ranges, many words are left out") {
  const Dataset words = records_of({R"({"difficulty":"hard"})", R"({"difficulty":"easy"})"});
  CHECK(DifficultyLevels(&words).names() == std::vector<std::string>{"easy", "hard"});
  std::vector<std::string> columns;
  for (int i = 1; i <= 100; ++i) columns.push_back("{\"difficulty\":" + std::to_string(i) + "}");
  const Dataset many = records_of(columns);
  const DifficultyLevels ranges(&many);
  CHECK(ranges.names() == std::vector<std::string>{"up to 20", "20 to 40", "40 to 60", "60 to 80", "80 to 100"});
  CHECK((ranges.of("r0") == 0 && ranges.of("r19") == 0 && ranges.of("r20") == 1 && ranges.of("r99") == 4));
  CHECK(ranges.of("nobody") == -1);
  const Dataset texts = records_of({R"({"difficulty":"10"})", R"({"difficulty":2})", R"({"difficulty":"2.0"})"});
  CHECK(DifficultyLevels(&texts).names() == std::vector<std::string>{"2", "10"});
  CHECK((DifficultyLevels(&texts).in_order() && !DifficultyLevels(&words).in_order()));
  const Dataset tiny = records_of({R"({"difficulty":1e-320})", R"({"difficulty":null})"});
  CHECK(DifficultyLevels(&tiny).names().size() == 1);
  columns.clear();
  for (int i = 0; i < 9; ++i) columns.push_back("{\"difficulty\":\"w" + std::to_string(i) + "\"}");
  const Dataset too_many = records_of(columns);
  CHECK(DifficultyLevels(&too_many).names().empty());
  CHECK(DifficultyLevels(nullptr).names().empty());
}

TEST_CASE("a prompt's history has one entry a step and view, with what was judged and what passed") {
  const DifficultyLevels levels(nullptr);
  RolloutHistory history(levels);
  history.add(rollout(1, "a", true));
  history.add(rollout(1, "a", false));
  history.add(rollout(1, "b", true));
  history.add(rollout(1, "a", true, View::image, "train", 1));  // drawn twice in the step
  history.add(rollout(1, "a", true, View::image, "probe", 2));
  history.add(rollout(2, "a", std::nullopt));
  history.add(rollout(2, "a", true, View::text));
  const auto& prompts = history.prompts();
  REQUIRE(prompts.size() == 2);
  CHECK(prompts[0].id == "a");
  REQUIRE(prompts[0].visits.size() == 3);
  CHECK((prompts[0].visits[0].judged == 4 && prompts[0].visits[0].passed == 3 && prompts[0].visits[0].draws == 2));
  CHECK((prompts[0].visits[1].judged == 0 && prompts[0].visits[1].view == View::image));
  CHECK((prompts[0].visits[2].judged == 1 && prompts[0].visits[2].view == View::text));
}

TEST_CASE("where there are too many visits, consecutive ones of a view are merged and none is lost") {
  const DifficultyLevels levels(nullptr);
  RolloutHistory history(levels);
  for (int64_t step = 1; step <= 10; ++step)
    history.add(rollout(step, "a", step % 2 == 0, step == 3 ? View::text : View::image, "train", step));
  const auto [all, one] = history.merged_prompts(10);
  CHECK((one == 1 && all[0].visits.size() == 10));
  const auto [few, together] = history.merged_prompts(5);
  CHECK(together == 4);  // pairs would be 1 + 5
  REQUIRE(few[0].visits.size() == 4);
  int draws = 0, judged = 0, passed = 0;
  for (const PromptVisit& visit : few[0].visits) draws += visit.draws, judged += visit.judged, passed += visit.passed;
  CHECK((draws == 10 && judged == 10 && passed == 5));
  CHECK((few[0].visits[0].view == View::text && few[0].visits[0].step == 3));  // in the order of their last steps
  CHECK(few[0].visits[1].step == 5);
}
