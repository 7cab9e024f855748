// Tokens a second of rollouts: tiny-vl with random weights, 32 prompts of 8 responses of at most 28 tokens, the batch
// of the quickstart's GRPO step. Usage: bench_rollout [threads]
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>

#include "core/base/error.hpp"
#include "core/rollout/generator.hpp"
#include "core/tensor/device.hpp"
#include "tests/rollout/prompts.hpp"

namespace crescent {
namespace {

constexpr int kPrompts = 32, kGroup = 8, kRepeats = 9;

std::string machine() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown CPU";
}

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void measure(const char* name, Generator& generator, const std::vector<GenerationRequest>& requests, int64_t limit) {
  std::vector<double> seconds, rates;
  GenerationStats stats;
  for (int i = -1; i < kRepeats; ++i) {  // the first makes the caches and is not counted
    SamplingOptions how{.max_response_tokens = limit, .seed = static_cast<uint64_t>(i + 1)};
    const double time = seconds_of([&] { stats = generator.generate(requests, how, [](size_t, Group&&) {}); });
    if (i < 0) continue;
    seconds.push_back(time);
    rates.push_back(stats.response_tokens / time);
  }
  std::sort(seconds.begin(), seconds.end());
  std::sort(rates.begin(), rates.end());
  fmt::print("{:<28} {:>8} {:>9} {:>6} {:>8.1f} {:>8.1f} {:>8.1f} {:>12.0f}\n", name, stats.prompt_tokens,
             stats.response_tokens, stats.decode_steps, 1e3 * seconds.front(), 1e3 * seconds[kRepeats / 2],
             1e3 * seconds.back(), rates[kRepeats / 2]);
}

void run(int threads) {
  set_compute_threads(threads);
  const ModelConfig config = tiny_vl_config();
  const VisionLanguageModel model = VisionLanguageModel::random(config, 1);
  const std::vector<int32_t> banned = {config.image_token_id, config.vision_start_token_id, config.vision_end_token_id};
  Generator generator(model, {.banned_tokens = banned});
  std::vector<GenerationRequest> pictures, texts;
  for (uint64_t i = 0; i < kPrompts; ++i) {
    pictures.push_back({picture_prompt(3, 3, 30, config, i), {.prompt_index = i, .view = View::image}, kGroup});
    texts.push_back({text_prompt(45, config, i), {.prompt_index = i, .view = View::text}, kGroup});
  }
  fmt::print("{} prompts x {} responses, {} thread(s), {}\n", kPrompts, kGroup, threads, machine());
  fmt::print("{:<28} {:>8} {:>9} {:>6} {:>8} {:>8} {:>8} {:>12}\n", "", "prompt", "response", "steps", "min ms",
             "median", "max", "response t/s");
  measure("image, 28 tokens", generator, pictures, 28);
  measure("text, 28 tokens", generator, texts, 28);
  measure("image, 1 token (prefill)", generator, pictures, 1);
  measure("text, 128 tokens", generator, texts, 128);
}

}  // namespace
}  // namespace crescent

int main(int count, char** arguments) {
  try {
    crescent::run(count > 1 ? std::atoi(arguments[1]) : 1);
  } catch (const crescent::Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
