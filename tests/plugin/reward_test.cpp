// Rewards behind the C interface, well behaved and otherwise.
#include <doctest/doctest.h>

#include <cmath>
#include <thread>

#include "core/base/random.hpp"
#include "core/plugin/plugin.hpp"
#include "tests/plugin/building.hpp"

using namespace crescent;
using namespace crescent::testing;

namespace {

PluginUse use(const std::string& path, const std::string& option = "", Value value = {}) {
  PluginUse u{path, {}, Place{"experiment.lua", 9}};
  if (!option.empty()) u.options.set(option, std::move(value));
  return u;
}

struct BuiltOnce {
  TempFolder folder;
  BuiltOnce() {
    build_plugin("bad_plugins/bad_reward.cpp", folder / "bad_reward.so");
    build_plugin("bad_plugins/throwing.cpp", folder / "throwing.so");
  }
};
const TempFolder& built() {
  static const BuiltOnce once;
  return once.folder;
}

std::unique_ptr<Reward> bad_reward(const std::string& fault) {
  return make_reward(use(built() / "bad_reward.so", "fault", Value(fault)), "mine", {}, {});
}

std::vector<Score> scores_of(Reward& reward, const std::vector<std::string>& responses) {
  std::vector<Sample> samples;
  for (size_t i = 0; i < responses.size(); ++i) {
    Sample s;
    s.response = responses[i];
    s.record_id = "r-7";
    s.index_in_group = static_cast<uint32_t>(i);
    s.token_count = static_cast<uint32_t>(10 + i);
    samples.push_back(s);
  }
  std::vector<Score> scores(samples.size());
  reward.score(samples, scores);
  return scores;
}

// The text of the middle sample's failure; the others must be judged all the same.
std::string fault_text(const std::string& fault) {
  const auto reward = bad_reward(fault);
  const auto scores = scores_of(*reward, {"good", "bad", "good"});
  CHECK(scores[0].status == ScoreStatus::ok);
  CHECK(scores[0].value == 10);
  CHECK(scores[2].status == ScoreStatus::ok);
  CHECK(scores[2].value == 12);
  CHECK(scores[1].status == ScoreStatus::failed);
  CHECK(std::isnan(scores[1].value));
  const std::string start = "reward \"mine\": sample 1 of record \"r-7\": ";
  REQUIRE(scores[1].error.starts_with(start));
  return scores[1].error.substr(start.size());
}

template <class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("whatever a reward does wrong fails the sample to blame alone, and says what it was") {
  CHECK(fault_text("throws") == "score let an exception through the C interface: index 9 of 3");
  CHECK(fault_text("throws 7") == "score let an exception through the C interface");
  CHECK(fault_text("NaN") == "the score is NaN: the plugin computed NaN or wrote no score");
  CHECK(fault_text("too few") == "the score is NaN: the plugin computed NaN or wrote no score");
  CHECK(fault_text("infinite") == "the score is -inf");
  CHECK(fault_text("infinite part") == "the part \"second\" is inf");
  CHECK(fault_text("too many") == "score wrote past the end of its buffers for 1 samples");
  CHECK(fault_text("fails") == "cannot read it");
  CHECK(fault_text("item fails") == "it gave no reason");
  CHECK(fault_text("odd status") == "it set the status 99, which is no crescent_status");
  CHECK(fault_text("odd result") == "score returned -3, which is no crescent_status");
  CHECK(fault_text("long error").size() == 2048);
}

TEST_CASE("a reward that has nothing to say about a sample leaves it out without a failure") {
  const auto reward = bad_reward("not applicable");
  const auto scores = scores_of(*reward, {"good", "bad"});
  CHECK(scores[0].status == ScoreStatus::ok);
  CHECK(scores[1].status == ScoreStatus::not_applicable);
  CHECK(scores[1].error == "");
}

TEST_CASE("a plugin that cannot be made is an error at the script's place that names it") {
  CHECK(error_of([] { bad_reward("create fails"); }) ==
        "experiment.lua:9: reward \"mine\": create failed: the table \"answers.bin\" is missing");
  CHECK(error_of([] { bad_reward("create silent"); }) ==
        "experiment.lua:9: reward \"mine\": create failed: it gave no reason");
  CHECK(error_of([] { bad_reward("create throws"); }) ==
        "experiment.lua:9: reward \"mine\": create let an exception through the C interface: no table");
  CHECK(error_of([] {
          bad_reward("endless parts");
        }).find("reward \"mine\": part_name never returns NULL; a score has at most 256 parts") != std::string::npos);
  CHECK(error_of([] { make_reward(use(built() / "throwing.so", "refuse", Value(true)), "mine", {}, {}); }) ==
        "experiment.lua:9: reward \"mine\": create failed: refused");
}

TEST_CASE("exceptions in the C++ layer become the failure of their sample") {
  const auto reward = make_reward(use(built() / "throwing.so"), "mine", {}, {});
  const auto scores = scores_of(*reward, {"fine", "throw", "throw 7", "parts", "skip", "option", "fine"});
  const std::string start = "reward \"mine\": sample ";
  CHECK(scores[0].status == ScoreStatus::ok);
  CHECK(scores[1].error == start + "1 of record \"r-7\": cannot judge \"throw\"");
  CHECK(scores[2].error == start + "2 of record \"r-7\": threw something that is not a std::exception");
  CHECK(scores[3].error == start + "3 of record \"r-7\": gave 3 parts, but declares 2");
  CHECK(scores[4].status == ScoreStatus::not_applicable);
  CHECK(scores[5].error ==
        start + "5 of record \"r-7\": the plugin reads an option \"refuse\" that it did not declare with that type");
  CHECK(scores[6].status == ScoreStatus::ok);
}

TEST_CASE("a reward reaches the run's log, random numbers, metrics and records") {
  const TempFolder folder;
  Log log;
  log.open(folder / "log.txt");
  log.show(LogLevel::error, {});
  MetricCollector metrics;
  HostServices services{.seed = 5, .log = &log, .metrics = &metrics};
  services.dataset = {[] { return uint64_t{3}; },
                      [](uint64_t i, std::string_view name) -> std::optional<std::string> {
                        if (name != "answer" || i == 2) return {};
                        return std::string(i + 4, 'x');
                      }};
  const auto reward = make_reward(use(built() / "throwing.so"), "mine", {}, services);
  CHECK(reward->part_names() == std::vector<std::string>{"length", "random"});

  const auto scores = scores_of(*reward, {"fine", "okay then"});
  CHECK(scores[1].parts[0] == 9);
  CHECK(scores[0].parts[1] != scores[1].parts[1]);  // keyed by the sample
  CHECK(scores[0].parts[1] ==
        scores_of(*make_reward(use(built() / "throwing.so"), "mine", {}, services), {"fine"})[0].parts[1]);
  services.seed = 6;
  CHECK(scores[0].parts[1] !=
        scores_of(*make_reward(use(built() / "throwing.so"), "mine", {}, services), {"fine"})[0].parts[1]);
  CHECK(scores[0].parts[1] !=
        scores_of(*make_reward(use(built() / "throwing.so"), "other", {}, services), {"fine"})[0].parts[1]);

  const auto taken = metrics.take();
  REQUIRE(taken.size() == 2);
  CHECK(taken[0].first == "plugin/mine/seen");
  CHECK(taken[0].second == 1);
  CHECK(taken[1].first == "plugin/other/seen");
  CHECK(metrics.take().empty());
  CHECK(scores_of(*reward, {"metric"})[0].error ==
        "reward \"mine\": sample 0 of record \"r-7\": the host refused the metric \"Bad Name\"");

  CHECK(read_bytes(folder / "log.txt").find("[plugin/mine] judged one") != std::string::npos);

  std::vector<Sample> samples(3);
  for (uint64_t i = 0; i < 3; ++i) samples[i].response = "field", samples[i].group_id = i + (i == 2 ? 5 : 0);
  std::vector<Score> fields(3);
  reward->score(samples, fields);
  CHECK(fields[0].value == 4);
  CHECK(fields[1].value == 5);
  CHECK(fields[2].value == -1);  // no such record
}

TEST_CASE("a step's metric is the mean of what was recorded, in whatever order") {
  MetricCollector a, b;
  for (const double x : {1e16, 1.0, -1e16, 3.0}) a.record("x", x);
  for (const double x : {3.0, -1e16, 1.0, 1e16}) b.record("x", x);
  CHECK(a.take() == b.take());
}

TEST_CASE("what is recorded while recording is off is dropped, what was there before is kept") {
  MetricCollector metrics;
  metrics.record("x", 1);
  metrics.set_recording(false);
  metrics.record("x", 100);
  metrics.record("y", 100);
  metrics.set_recording(true);
  metrics.record("x", 3);
  CHECK(metrics.take() == NamedValues{{"x", 2}});
}

TEST_CASE("a reward in plain C, built in a folder with nothing but the header, is judged like any other") {
  const TempFolder empty;
  std::filesystem::copy(source("core/abi/crescent_plugin.h"), empty / "crescent_plugin.h");
  std::filesystem::copy(source("tests/plugins_c/token_limit.c"), empty / "token_limit.c");
  shell("cd " + empty.path() +
        " && cc -std=c11 -Wall -Wextra -Wpedantic -Werror -shared -fPIC token_limit.c -o token_limit.so");
  PluginUse u{"token_limit.so", {}, Place{"experiment.lua", 2}};
  u.options.set("limit", Value(int64_t{11}));
  const auto reward = make_reward(u, "token_limit", {{}, empty.path()}, {});
  CHECK(reward->part_names() == std::vector<std::string>{"over"});
  const auto scores = scores_of(*reward, {"a", "b", "c"});  // 10, 11 and 12 tokens
  CHECK(scores[0].value == 1);
  CHECK(scores[1].value == 1);
  CHECK(scores[2].value == 0.5);
  CHECK(scores[2].parts == std::vector<double>{1});
  std::vector<Sample> none(1);
  std::vector<Score> failed(1);
  none[0].record_id = "r";
  reward->score(none, failed);
  CHECK(failed[0].error == "reward \"token_limit\": sample 0 of record \"r\": a response of no tokens");
  u.options.set("unit", Value(std::string("bytes")));
  CHECK(scores_of(*make_reward(u, "token_limit", {{}, empty.path()}, {}), {"123456789012"})[0].value == 0.5);
}

TEST_CASE("one reward serves many threads at once") {
  const auto reward = make_reward(use(bundled("exact_math")), "exact_math", {}, {});
  std::vector<std::thread> threads;
  std::vector<double> sums(4, 0);
  for (size_t t = 0; t < sums.size(); ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) {
        const std::string text = "<answer>" + std::to_string(i % 10) + "</answer>";
        Sample s;
        s.response = text;
        s.gold = "3";
        Score score;
        reward->score({&s, 1}, {&score, 1});
        sums[t] += score.value;
      }
    });
  for (std::thread& t : threads) t.join();
  for (const double sum : sums) CHECK(sum == 50);
}

TEST_CASE("exact_math pays for the right final answer, and has nothing to say without a gold one") {
  const auto reward = make_reward(use(bundled("exact_math")), "exact_math", {}, {});
  std::vector<Sample> samples(4);
  samples[0].response = "<think>3+5=8</think><answer>8</answer>", samples[0].gold = "8";
  samples[1].response = "<think>8</think><answer>9</answer>", samples[1].gold = "8";
  samples[2].response = "<think>8", samples[2].gold = "8";
  samples[3].response = "<answer>8</answer>";
  std::vector<Score> scores(4);
  reward->score(samples, scores);
  CHECK(scores[0].value == 1);
  CHECK(scores[1].value == 0);
  CHECK(scores[2].value == 0);
  CHECK(scores[3].status == ScoreStatus::not_applicable);
}

TEST_CASE("format_tags pays for thoughts and an answer in their tags and nothing else") {
  const auto reward = make_reward(use(bundled("format_tags")), "format_tags", {}, {});
  struct {
    const char* response;
    double score;
  } const cases[] = {
      {"<think>a</think><answer>b</answer>", 1},
      {" <think> a </think>\n<answer> b </answer> \n", 1},
      {"<think>1<2</think><answer>x</answer>", 1},
      {"", 0},
      {"8", 0},
      {"<think>a</think>", 0},
      {"<answer>b</answer>", 0},
      {"<answer>b</answer><think>a</think>", 0},
      {"<think></think><answer>b</answer>", 0},
      {"<think>a</think><answer> </answer>", 0},
      {"<think>a</think>so<answer>b</answer>", 0},
      {"Well <think>a</think><answer>b</answer>", 0},
      {"<think>a</think><answer>b</answer>.", 0},
      {"<think>a<think>a</think><answer>b</answer>", 0},
      {"<think>a</think></think><answer>b</answer>", 0},
      {"<think>a</think><answer>b</answer><answer>b</answer>", 0},
      {"<think>a<answer>b</answer></think><answer>b</answer>", 0},
      {"<think>a</think><answer>b<think></answer>", 0},
      {"<Think>a</Think><answer>b</answer>", 0},
  };
  for (const auto& c : cases) {
    CAPTURE(c.response);
    CHECK(scores_of(*reward, {c.response})[0].value == c.score);
  }
  Sample cut;
  cut.response = cases[0].response;
  cut.finish = FinishReason::length;
  Score score;
  reward->score({&cut, 1}, {&score, 1});
  CHECK(score.value == 0);
  PluginUse u = use(bundled("format_tags"), "think", Value(std::string("reason")));
  CHECK(scores_of(*make_reward(u, "f", {}, {}), {"<reason>a</reason><answer>b</answer>"})[0].value == 1);
  u.options.set("answer", Value(std::string("reason")));
  CHECK(error_of([&] { make_reward(u, "f", {}, {}); }) ==
        "experiment.lua:9: reward \"f\": create failed: both tags are called \"reason\"; they must differ");
}
