#include "core/report/report.hpp"

#include <doctest/doctest.h>

#include <random>

#include "core/base/error.hpp"
#include "core/report/payload.hpp"
#include "tests/report/made_run.hpp"

using namespace crescent;

namespace {

// Two phases of two steps, validated at the start and at each phase's end.
void make_steps(MadeRun& made) {
  made.step(0, "words", "", {{"val/text/accuracy", 0}, {"val/image/accuracy", 0.1}});
  made.step(1, "words", "text", {{"reward", 0.25}, {"pass_rate", 0.25}});
  made.step(2, "words", "text",
            {{"reward", 0.5}, {"pass_rate", 0.5}, {"val/text/accuracy", 0.5}, {"val/image/accuracy", 0.2}});
  made.run->transition({"words", "pictures", 2, Decision::Kind::advance, "2 of 2 steps are done"});
  made.step(3, "pictures", "image", {{"reward", 0.75}, {"pass_rate", 0.75}});
  made.step(4, "pictures", "text",
            {{"reward", 1}, {"pass_rate", 1}, {"val/text/accuracy", 0.75}, {"val/image/accuracy", 0.4}});
}

Json run_of(const MadeRun& made) {
  const ReportRun run = made.report_run();
  return run_json(RunContent(run), {});
}

std::string page_of(const MadeRun& made, const ReportOptions& options = {}) {
  return make_report({made.report_run()}, options).html;
}

std::string error_of(const std::string& folder) {
  try {
    make_report({{folder, nullptr, "", nullptr, ""}}, {});
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("the payload has the result of each phase, the phases and why each was left") {
  MadeRun made;
  make_steps(made);
  const Json run = run_of(made);
  CHECK(run["name"] == "made");
  CHECK(run["state"] == "running");  // its lock is held
  CHECK(run["seconds"].dump() == R"({"all":2.5,"step_s":2.5})");
  const Json& rows = run["result"]["rows"];
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].dump() == R"({"label":"before training","step":0,"cells":[[0,null],[0.1,null]]})");
  CHECK(rows[1]["label"] == "after words");
  CHECK(rows[2].dump() == R"({"label":"in pictures, so far","step":4,"cells":[[0.75,null],[0.4,null]]})");
  CHECK(run["phases"].dump() ==
        R"([{"name":"words","view":"text","first":1,"last":2},{"name":"pictures","view":"image","first":3,"last":4}])");
  CHECK(run["transitions"].dump() == R"([{"step":2,"from":"words","to":"pictures","reason":"2 of 2 steps are done"}])");
}

TEST_CASE("a run says whether it is finished, still written or interrupted") {
  MadeRun made;
  make_steps(made);
  CHECK(run_of(made)["state"] == "running");
  made.run.reset();
  CHECK(run_of(made)["state"] == "interrupted");
  made.run = RunDirectory::create_or_open(made.path, {kMadeConfig, {{"experiment.lua", "return 1 -- </script>\n"}}});
  made.run->manifest().finish();
  CHECK(run_of(made)["state"] == "finished");
}

TEST_CASE("a run that has made no step, wrote no rollouts and has no sampler's scores can be reported on") {
  MadeRun made;
  const Json run = run_of(made);
  CHECK(run["result"]["rows"].empty());
  CHECK(run["curves"]["curves"].empty());
  CHECK(run["scores"]["recorded"] == 0);
  CHECK(run["prompts"]["list"].empty());
  CHECK(page_of(made).size() > 100'000);  // the page and its library
}

TEST_CASE("a half-written last line of any file is left out") {
  MadeRun made;
  make_steps(made);
  made.run->vps(4, "pictures", View::image, std::vector<double>{1, 0.5});
  const Json before = run_of(made);
  for (const char* file : {"metrics.jsonl", "timings.jsonl", "vps.jsonl", "transitions.jsonl"})
    AppendFile(made.path + "/" + file).append("{\"step\":5,\"pha");
  CHECK(run_of(made) == before);
}

TEST_CASE("rollouts come with parts, advantage, verdict and quantised probabilities; prompts with their history") {
  MadeRun made;
  make_steps(made);
  made.rollouts(1, "words", "r1", made_group(View::text, {1, 0}));
  made.rollouts(2, "words", "r1", made_group(View::text, {1, 1}));
  made.rollouts(3, "pictures", "gone", made_group(View::image, {0, 0}));
  const ReportRun of = made.report_run();
  const RunContent content(of);
  const Json run = run_json(content, {});
  CHECK(run["prompts"]["list"].dump() == R"([["r1",1,[1,0,1,2,1,1,0,1,2,2]],["gone",-1,[3,2,1,2,0]]])");
  const Json rollouts = rollouts_json(content, sample_rollouts(RolloutReader(made.path), 100, 1 << 20), 100'000, 100);
  CHECK((rollouts["recorded"] == 6 && rollouts["shown"] == 6));
  CHECK(rollouts["part_names"].dump() == R"(["exact"])");
  const Json& group = rollouts["groups"][0];
  CHECK((group["step"] == 1 && group["phase"] == "words" && group["prompt"] == "r1" && group["view"] == "text"));
  CHECK(group["responses"].size() == 2);
  CHECK(group["responses"][0].dump() ==
        R"({"text":"<answer>4</answer>","length":2,"cut":false,"reward":1,"passed":true,"parts":[1],"advantage":0.5})");
  CHECK(rollouts["records"]["r1"]["problem"] == "question 1?");
  CHECK(!rollouts["records"].contains("gone"));
}

TEST_CASE("of many rollouts whole groups are shown, from the first and the last step and evenly between") {
  MadeRun made;
  for (int64_t step = 1; step <= 100; ++step) {
    made.step(step, "words", "text", {{"reward", 1}});
    made.rollouts(step, "words", "r0", made_group(View::text, {1, 0}));
  }
  const RolloutSample sample = sample_rollouts(RolloutReader(made.path), 20, 1 << 20);
  CHECK(sample.recorded == 200);
  REQUIRE(sample.groups.size() == 10);
  CHECK(sample.rollouts() == 20);
  CHECK((sample.groups.front().rollouts[0].step == 1 && sample.groups.back().rollouts[0].step == 100));
  CHECK(sample_rollouts(RolloutReader(made.path), 0, 1 << 20).groups.empty());
  uint64_t bytes = 0;
  for (const StepFrame& step : RolloutReader(made.path).steps()) bytes += step.text_bytes;
  CHECK(sample_rollouts(RolloutReader(made.path), 1'000'000, bytes / 10).rollouts() ==
        18);  // a tenth: memory is bounded
}

TEST_CASE("text from a run never reaches the page as it is") {
  MadeRun made;
  make_steps(made);
  const std::string hostile = "</script><img src=x onerror=alert(1)>";
  made.records.records[0].problem = hostile;
  made.rollouts(1, "words", "r0", made_group(View::text, {1, 0}, hostile));
  const std::string page = page_of(made);
  CHECK(page.find("onerror") == page.npos);
  size_t scripts = 0;
  for (size_t at = page.find("</script>"); at != page.npos; at = page.find("</script>", at + 1)) ++scripts;
  CHECK(scripts == 2 + 13);  // the payload, one run's rollouts; dygraphs and our twelve
}

TEST_CASE("a page that would grow too large shows fewer rollouts until it fits") {
  MadeRun made;
  std::mt19937 random(1);
  for (int64_t step = 1; step <= 40; ++step) {
    made.step(step, "words", "text", {{"reward", 1}});
    std::string noise;
    for (int i = 0; i < 2000; ++i) noise += static_cast<char>('a' + random() % 26);
    made.rollouts(step, "words", "r0", made_group(View::text, {1, 0, 1, 0}, noise));
  }
  const Report all = make_report({made.report_run()}, {});
  CHECK((all.fits && all.rollouts_shown == 160));
  const size_t limit = all.html.size() - 20'000;
  const Report less = make_report({made.report_run()}, {.rollouts = 160, .most_bytes = limit});
  CHECK((less.fits && less.html.size() <= limit && less.rollouts_shown > 0 && less.rollouts_shown < 160));
  CHECK(less.rollouts_recorded == 160);
  const Report never = make_report({made.report_run()}, {.rollouts = 160, .most_bytes = 1000});
  CHECK((!never.fits && never.rollouts_shown == 0));
}

TEST_CASE("long captions of prompts that are not shown are left out before any rollout is") {
  MadeRun made;
  std::mt19937 random(1);
  for (int i = 3; i < 400; ++i) made.records.records.push_back({.id = "r" + std::to_string(i), .problem = "q"});
  for (Record& record : made.records.records)
    for (int i = 0; i < 3000; ++i) record.caption += static_cast<char>('a' + random() % 26);
  for (int64_t step = 1; step <= 400; ++step) {
    made.step(step, "words", "text", {{"reward", 1}});
    made.rollouts(step, "words", "r" + std::to_string(step - 1), made_group(View::text, {1, 0}));
  }
  const Report report = make_report({made.report_run()}, {.rollouts = 20, .most_bytes = 600'000});
  CHECK((report.fits && report.rollouts_shown == 20));
}

TEST_CASE("a run's seconds add up every step, however few points its curves have") {
  MadeRun made;
  for (int64_t step = 1; step <= 50; ++step) {
    StepReport report{step, "words", "text", {{"reward", 1}}, {{"step_s", 1}, {"rollout_tokens_per_s", 100}}};
    if (step % 5 == 0) report.timings.emplace_back("validate_s", 10);
    made.run->step(report);
  }
  const ReportRun run = made.report_run();
  CHECK(run_json(RunContent(run), {.curve_points = 7})["seconds"].dump() ==
        R"({"all":150,"step_s":50,"validate_s":100})");
}

TEST_CASE("warnings come with their further lines, the last two hundred of them") {
  MadeRun made;
  make_steps(made);
  for (int i = 0; i < 201; ++i) made.run->log().warning("odd {}\nremedy", i);
  made.run->log().info("calm");
  const Json run = run_of(made);
  CHECK((run["all_warnings"] == 201 && run["warnings"].size() == 200));
  CHECK(run["warnings"][199].get<std::string>().ends_with("warning odd 200\n    remedy"));
}

TEST_CASE("a damaged line of transitions.jsonl is an error with its place") {
  MadeRun made;
  make_steps(made);
  AppendFile(made.path + "/transitions.jsonl")
      .append("{\"step\":4,\"from\":\"a\",\"to\":null,\"kind\":\"left\",\"reason\":\"\"}\n");
  CHECK_THROWS_WITH(
      run_of(made),
      doctest::Contains("transitions.jsonl:2: kind is \"left\", but a phase is left by advance, jump or stop"));
}

TEST_CASE("what is no run directory is refused with the remedy") {
  TestFolder folder("no_run");
  CHECK(error_of(folder.path) ==
        folder.path + ": there is no such folder; name a run directory, which `crescent run` makes");
  make_folders(folder.path);
  CHECK(error_of(folder.path) == folder.path +
                                     ": is not a run directory: it has no config.toml and manifest.json; name a folder "
                                     "that `crescent run` made (runs/<name>, or what --out said)");
}

TEST_CASE("numbers are as short as a screen shows them") {
  CHECK(short_number(0.123456789).dump() == "0.12346");
  CHECK(short_number(3).dump() == "3");
  CHECK(short_number(1.0 / 3e7).dump() == "3.3333e-08");
  CHECK(short_number(-123456.7).dump() == "-123460");
  CHECK(short_number(std::nan("")).is_null());
}
