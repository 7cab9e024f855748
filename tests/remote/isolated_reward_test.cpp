// Rewards in worker processes: what they do wrong costs a retry and then the response to blame, never the run.
#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <thread>

#include "core/remote/isolated_reward.hpp"
#include "tests/remote/rewarding.hpp"

using namespace crescent;
using namespace crescent::testing;

namespace {

const WorkerLimits kLimits = some_limits();

struct BuiltOnce {
  TempFolder folder;
  BuiltOnce() {
    for (const std::string name : {"bad_process", "bad_load", "throwing"})
      build_plugin("bad_plugins/" + name + ".cpp", folder / (name + ".so"));
  }
};
std::string built(const std::string& name) {
  static const BuiltOnce once;
  return once.folder / (name + ".so");
}

PluginUse bad_process(const std::string& option = "", Value value = {}) {
  PluginUse use{built("bad_process"), {}, Place{"experiment.lua", 9}};
  if (!option.empty()) use.options.set(option, std::move(value));
  Problems problems;
  use.options = resolve_isolated_options(use, kLimits, {}, problems);
  problems.throw_if_any();
  return use;
}

std::unique_ptr<Reward> isolated(const WorkerLimits& limits = kLimits, const HostServices& services = {}) {
  return make_isolated_reward(bad_process(), "mine", limits, {}, services);
}

// Why the middle response failed; its neighbours must be judged all the same.
std::string fault_text(const std::string& response, WorkerLimits limits = kLimits) {
  const auto reward = isolated(limits);
  const auto scores = scores_of(*reward, {"good", response, "fine one"});
  CHECK(scores[0].status == ScoreStatus::ok);
  CHECK(scores[0].parts[0] == 4);
  CHECK(scores[2].status == ScoreStatus::ok);
  CHECK(scores[2].parts[0] == 8);
  CHECK(scores[1].status == ScoreStatus::failed);
  CHECK(std::isnan(scores[1].value));
  const std::string start = "reward \"mine\": sample 1 of record \"r-7\": ";
  REQUIRE(scores[1].error.starts_with(start));
  return scores[1].error.substr(start.size());
}

}  // namespace

TEST_CASE("whatever a reward does to its process fails the response to blame alone, and says what it was") {
  CHECK(fault_text("segfault") == "its process ended by signal 11 (Segmentation fault)");
  CHECK(fault_text("abort") == "its process ended by signal 6 (Aborted)");
  CHECK(fault_text("exit 3") == "its process ended with exit code 3");
  CHECK(fault_text("exit 0") == "its process ended with exit code 0");
  CHECK(fault_text("garbage") == "bytes that are no frame, where an answer should be");
  CHECK(fault_text("stale") == "an answer to another question than was asked");
  CHECK(fault_text("close") == "its process closed its output and went on");
  CHECK(fault_text("throw") == "cannot judge");
  CHECK(fault_text("nan") == "the score is NaN: the plugin computed NaN or wrote no score");
  CHECK(fault_text("memory") == "std::bad_alloc");
  CHECK(fault_text("last words") ==
        "its process ended by signal 6 (Aborted); its last line on stderr: the table is gone");
}

TEST_CASE("a reward that hangs is stopped when its time is over") {
  WorkerLimits limits = kLimits;
  limits.timeout_ms = 300;
  const auto start = std::chrono::steady_clock::now();
  CHECK(fault_text("hang", limits) == "no answer within timeout_ms = 300");
  CHECK(fault_text("spin", limits) == "no answer within timeout_ms = 300");
  CHECK(fault_text("flood", limits) == "no answer within timeout_ms = 300");
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
}

TEST_CASE("a crash is noticed at once, though a process that the plugin forked holds its output open") {
  const auto start = std::chrono::steady_clock::now();
  CHECK(fault_text("fork and crash") == "its process ended by signal 11 (Segmentation fault)");
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));  // and not the 60 of timeout_ms
}

TEST_CASE("a plugin that comes out of its call twice is answered for once") {
  const auto reward = isolated();
  CHECK(scores_of(*reward, {"fork", "good"})[0].status == ScoreStatus::ok);
  for (int i = 0; i < 3; ++i) {
    const auto scores = scores_of(*reward, {"fork", "of eight"});
    for (const Score& score : scores) CHECK(score.status == ScoreStatus::ok);
    CHECK(scores[1].parts[0] == 8);  // not what an earlier call was told
  }
}

TEST_CASE("every response of a call may be at fault, and each says so") {
  const auto reward = isolated();
  const auto scores = scores_of(*reward, {"segfault", "exit 3", "segfault"});
  for (const Score& score : scores) CHECK(score.status == ScoreStatus::failed);
  CHECK(scores[1].error.ends_with("its process ended with exit code 3"));
  CHECK(scores_of(*reward, {"good"})[0].value == 1);
}

TEST_CASE("what takes long together and not alone is judged, with a hint") {
  KeptLog kept;
  HostServices services;
  services.log = &kept.log;
  WorkerLimits limits = kLimits;
  limits.timeout_ms = 700;
  const auto reward = make_isolated_reward(bad_process("hang_together", Value(true)), "mine", limits, {}, services);
  CHECK(scores_of(*reward, {"a", "b", "c"})[2].status == ScoreStatus::ok);
  std::vector<Sample> samples(5);
  for (Sample& sample : samples) sample.index_in_group = 2, sample.record_id = "r";
  std::vector<Score> scores(samples.size());
  reward->score(samples, scores);  // five times 0.3 s
  for (const Score& score : scores) CHECK(score.status == ScoreStatus::ok);
  CHECK(
      kept.has("reward \"mine\": 5 responses together got no answer within timeout_ms = 700, each alone had one; "
               "raise timeout_ms"));
}

TEST_CASE("a process that leaks is replaced before it reaches its limit, and no response fails") {
  WorkerLimits limits = kLimits;
  limits.memory_mb = 256;
  const auto reward = isolated(limits);
  for (int i = 0; i < 24; ++i) CHECK(scores_of(*reward, {"leak", "good"})[0].status == ScoreStatus::ok);
}

TEST_CASE("what a plugin prints goes to the log and disturbs nothing") {
  KeptLog kept;
  HostServices services;
  services.log = &kept.log;
  const auto reward = isolated(kLimits, services);
  const auto scores = scores_of(*reward, {"print", "good"});
  CHECK(scores[0].status == ScoreStatus::ok);
  CHECK(scores_of(*reward, {"good"})[0].status == ScoreStatus::ok);
  CHECK(kept.has("[plugin/mine] printed: on stderr"));
  CHECK(kept.has("[plugin/mine] printed: on stdout"));
}

TEST_CASE("what a plugin prints before it crashes is in the log") {
  KeptLog kept;
  HostServices services;
  services.log = &kept.log;
  scores_of(*isolated(kLimits, services), {"print and crash"});
  CHECK(kept.has("[plugin/mine] printed: last on stdout"));
}

TEST_CASE("a crash is told once as a warning, then in the log alone") {
  KeptLog kept;
  HostServices services;
  services.log = &kept.log;
  const auto reward = isolated(kLimits, services);
  scores_of(*reward, {"segfault", "good"});
  scores_of(*reward, {"segfault"});
  REQUIRE(kept.lines.size() == 2);
  CHECK(kept.lines[0].first == LogLevel::warning);
  CHECK(
      kept.lines[0].second ==
      "reward \"mine\": 2 responses of record \"r-7\" at step 0: its process ended by signal 11 (Segmentation fault); "
      "each is judged again by a fresh process, alone");
  CHECK(kept.lines[1].first == LogLevel::info);
}

TEST_CASE("scores, parts, log, metrics, random numbers and records are the same in a worker process as in this one") {
  const auto judge = [](bool apart) {
    KeptLog kept;
    MetricCollector metrics;
    HostServices services{.seed = 5, .log = &kept.log, .metrics = &metrics};
    services.dataset = {[] { return uint64_t{3}; },
                        [](uint64_t i, std::string_view name) -> std::optional<std::string> {
                          if (name != "answer" || i != 2) return {};
                          return std::string(7, 'x');
                        }};
    const auto reward = apart ? make_isolated_reward(bad_process(), "mine", kLimits, {}, services)
                              : make_reward(bad_process(), "mine", {}, services);
    std::string text = fmt::format("{}", reward->part_names());
    for (const Score& s : scores_of(*reward, {"one", "metric", "skip", "field", "metric", "throw", "four"}))
      text += fmt::format("\n{} {} {} {}", static_cast<int>(s.status), s.value, s.parts, s.error);
    for (const auto& [name, value] : metrics.take()) text += fmt::format("\n{} {}", name, value);
    for (const auto& [level, line] : kept.lines) text += "\n" + line;
    return text;
  };
  const std::string here = judge(false);
  CHECK(here.find("0 7 [") != std::string::npos);  // the field was found
  CHECK(here.find("plugin/mine/seen 1") != std::string::npos);
  CHECK(judge(true) == here);
}

TEST_CASE("what is recorded by a call that failed and was repeated counts once") {
  MetricCollector metrics;
  HostServices services;
  services.metrics = &metrics;
  const auto reward = isolated(kLimits, services);
  scores_of(*reward, {"metric", "segfault", "metric"});
  CHECK(metrics.take_all()["plugin/mine/seen"].size() == 2);
}

TEST_CASE("a plugin that crashes while it is loaded or made is an error at the script's place") {
  CHECK(error_of([] {
          PluginUse use{built("bad_load"), {}, Place{"experiment.lua", 9}};
          Problems problems;
          resolve_isolated_options(use, kLimits, {}, problems);
          problems.throw_if_any();
        }) == "experiment.lua:9: plugin " + built("bad_load") +
                  ": the library cannot be loaded: its process ended by signal 11 (Segmentation fault)");
  const auto made_at = [](const std::string& harm) {
    return error_of([&] { make_isolated_reward(bad_process("at", Value(harm)), "mine", kLimits, {}, {}); });
  };
  CHECK(made_at("segfault") ==
        "experiment.lua:9: reward \"mine\": create failed: its process ended by signal 11 (Segmentation fault)");
  CHECK(made_at("throw") == "experiment.lua:9: reward \"mine\": create failed: cannot judge");
  CHECK(made_at("memory") == "experiment.lua:9: reward \"mine\": create failed: std::bad_alloc");
}

TEST_CASE("options of an isolated plugin are checked as they are in this process") {
  const auto mistakes = [](bool apart, const std::string& plugin, const std::string& option, Value value) {
    PluginUse use{plugin, {}, Place{"experiment.lua", 9}};
    if (!option.empty()) use.options.set(option, std::move(value));
    const PluginSearch search{{bundled_folder()}, "/nowhere", kLimits.launcher};
    Problems problems;
    const Table table = apart ? resolve_isolated_options(use, kLimits, search, problems)
                              : resolve_options(PluginRole::reward, use, search, problems);
    std::string text = error_of([&] { problems.throw_if_any(); });
    for (const auto& [name, v] : table.fields) text += name + " = " + v.show() + "\n";
    return text;
  };
  const std::tuple<std::string, std::string, Value> cases[] = {
      {built("bad_process"), "", Value()},
      {built("bad_process"), "hang_togeter", Value(true)},
      {built("bad_process"), "at", Value(int64_t{3})},
      {"exact_math", "", Value()},
      {"exact_math", "form", Value(std::string("liberal"))},
      {bundled("uniform"), "", Value()},
      {"exact_maths", "", Value()},
      {"./no.so", "", Value()},
      {source("README.md") + "/", "", Value()},
  };
  for (const auto& [plugin, option, value] : cases) {
    CAPTURE(plugin);
    CAPTURE(option);
    const std::string here = mistakes(false, plugin, option, value);
    CHECK(!here.empty());
    CHECK(mistakes(true, plugin, option, value) == here);
  }
}

TEST_CASE("calls from several threads share as many processes as they may have") {
  WorkerLimits limits = kLimits;
  limits.workers = 2;
  const auto reward = isolated(limits);
  std::vector<std::thread> threads;
  std::vector<int> good(4, 0);
  for (size_t t = 0; t < good.size(); ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) good[t] += scores_of(*reward, {std::string(t + 1, 'x')})[0].parts[0] == t + 1;
    });
  for (std::thread& thread : threads) thread.join();
  for (const int n : good) CHECK(n == 50);
}

TEST_CASE("a large batch of long responses comes through whole") {
  const auto reward = isolated();
  std::vector<std::string> responses(512);
  for (size_t i = 0; i < responses.size(); ++i) responses[i] = std::string(16000 + i, 'x');
  const auto scores = scores_of(*reward, responses);
  for (size_t i = 0; i < responses.size(); ++i) CHECK(scores[i].parts[0] == 16000 + static_cast<double>(i));
}
