// What a worker process adds to a reward's time: format_tags in this process and in one of its own, in turn, for calls
// of 512 and of 8 responses of 200 bytes and of 16 KB. Prints a JSON line a case; microseconds a response, medians.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <vector>

#include "core/plugin/plugin.hpp"
#include "core/remote/isolated_reward.hpp"

using namespace crescent;

namespace {

double seconds_of(Reward& reward, const std::vector<Sample>& samples, std::vector<Score>& scores) {
  const auto start = std::chrono::steady_clock::now();
  reward.score(samples, scores);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

void measure(Reward& here, Reward& apart, size_t batch, size_t bytes) {
  std::vector<std::string> responses(batch);
  std::vector<Sample> samples(batch);
  for (size_t i = 0; i < batch; ++i) {
    responses[i] = "<think>" + std::string(bytes - 35, static_cast<char>('a' + i % 26)) + "</think><answer>8</answer>";
    samples[i].prompt = "How many dots do the dice show together?";
    samples[i].response = responses[i];
    samples[i].gold = "8";
    samples[i].columns_json = R"({"kind":"dice","level":2})";
    samples[i].record_id = "shapes-12";
    samples[i].phase = "main";
    samples[i].group_id = i / 8;
    samples[i].index_in_group = static_cast<uint32_t>(i % 8);
  }
  std::vector<Score> scores(batch);
  std::vector<double> here_s, apart_s;
  for (int round = 0; round < 205; ++round) {
    const double a = seconds_of(here, samples, scores), b = seconds_of(apart, samples, scores);
    for (const Score& score : scores)
      if (score.value != 1) fail("a score is {}, not 1: {}", score.value, score.error);
    if (round < 5) continue;  // caches and pages
    here_s.push_back(a);
    apart_s.push_back(b);
  }
  const double per_response = 1e6 / static_cast<double>(batch);
  fmt::print("{{\"batch\":{},\"bytes\":{},\"here_us\":{:.2f},\"apart_us\":{:.2f},\"overhead_us\":{:.2f}}}\n", batch,
             bytes, median(here_s) * per_response, median(apart_s) * per_response,
             (median(apart_s) - median(here_s)) * per_response);
}

}  // namespace

int main() {
  try {
    const std::filesystem::path build = std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
    const PluginUse use{(build / "plugins/format_tags.so").string(), {}, {}};
    const WorkerLimits limits{(build / "crescent-worker").string(), 60000, 60000, 4096, 1};
    const auto here = make_reward(use, "here", {}, {});
    const auto apart = make_isolated_reward(use, "apart", limits, {}, {});
    for (const size_t bytes : {200, 16384})
      for (const size_t batch : {512, 8}) measure(*here, *apart, batch, bytes);
  } catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
