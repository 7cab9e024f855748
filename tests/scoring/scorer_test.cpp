#include "core/scoring/scorer.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <functional>
#include <map>
#include <thread>

#include "core/base/error.hpp"

using namespace crescent;

namespace {

using Judge = std::function<void(std::span<const Sample>, std::span<Score>)>;

class TestReward : public Reward {
 public:
  TestReward(std::vector<std::string> parts, Judge judge) : parts_(std::move(parts)), judge_(std::move(judge)) {}
  const std::vector<std::string>& part_names() const override { return parts_; }
  void score(std::span<const Sample> samples, std::span<Score> scores) override { judge_(samples, scores); }

 private:
  std::vector<std::string> parts_;
  Judge judge_;
};

std::shared_ptr<Reward> reward(Judge judge, std::vector<std::string> parts = {}) {
  return std::make_shared<TestReward>(std::move(parts), std::move(judge));
}

Score good(double value, std::vector<double> parts = {}) { return {value, std::move(parts), ScoreStatus::ok, ""}; }

// 1 where the response is the gold answer.
std::shared_ptr<Reward> exact() {
  return reward([](std::span<const Sample> samples, std::span<Score> scores) {
    for (size_t i = 0; i < samples.size(); ++i) scores[i] = good(samples[i].response == samples[i].gold);
  });
}

ScoringJob job(size_t index, std::vector<std::string> responses, std::string gold = "4") {
  ScoringJob j;
  j.index = index;
  j.record_id = fmt::format("r{}", index);
  j.gold = std::move(gold);
  j.prompt = "2 + 2 ?";
  j.columns_json = R"({"level":1})";
  j.phase = "text";
  j.step = 41;
  j.group.draw.prompt_index = index;
  for (std::string& text : responses) {
    Rollout rollout;
    rollout.text = std::move(text);
    rollout.tokens = {1, 2, 3};
    j.group.rollouts.push_back(std::move(rollout));
  }
  return j;
}

ScoredGroup judge_one(std::vector<WeightedReward> rewards, PassRule pass, ScoringJob j) {
  Scorer scorer(std::move(rewards), std::move(pass), 1);
  scorer.submit(std::move(j));
  return std::move(scorer.collect().at(0));
}

}  // namespace

TEST_CASE("a sample's reward is the weighted sum of its scores") {
  auto length = reward([](std::span<const Sample> s, std::span<Score> out) {
    for (size_t i = 0; i < s.size(); ++i) out[i] = good(static_cast<double>(s[i].response.size()));
  });
  const ScoredGroup group =
      judge_one({{"exact", 0.75, exact()}, {"length", 0.5, length}}, {"exact", 1}, job(0, {"4", "five"}));
  CHECK(group.reward == std::vector<double>{0.75 + 0.5, 2});
  CHECK(group.passed == std::vector<uint8_t>{1, 0});
  CHECK(group.group.rollouts[1].text == "five");  // the group comes back whole
}

TEST_CASE("a reward sees the record, the response and its place") {
  Sample seen;
  std::string all;
  auto look = reward([&](std::span<const Sample> s, std::span<Score> out) {
    for (size_t i = 0; i < s.size(); ++i) {
      all += fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}|{}\n", s[i].prompt, s[i].response, s[i].gold, s[i].columns_json,
                         s[i].record_id, s[i].group_id, s[i].index_in_group, s[i].token_count, s[i].phase, s[i].step);
      out[i] = good(0);
    }
  });
  ScoringJob j = job(0, {"4", "5"});
  j.group_id = 77;
  judge_one({{"look", 1, look}}, {}, std::move(j));
  CHECK(all == "2 + 2 ?|4|4|{\"level\":1}|r0|77|0|3|text|41\n2 + 2 ?|5|4|{\"level\":1}|r0|77|1|3|text|41\n");
}

TEST_CASE("a reward that does not apply is left out of the sum; where none applies there is no reward") {
  auto picky = reward([](std::span<const Sample> s, std::span<Score> out) {
    for (size_t i = 0; i < s.size(); ++i) {
      out[i].status = s[i].response.empty() ? ScoreStatus::not_applicable : ScoreStatus::ok;
      out[i].value = 1;
    }
  });
  const ScoredGroup both = judge_one({{"exact", 1, exact()}, {"picky", 2, picky}}, {"exact", 1}, job(0, {"4", ""}, ""));
  CHECK(both.reward == std::vector<double>{2, 1});
  const ScoredGroup alone = judge_one({{"picky", 2, picky}}, {}, job(0, {"4", ""}));
  CHECK(alone.reward[0] == 2);
  CHECK(std::isnan(alone.reward[1]));
  CHECK(alone.passed == std::vector<uint8_t>{1, 0});
  const NamedValues metrics = reward_metrics({{"picky", 2, picky}}, {alone});
  CHECK(value_or_nan(metrics, "unscored_samples") == 1);
  CHECK(value_or_nan(metrics, "failed_samples") == 0);
}

TEST_CASE("a sample that one reward could not judge is left out, with the reason, and is never a zero") {
  auto moody = reward(
      [](std::span<const Sample> s, std::span<Score> out) {
        out[0] = good(std::nan(""), {1});
        out[1] = good(1, {});
        out[2] = good(1, {1});
        out[3].error = "cannot read it";
        out[4] = good(INFINITY, {1});
      },
      {"part"});
  const ScoredGroup group =
      judge_one({{"exact", 1, exact()}, {"moody", 1, moody}}, {"exact", 1}, job(0, {"4", "4", "4", "4", "4", "4"}));
  const char* errors[] = {
      "the score is nan, not a finite number", "0 parts were given, 1 are declared", "", "cannot read it",
      "the score is inf, not a finite number", "no score and no reason given"};
  for (size_t i = 0; i < 6; ++i) {
    CHECK(group.scores[1][i].error == errors[i]);
    CHECK(std::isnan(group.reward[i]) == (i != 2));
    CHECK(group.passed[i] == (i == 2));
    CHECK(group.scores[1][i].parts.size() == 1);
  }
}

TEST_CASE("what a reward throws fails the samples of that call with its text, even those already judged") {
  auto thrower = reward([](std::span<const Sample> s, std::span<Score> out) {
    out[0] = good(1);
    if (s[0].response == "odd") throw 3;
    if (s[0].response == "bad") throw std::runtime_error("division by zero");
    if (s[0].response == "mute") throw std::runtime_error("");
  });
  Scorer scorer({{"thrower", 1, thrower}}, {}, 1);
  const char* responses[] = {"bad", "good", "odd", "mute"};
  for (size_t i = 0; i < 4; ++i) scorer.submit(job(i, {responses[i]}));
  const auto groups = scorer.collect();
  CHECK(groups[0].scores[0][0].error == "division by zero");
  CHECK(groups[1].reward[0] == 1);
  CHECK(groups[2].scores[0][0].error == "an exception of an unknown type");
  CHECK(groups[3].scores[0][0].error == "an exception without a text");
}

TEST_CASE("results come in the order of index, whatever order they were submitted and finished in") {
  auto slow = reward([](std::span<const Sample> s, std::span<Score> out) {
    std::this_thread::sleep_for(std::chrono::milliseconds(s[0].record_id.back() % 3));
    out[0] = good(static_cast<double>(s[0].record_id.back() - '0'));
  });
  Scorer scorer({{"slow", 1, slow}}, {}, 1, 4);
  for (int round = 0; round < 3; ++round) {
    for (const size_t index : {3, 0, 7, 1, 6, 2, 5, 4}) scorer.submit(job(index, {"x"}));
    const auto groups = scorer.collect();
    REQUIRE(groups.size() == 8);
    for (size_t i = 0; i < 8; ++i) CHECK((groups[i].reward[0] == double(i) && groups[i].group.draw.prompt_index == i));
  }
  CHECK(scorer.collect().empty());
}

TEST_CASE("scoring goes on while others are still submitted, and the strings it reads outlive the caller's") {
  std::atomic<int> judged = 0;
  auto count = reward([&](std::span<const Sample> s, std::span<Score> out) {
    out[0] = good(s[0].gold == std::string(100, 'g') ? 1 : 0);
    ++judged;
  });
  Scorer scorer({{"count", 1, count}}, {}, 1);
  {
    std::string gold(100, 'g');
    scorer.submit(job(0, {"x"}, gold));
    std::fill(gold.begin(), gold.end(), 'z');
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (judged == 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  CHECK(judged == 1);  // before collect() was called
  scorer.submit(job(1, {"x"}, std::string(100, 'g')));
  const auto groups = scorer.collect();
  CHECK((groups[0].reward[0] == 1 && groups[1].reward[0] == 1));
}

TEST_CASE("a batch with a number missing or twice is a mistake of the caller") {
  Scorer scorer({{"exact", 1, exact()}}, {}, 1);
  for (const size_t index : {0, 2}) scorer.submit(job(index, {"4"}));
  CHECK_THROWS_WITH_AS(scorer.collect(),
                       "groups submitted for scoring must be numbered 0 to 1, but number 1 is missing", Error);
  for (const size_t index : {0, 0}) scorer.submit(job(index, {"4"}));
  CHECK_THROWS_WITH_AS(scorer.collect(),
                       "groups submitted for scoring must be numbered 0 to 1, but number 1 is there twice", Error);
}

TEST_CASE("the number of workers decides how many groups are judged at a time, and nothing else") {
  std::atomic<int> running = 0, most = 0, awaited = 0;
  const auto slow = reward([&](std::span<const Sample> s, std::span<Score> out) {
    const int now = ++running;
    for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
    }
    // The first waits for the others, so that a busy machine cannot hide that they run side by side.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (most < awaited && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    for (size_t i = 0; i < s.size(); ++i) {
      out[i] = good(1.0 / static_cast<double>(s[i].record_id.size() + s[i].response.size()));
      if (s[i].response == "7") out[i] = {NAN, {}, ScoreStatus::failed, "seven of " + std::string(s[i].record_id)};
    }
    --running;
  });
  const auto judged_by = [&](int workers) {
    most = 0;
    awaited = workers;
    Scorer scorer({{"slow", 0.3, slow, true}}, {}, 1, workers);
    for (size_t i = 0; i < 16; ++i) scorer.submit(job(i, {std::string(i % 3, 'x'), "7", std::string(i, 'y')}));
    std::string text;
    for (const ScoredGroup& group : scorer.collect())
      for (size_t i = 0; i < 3; ++i) text += fmt::format("{} {}\n", group.reward[i], group.scores[0][i].error);
    return text;
  };
  const std::string one = judged_by(1);
  CHECK(most == 1);
  const std::string four = judged_by(4);
  CHECK(most == 4);
  CHECK(one == four);
}

TEST_CASE("a batch that no later success could save is judged no further") {
  std::atomic<int> asked = 0;
  const auto hopeless = reward([&](std::span<const Sample> s, std::span<Score> out) {
    ++asked;
    for (size_t i = 0; i < s.size(); ++i) out[i] = {NAN, {}, ScoreStatus::failed, "no answer within timeout_ms"};
  });
  Scorer scorer({{"hopeless", 1, hopeless}}, {}, 0.01);
  const std::vector<std::string> eight(8, "x");
  scorer.expect(64 * 8);
  for (size_t i = 0; i < 64; ++i) scorer.submit(job(i, eight));
  CHECK_THROWS_WITH_AS(scorer.collect(),
                       "reward \"hopeless\" could not judge 16 of the latest 16 samples, more than max_failed_share = "
                       "0.01 of 1000 allows; for example record \"r0\" at step 41: no answer within timeout_ms; mend "
                       "the reward or raise max_failed_share",
                       Error);
  CHECK(asked == 2);  // of 64: ten failures of a thousand are the limit
}

TEST_CASE("a batch whose failures are within the limit is judged to its end, announced or not") {
  const auto some = reward([](std::span<const Sample> s, std::span<Score> out) {
    for (size_t i = 0; i < s.size(); ++i) out[i] = good(1);
    if (s[0].record_id.ends_with("0")) out[0] = {NAN, {}, ScoreStatus::failed, "no"};
  });
  for (const uint64_t announced : {0, 640}) {
    Scorer scorer({{"some", 1, some}}, {}, 0.02);
    if (announced > 0) scorer.expect(announced);
    for (size_t i = 0; i < 80; ++i) scorer.submit(job(i, std::vector<std::string>(8, "x")));
    CHECK(scorer.collect().size() == 80);
  }
}

TEST_CASE("a step that was given up leaves nothing behind") {
  Scorer scorer({{"exact", 1, exact()}}, {}, 1, 2);
  for (size_t i = 0; i < 20; ++i) scorer.submit(job(i, {"4"}));
  scorer.discard();
  scorer.submit(job(0, {"4"}));
  CHECK(scorer.collect().size() == 1);
}

TEST_CASE("rewards and pass rule that do not fit are refused by name") {
  const auto text_of = [](std::vector<WeightedReward> rewards, PassRule pass, int64_t workers = 1) {
    try {
      Scorer scorer(std::move(rewards), std::move(pass), 0.01, workers);
    } catch (const Error& e) {
      CHECK(e.kind() == ErrorKind::usage);
      return std::string(e.what());
    }
    return std::string("no error");
  };
  const std::vector<WeightedReward> two = {{"exact", 1, exact()}, {"format", 1, exact()}};
  CHECK(text_of({}, {}) == "a run needs at least one reward");
  CHECK(text_of(two, {"exat", 1}) == "pass: there is no reward \"exat\"; did you mean \"exact\"?");
  CHECK(text_of(two, {}) ==
        "with 2 rewards, say which one decides whether a response passes: pass = { reward = \"exact\", at_least = 1 }");
  CHECK(text_of({two[0], two[0]}, {}) == "two rewards are called \"exact\"; give one of them another name");
  CHECK(text_of(two, {"exact", 1}, 0) == "rewards need at least one worker, not 0");
}

TEST_CASE("metrics are means over the samples that have the value") {
  auto parts = reward(
      [](std::span<const Sample> s, std::span<Score> out) {
        for (size_t i = 0; i < s.size(); ++i) {
          if (s[i].response == "?")
            out[i].error = "unreadable";
          else
            out[i] = good(s[i].response == "4", {0.5, s[i].response == "4" ? 1.0 : std::nan("")});
        }
      },
      {"open", "close"});
  const std::vector<WeightedReward> rewards = {{"r", 2, parts}};
  const ScoredGroup group = judge_one(rewards, {}, job(0, {"4", "5", "?", "4"}));
  const NamedValues m = reward_metrics(rewards, {group, group});
  std::vector<std::string> names;
  for (const auto& [name, value] : m) names.push_back(name);
  CHECK(names == std::vector<std::string>{"reward", "reward_std", "reward/r", "reward/r/open", "reward/r/close",
                                          "pass_rate", "failed_samples", "failed/r"});
  CHECK(value_or_nan(m, "reward") == doctest::Approx(4.0 / 3));
  CHECK(value_or_nan(m, "reward_std") == doctest::Approx(1.0327955589886444));  // of {2,0,2,2,0,2}, n - 1
  CHECK(value_or_nan(m, "reward/r") == doctest::Approx(2.0 / 3));
  CHECK(value_or_nan(m, "reward/r/open") == 0.5);
  CHECK(value_or_nan(m, "reward/r/close") == 1);
  CHECK(value_or_nan(m, "pass_rate") == doctest::Approx(2.0 / 3));
  CHECK(value_or_nan(m, "failed_samples") == 2);
  CHECK(value_or_nan(m, "failed/r") == 2);
  CHECK(std::isnan(value_or_nan(reward_metrics(rewards, {}), "reward")));
}

TEST_CASE("a sample on which the deciding reward has nothing to say is rewarded, but is no failure to pass") {
  auto decider = reward([](std::span<const Sample> s, std::span<Score> out) {
    for (size_t i = 0; i < s.size(); ++i) {
      out[i].status = s[i].response == "?" ? ScoreStatus::not_applicable : ScoreStatus::ok;
      out[i].value = s[i].response == "4";
    }
  });
  auto always = reward([](std::span<const Sample> s, std::span<Score> out) {
    for (size_t i = 0; i < s.size(); ++i) out[i] = good(0.5);
  });
  const std::vector<WeightedReward> rewards = {{"decider", 1, decider}, {"always", 1, always}};
  const ScoredGroup group = judge_one(rewards, {"decider", 1}, job(0, {"4", "?", "5", "?"}));
  CHECK(group.reward == std::vector<double>{1.5, 0.5, 0.5, 0.5});
  CHECK(group.passed == std::vector<uint8_t>{1, 0, 0, 0});
  for (size_t i = 0; i < 4; ++i) CHECK(group.judged(i) == (i % 2 == 0));
  CHECK(value_or_nan(reward_metrics(rewards, {group}), "pass_rate") == 0.5);
}

TEST_CASE("a reward that is normalised enters the sum at mean 0 and deviation 1 of its group") {
  const auto lengths = reward([](std::span<const Sample> samples, std::span<Score> scores) {
    for (size_t i = 0; i < samples.size(); ++i) {
      scores[i] = good(100.0 * static_cast<double>(samples[i].response.size()));
      if (samples[i].response == "bad") scores[i] = {NAN, {}, ScoreStatus::failed, "cannot"};
      if (samples[i].response == "none") scores[i] = {NAN, {}, ScoreStatus::not_applicable, ""};
    }
  });
  const std::vector<WeightedReward> rewards = {{"exact", 1, exact()}, {"length", 0.5, lengths, true}};
  const ScoredGroup group = judge_one(rewards, {"exact", 1}, job(0, {"4", "55", "666666", "bad", "none"}));
  // 100, 200, 600: mean 300, deviation 100 sqrt(7); the failed one is left out, the last has nothing of it
  const double unit = 100 / (100 * std::sqrt(7.0) + 1e-6);
  CHECK(group.reward[0] == doctest::Approx(1 - 2 * unit * 0.5).epsilon(1e-12));
  CHECK(group.reward[1] == doctest::Approx(-1 * unit * 0.5).epsilon(1e-12));
  CHECK(group.reward[2] == doctest::Approx(3 * unit * 0.5).epsilon(1e-12));
  CHECK(std::isnan(group.reward[3]));
  CHECK(group.reward[4] == 0);
  CHECK(group.scores[1][2].value == 600);  // metrics and rollouts see what was given
  CHECK(group.passed[0] == 1);
}

TEST_CASE("a normalised reward that is the same for the whole group counts nothing") {
  const std::vector<WeightedReward> rewards = {{"exact", 1, exact(), true}};
  CHECK(judge_one(rewards, {}, job(0, {"4", "4", "4"})).reward == std::vector<double>{0, 0, 0});
  CHECK(judge_one(rewards, {}, job(0, {"4"})).reward == std::vector<double>{0});
  CHECK(judge_one(rewards, {}, job(0, {"4"})).passed[0] == 1);
  const auto large = reward([](std::span<const Sample>, std::span<Score> scores) {
    for (Score& score : scores) score = good(1e8 + 0.1);  // three of them have another mean than each
  });
  CHECK(judge_one({{"large", 1, large, true}}, {}, job(0, {"4", "4", "4"})).reward == std::vector<double>{0, 0, 0});
}

TEST_CASE("a batch tells how long each reward takes and how long groups wait for their turn") {
  auto slow = reward([](std::span<const Sample> s, std::span<Score> out) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    for (size_t i = 0; i < s.size(); ++i) out[i] = good(1);
  });
  Scorer scorer({{"exact", 1, exact()}, {"slow", 1, slow}}, {"exact", 1}, 1);
  for (size_t i = 0; i < 3; ++i) scorer.submit(job(i, {"4", "5"}));
  scorer.collect();
  CHECK(value_or_nan(scorer.timings(), "reward_us/slow") >= 10000);  // 20 ms for two responses
  CHECK(value_or_nan(scorer.timings(), "reward_us/exact") < 10000);
  CHECK(value_or_nan(scorer.timings(), "reward_queue_s") >= 0.019);  // the last of three waits for 40 ms
  CHECK(value_or_nan(scorer.timings(), "reward_wait_s") >= 0.05);
  scorer.collect();
  CHECK(scorer.timings().empty());
}

TEST_CASE("a phase weighs its groups and lets them pass by a rule of its own") {
  Scorer scorer({{"exact", 1, exact()}, {"other", 0, exact()}}, {"exact", 1}, 1);
  scorer.set_phase("late", {0.5, 2}, {"other", 2});
  ScoringJob late = job(1, {"4", "5"});
  late.phase = "late";
  scorer.submit(job(0, {"4", "5"}));
  scorer.submit(std::move(late));
  const std::vector<ScoredGroup> groups = scorer.collect();
  CHECK(groups[0].reward == std::vector<double>{1, 0});
  CHECK(groups[1].reward == std::vector<double>{2.5, 0});
  CHECK(groups[0].passed == std::vector<uint8_t>{1, 0});
  CHECK(groups[1].passed == std::vector<uint8_t>{0, 0});  // 1 is not at least 2
  CHECK_THROWS_AS(scorer.set_phase("late", {1, 1}, {"exakt", 1}), Error);
}
