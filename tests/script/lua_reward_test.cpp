// A script's functions as rewards.
#include <doctest/doctest.h>

#include <thread>

#include "tests/script/loading.hpp"

using namespace crescent;

TEST_CASE("a Lua reward sees the sample and returns a score, parts, or nothing") {
  const Scratch scratch;
  const LoadedExperiment loaded = load(scratch, R"lua(
run:reward { "r", parts = { "a", "b" }, score = function(s)
  if s.gold == "" then return nil end
  return s.tokens + #s.columns.list + s.columns.level, { a = s.index, b = s.finish == "length" and 1 or 0 }
end })lua");
  Sample sample;
  sample.gold = "4";
  sample.token_count = 10;
  sample.index_in_group = 2;
  sample.finish = FinishReason::length;
  sample.columns_json = R"({"list": [1, 2, 3], "level": 0.5, "none": null})";
  const Score score = score_one(loaded, sample);
  CHECK(score.status == ScoreStatus::ok);
  CHECK(score.value == 13.5);
  CHECK(score.parts == std::vector<double>{3, 1});
  sample.gold = "";
  CHECK(score_one(loaded, sample).status == ScoreStatus::not_applicable);
}

TEST_CASE("a reward's mistake fails its sample alone, with file and line") {
  const Scratch scratch;
  const std::string at = scratch.path() + "/experiment.lua:";
  const auto error_with = [&](const std::string& function) {
    const LoadedExperiment loaded = load(scratch, "run:reward { 'r', score = function(s) " + function + " end }");
    const Score score = score_one(loaded, Sample{});
    CHECK(score.status == ScoreStatus::failed);
    CHECK(std::isnan(score.value));
    return score.error;
  };
  CHECK(error_with("return 0/0") == at + "5: reward \"r\" returned nan, which is no score");
  CHECK(error_with("return 'x'") == at + "5: reward \"r\" must return a number or nil, and returned a string");
  CHECK(error_with("return s.respons") == at + "5: the sample has no \"respons\"; did you mean \"response\"?");
  CHECK(error_with("error('no')") == at + "5: no");
  CHECK(error_with("return 1, { x = 1 }") ==
        at + "5: reward \"r\" returned a part \"x\", which it does not declare: parts = { \"x\" }");
  CHECK(
      error_with("return run.state.n") ==
      at +
          "5: run.state is not there for rewards: they run in several workers and are functions of their sample alone");
  CHECK(
      error_with("run.state.n = 1") ==
      at +
          "5: run.state is not there for rewards: they run in several workers and are functions of their sample alone");

  const LoadedExperiment mixed = load(
      scratch, "run:reward { 'r', score = function(s) if s.tokens == 2 then error('two') end return s.tokens end }");
  std::vector<Sample> samples(3);
  for (uint32_t i = 0; i < 3; ++i) samples[i].token_count = i + 1;
  std::vector<Score> scores(3);
  make_lua_reward(mixed.host, mixed.config.rewards[0])->score(samples, scores);
  CHECK(scores[0].value == 1);
  CHECK(scores[1].error == at + "5: two");
  CHECK(scores[2].value == 3);
}

TEST_CASE("a reward that never ends fails its sample and the next one is judged") {
  const Scratch scratch;
  LoadOptions options;
  options.limits.call_instructions = 1'000'000;
  const LoadedExperiment loaded =
      load(scratch, "run:reward { 'r', score = function(s) while s.tokens == 1 do end return 7 end }", kHead, options);
  Sample sample;
  sample.token_count = 1;
  CHECK(
      score_one(loaded, sample).error.find("experiment.lua:5: the script used up its budget of 1000000 instructions") !=
      std::string::npos);
  sample.token_count = 2;
  CHECK(score_one(loaded, sample).value == 7);
}

TEST_CASE("rewards on several threads give what one gives, math.random included") {
  const Scratch scratch;
  const LoadedExperiment loaded =
      load(scratch, "run:reward { 'r', score = function(s) return s.tokens + math.random() end }");
  const auto reward = make_lua_reward(loaded.host, loaded.config.rewards[0]);
  std::vector<Sample> samples(64);
  for (uint32_t i = 0; i < 64; ++i) samples[i].group_id = i, samples[i].token_count = i;
  std::vector<Score> alone(64), together(64);
  reward->score(samples, alone);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < 4; ++t)
    threads.emplace_back(
        [&, t] { reward->score(std::span(samples).subspan(t * 16, 16), std::span(together).subspan(t * 16, 16)); });
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < 64; ++i) {
    CHECK(alone[i].value == together[i].value);
    CHECK(std::floor(alone[i].value) == static_cast<double>(i));
  }
  CHECK(alone[0].value != alone[1].value - 1);
}

TEST_CASE("math.random of a reward differs between responses that have the same number in other batches of a step") {
  const Scratch scratch;
  const LoadedExperiment loaded = load(scratch, "run:reward { 'r', score = function(s) return math.random() end }");
  Sample rollout;
  rollout.record_id = "r1";
  rollout.response = "4";
  Sample probe = rollout, replacement = rollout;
  probe.response = "5";
  replacement.record_id = "r2";
  CHECK(score_one(loaded, rollout).value == score_one(loaded, rollout).value);
  CHECK(score_one(loaded, rollout).value != score_one(loaded, probe).value);
  CHECK(score_one(loaded, rollout).value != score_one(loaded, replacement).value);
}

TEST_CASE("a reward that changes what it reaches fails, because it would score differently elsewhere") {
  const Scratch scratch;
  const auto error_with = [&](const std::string& locals, const std::string& text) {
    const LoadedExperiment loaded =
        load(scratch, locals + "\nrun:reward { 'r', score = function(s) " + text + " return 1 end }");
    const Score score = score_one(loaded, Sample{});
    CHECK(score.status == (score.error.empty() ? ScoreStatus::ok : ScoreStatus::failed));
    return score.error;
  };
  const std::string at = scratch.path() + "/experiment.lua:6: reward \"r\" changed ";
  const std::string why =
      "; a reward is a function of its sample alone, because it runs in several workers and again "
      "after a resume";
  CHECK(error_with("local n = 0", "n = n + 1") == at + "the local \"n\" from 0 to 1" + why);
  CHECK(error_with("local seen = {}", "seen[s.id] = true") == at + "\"\" in the table \"seen\"" + why);
  CHECK(error_with("local big = {} for i = 1, 2000 do big[i] = i end", "big[7] = 0") ==
        at + "[7] in the table \"big\"" + why);
  CHECK(error_with("local words = { a = 1 }", "local own = {} own.x = words.a") == "");
}

TEST_CASE("what a reward prints is shown, what its worker's copy of the script prints while loading is not") {
  const Scratch scratch;
  std::vector<std::string> printed;
  LoadOptions options;
  options.print = [&](const std::string& line) { printed.push_back(line); };
  const LoadedExperiment loaded =
      load(scratch, "print('loading')\nrun:reward { 'r', score = function(s) print('judging', s.tokens) return 1 end }",
           kHead, options);
  score_one(loaded, Sample{});
  CHECK(printed == std::vector<std::string>{"loading", "judging\t0"});
}
