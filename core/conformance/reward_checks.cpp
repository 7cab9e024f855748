// What every reward must do, whatever it is written in.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <numeric>
#include <thread>

#include "core/conformance/check_samples.hpp"
#include "core/conformance/subject.hpp"

namespace crescent {

namespace {

std::vector<Score> judge(Reward& reward, std::span<const Sample> samples) {
  std::vector<Score> scores(samples.size());
  reward.score(samples, scores);
  return scores;
}

bool same_bits(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0 || (std::isnan(a) && std::isnan(b)); }

bool same(const Score& a, const Score& b) {
  if (a.status != b.status) return false;
  if (a.status != ScoreStatus::ok) return true;
  if (!same_bits(a.value, b.value) || a.parts.size() != b.parts.size()) return false;
  for (size_t p = 0; p < a.parts.size(); ++p)
    if (!same_bits(a.parts[p], b.parts[p])) return false;
  return true;
}

std::string show(const Score& score) {
  if (score.status == ScoreStatus::failed) return "failed";
  return score.status == ScoreStatus::ok ? fmt::format("{}", score.value) : "not applicable";
}

void must_agree(const SavedSample& sample, const Score& expected, const Score& found, const std::string& how) {
  if (!same(expected, found))
    fail("sample \"{}\" scores {} and then {} {}{}", sample.id, show(expected), show(found), how,
         expected.status == found.status && same_bits(expected.value, found.value) ? " (a part differs)" : "");
}

// Each sample asked alone.
std::vector<Score> one_by_one(Reward& reward, std::span<const Sample> samples) {
  std::vector<Score> scores;
  for (size_t i = 0; i < samples.size(); ++i) scores.push_back(judge(reward, samples.subspan(i, 1))[0]);
  return scores;
}

std::string is_made(const Subject& subject) {
  const auto reward = subject.make_reward();
  const std::vector<std::string>& parts = reward->part_names();
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].empty()) fail("its part {} has an empty name", i + 1);
    if (std::find(parts.begin(), parts.begin() + static_cast<long>(i), parts[i]) !=
        parts.begin() + static_cast<long>(i))
      fail("two of its parts are called \"{}\"", parts[i]);
  }
  return parts.empty() ? "no parts" : fmt::format("parts: {}", fmt::join(parts, ", "));
}

std::string judges(const Subject& subject) {
  const auto reward = subject.make_reward();
  const std::vector<SavedSample> saved = ordinary_samples();
  int judged = 0;
  const std::vector<Score> scores = judge(*reward, borrow_all(saved));
  for (size_t i = 0; i < scores.size(); ++i) {
    if (scores[i].status == ScoreStatus::failed) fail("sample \"{}\" failed: {}", saved[i].id, scores[i].error);
    judged += scores[i].status == ScoreStatus::ok;
  }
  return judged == 0 ? "it has nothing to say about any of them (not applicable): look whether that is meant"
                     : fmt::format("{} of {} judged", judged, scores.size());
}

std::string survives(const Subject& subject) {
  const auto reward = subject.make_reward();
  const std::vector<SavedSample> saved = odd_samples();
  std::vector<std::string> failed;
  const std::vector<Score> scores = one_by_one(*reward, borrow_all(saved));
  for (size_t i = 0; i < scores.size(); ++i) {
    if (scores[i].status != ScoreStatus::failed) continue;
    if (scores[i].error.ends_with("it gave no reason"))
      fail("sample \"{}\" failed without a reason; write one into error->text", saved[i].id);
    for (const char* accusation :
         {"the score is ", "the part ", "let an exception", "past the end", "no crescent_status"})
      if (scores[i].error.find(accusation) != std::string::npos) fail("{}", scores[i].error);
    failed.push_back(scores[i].error);
  }
  return failed.empty() ? "" : fmt::format("it fails {} of them, with a reason: {}", failed.size(), failed.front());
}

std::string keeps_order(const Subject& subject) {
  const auto reward = subject.make_reward();
  const std::vector<SavedSample> saved = ordinary_samples();
  const std::vector<Sample> samples = borrow_all(saved);
  const std::vector<Score> alone = one_by_one(*reward, samples);
  const std::vector<Score> together = judge(*reward, samples);
  std::vector<Sample> reversed(samples.rbegin(), samples.rend());
  const std::vector<Score> backwards = judge(*reward, reversed);
  for (size_t i = 0; i < saved.size(); ++i) {
    must_agree(saved[i], alone[i], together[i], "among the others");
    must_agree(saved[i], alone[i], backwards[saved.size() - 1 - i], "among the others in reverse order");
  }
  return "";
}

std::string repeats(const Subject& subject) {
  const auto reward = subject.make_reward(), another = subject.make_reward();
  const std::vector<SavedSample> saved = ordinary_samples();
  const std::vector<Sample> samples = borrow_all(saved);
  const std::vector<Score> first = one_by_one(*reward, samples);
  wait_for_next_second();
  for (int round = 0; round < 3; ++round) {
    const std::vector<Score> again = one_by_one(*reward, samples), other = one_by_one(*another, samples);
    for (size_t i = 0; i < saved.size(); ++i) {
      must_agree(saved[i], first[i], again[i], "when asked again");
      must_agree(saved[i], first[i], other[i], "by a second object with the same options");
    }
  }
  return "";
}

std::string serves_threads(const Subject& subject) {
  constexpr int kThreads = 4;
  const auto reward = subject.make_reward();
  const std::vector<SavedSample> saved = ordinary_samples();
  const std::vector<Sample> samples = borrow_all(saved);
  const auto begun = std::chrono::steady_clock::now();
  const std::vector<Score> alone = one_by_one(*reward, samples), together = judge(*reward, samples);
  const int rounds = rounds_for(std::chrono::steady_clock::now() - begun);
  std::vector<std::string> wrong(kThreads);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      try {
        for (int round = 0; round < rounds; ++round) {
          const bool single = (static_cast<size_t>(round) + t) % 2 == 0;
          const std::vector<Score> scores = single ? one_by_one(*reward, samples) : judge(*reward, samples);
          for (size_t i = 0; i < saved.size(); ++i)
            must_agree(saved[i], single ? alone[i] : together[i], scores[i],
                       fmt::format("while {} threads ask at once (score is [worker-thread, concurrent])", kThreads));
        }
      } catch (const Error& e) {
        wrong[t] = e.message();
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (const std::string& text : wrong)
    if (!text.empty()) fail("{}", text);
  return fmt::format("{} threads, {} rounds", kThreads, rounds);
}

// Seconds for `n` ordinary samples in one call, the best of `rounds`.
double seconds_for(Reward& reward, size_t n, int rounds) {
  const std::vector<SavedSample> saved = ordinary_samples();
  std::vector<Sample> samples;
  for (size_t i = 0; i < n; ++i) samples.push_back(saved[i % 7].borrow());
  double best = INFINITY;
  for (int round = 0; round < rounds; ++round) {
    const auto begun = std::chrono::steady_clock::now();
    judge(reward, samples);
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
  }
  return best;
}

std::string is_fast(const Subject& subject) {
  constexpr size_t kBatch = 512, kFirst = 16;
  constexpr double kLimitMs = 10;  // a sample: a batch of 512 then takes 5 s of every step
  const auto reward = subject.make_reward();
  double us = 1e6 * seconds_for(*reward, kFirst, 3) / kFirst;  // best of three: a machine may stall
  if (us <= 1000 * kLimitMs) us = 1e6 * seconds_for(*reward, kBatch, 3) / kBatch;
  if (us > 1000 * kLimitMs)
    fail("{:.3g} ms a sample, the limit is {:g}: a step of {} samples would wait {:.3g} s for it", us / 1000, kLimitMs,
         kBatch, us * kBatch / 1e6);
  return fmt::format("{:.3g} us a sample, {} in a call", us, kBatch);
}

}  // namespace

std::vector<Check> reward_checks() {
  return {{"is made", is_made},
          {"judges ordinary samples", judges},
          {"survives odd samples", survives},
          {"order and grouping change nothing", keeps_order},
          {"gives the same score again", repeats},
          {"serves several threads", serves_threads},
          {"is fast enough", is_fast}};
}

}  // namespace crescent
