// What rollouts/ costs with a large model: bytes for 1,000 response tokens, and the time to write and read a step. The
// responses are simulated: token ids of a vocabulary of 151,643 with frequency 1 / rank, each a word of its own; four
// tokens in five nearly certain (probability above .99), the fifth with a mean log-probability of -1. Real prose
// repeats itself more and compresses better. Usage: rollout_log [folder to write into]
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "core/rundir/rollout_reader.hpp"
#include "core/rundir/rollout_writer.hpp"

namespace crescent {
namespace {

constexpr int kPrompts = 64, kGroup = 8, kTokens = 1000, kVocabulary = 151643, kSteps = 2;

// CPU seconds: one thread, and a figure that other work on the machine does not change.
double seconds_of(const std::function<void()>& work) {
  const std::clock_t start = std::clock();
  work();
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

class Simulation {
 public:
  Simulation() {
    for (int rank = 0; rank < kVocabulary; ++rank) {
      ids_.push_back(rank);
      // Short words are frequent; 4.2 bytes a token with its space.
      std::string word(1 + random_() % (rank < 300 ? 4 : 8), ' ');
      for (size_t i = rank % 3 == 0 ? 0 : 1; i < word.size(); ++i) word[i] = static_cast<char>('a' + random_() % 26);
      words_.push_back(word);
    }
    std::shuffle(ids_.begin(), ids_.end(), random_);
  }

  ScoredGroup group(uint64_t prompt) {
    ScoredGroup out;
    out.group.draw = {prompt, View::image, 0, 1};
    out.scores.resize(2);
    for (int i = 0; i < kGroup; ++i) {
      out.group.rollouts.push_back(rollout());
      const double correct = random_() % 2;
      out.scores[0].push_back({correct, {}, ScoreStatus::ok, ""});
      out.scores[1].push_back({1, {}, ScoreStatus::ok, ""});
      out.reward.push_back(0.9 * correct + 0.1);
      out.passed.push_back(correct == 1);
    }
    return out;
  }

 private:
  Rollout rollout() {
    Rollout out;
    for (int t = 0; t < kTokens; ++t) {
      const auto rank = static_cast<size_t>(std::pow(double{kVocabulary}, uniform_(random_))) - 1;  // 1 / rank
      out.tokens.push_back(ids_[rank]);
      out.text += words_[rank];
      const bool certain = uniform_(random_) < 0.8;
      out.logprobs.push_back(
          static_cast<float>(certain ? -std::pow(10, -6 + 4 * uniform_(random_)) : std::log(1 - uniform_(random_))));
    }
    return out;
  }

  std::mt19937_64 random_{1};
  std::uniform_real_distribution<double> uniform_;
  std::vector<int32_t> ids_;
  std::vector<std::string> words_;
};

void measure(const char* name, const RolloutLogConfig& keep, const std::vector<RolloutEntry>& entries,
             const std::string& folder) {
  std::filesystem::remove_all(folder);
  double write_s = 0;
  {
    RolloutWriter writer(folder + "/rollouts", {{"exact_math", {}}, {"format_tags", {}}}, keep);
    write_s = seconds_of([&] {
      for (int step = 1; step <= kSteps; ++step) writer.write(step, "enhancement", entries);
    });
  }
  const RolloutReader reader(folder);
  uint64_t kept = 0, plain = 0;
  for (const StepFrame& step : reader.steps()) kept += step.frame_bytes, plain += step.text_bytes;
  const auto read_s = [&](RolloutDetail detail) {
    return seconds_of([&] { reader.read_all(detail, [](LoggedRollout&&) { return true; }); });
  };
  constexpr double thousands = kSteps * kPrompts * kGroup * kTokens / 1e3;
  fmt::print("{:<34} {:>9.0f} {:>11.0f} {:>6.1f} {:>10.3f} {:>13.3f} {:>12.3f}\n", name, plain / thousands,
             kept / thousands, static_cast<double>(plain) / static_cast<double>(kept), 1e3 * write_s / thousands,
             1e3 * read_s(RolloutDetail::scores) / thousands, 1e3 * read_s(RolloutDetail::all) / thousands);
}

void run(const std::string& folder) {
  Simulation simulation;
  std::vector<ScoredGroup> groups;
  for (uint64_t p = 0; p < kPrompts; ++p) groups.push_back(simulation.group(p));
  std::vector<RolloutEntry> entries;
  for (const ScoredGroup& group : groups)
    entries.push_back({&group, "train", fmt::format("record-{:06}", group.group.draw.prompt_index * 7919 % 100000),
                       std::vector<double>(kGroup, 0.25)});
  fmt::print("{} prompts x {} responses of {} tokens; for 1,000 tokens:\n", kPrompts, kGroup, kTokens);
  fmt::print("{:<34} {:>9} {:>11} {:>6} {:>10} {:>13} {:>12}\n", "kept", "as JSON B", "on disk B", "ratio", "write ms",
             "read scores ms", "read all ms");
  measure("logprob_decimals = 9", {.logprob_decimals = 9}, entries, folder);
  measure("as it is (4 decimals)", {}, entries, folder);
  measure("tokens = false", {.tokens = false}, entries, folder);
  measure("samples = 1", {.samples = 1}, entries, folder);
  measure("samples = 1, tokens = false", {.samples = 1, .tokens = false}, entries, folder);
  measure("every = 0 (scores)", {.every = 0}, entries, folder);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace crescent

int main(int argc, char** argv) {
  crescent::run(argc > 1 ? argv[1] : (std::filesystem::temp_directory_path() / "crescent_rollout_log").string());
}
