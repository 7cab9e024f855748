// What a script's functions cost: a reward of ten lines over the 512 responses of a batch, and the reward, sampler,
// phase function and step callback of a step of the quickstart's size (32 prompts x 8 responses, 2048 prompts to draw
// from, an entry in run.state for each of them). Prints CPU milliseconds of one thread, the median of 200 rounds.
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>

#include "core/script/experiment.hpp"
#include "core/script/script_host.hpp"

using namespace crescent;

namespace {

const char* kScript = R"lua(
local crescent = import "crescent"
local run = crescent.run {}
run:grpo { pass = { reward = "tidy" } }
run:reward { "tidy", score = function(s)
  local answer = s.response:match("<answer>(.-)</answer>")
  if not answer then return 0 end
  local thoughts = s.response:match("<think>(.-)</think>") or ""
  local words = 0
  for _ in thoughts:gmatch("%S+") do words = words + 1 end
  local score = answer == s.gold and 1 or 0
  if words > 20 then score = score - 0.1 end
  if s.finish == "length" then score = score - 0.5 end
  return score
end }
run.state.passes, run.state.draws = {}, {}
for i = 0, 2047 do run.state.passes[i], run.state.draws[i] = 0, 0 end
run:sampler {
  draw = function(ctx, n)
    local out = {}
    for i = 1, n do
      local a, b = ctx.eligible[math.random(#ctx.eligible)], ctx.eligible[math.random(#ctx.eligible)]
      local rate = function(p) return run.state.passes[p] / (run.state.draws[p] + 1) end
      out[i] = math.abs(rate(a) - 0.5) < math.abs(rate(b) - 0.5) and a or b
    end
    return out
  end,
  observe = function(groups)
    for _, g in ipairs(groups) do
      run.state.passes[g.prompt] = run.state.passes[g.prompt] + g.passes
      run.state.draws[g.prompt] = run.state.draws[g.prompt] + g.judged
    end
  end,
}
run:phase { "main", view = "image", leave = function(m)
  return m.phase_step >= 200 or m:plateau("val/image/accuracy", 5)
end }
run:on_step(function(step, metrics) run.state.best = math.max(run.state.best or 0, metrics.reward) end)
return run
)lua";

double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e3 * static_cast<double>(now.tv_sec) + 1e-6 * static_cast<double>(now.tv_nsec);
}

double median_ms(const std::function<void()>& body) {
  std::vector<double> times;
  for (int i = 0; i < 200; ++i) {
    const double start = cpu_ms();
    body();
    times.push_back(cpu_ms() - start);
  }
  std::nth_element(times.begin(), times.begin() + 100, times.end());
  return times[100];
}

}  // namespace

int main() {
  const auto folder = std::filesystem::temp_directory_path() / "crescent_bench_lua";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "experiment.lua") << kScript;
  const LoadedExperiment loaded = load_experiment(folder.string(), {});

  const std::string response = "<think>3+5=8, that is the sum of both dice</think><answer>8</answer>";
  std::vector<Sample> samples(512);
  for (size_t i = 0; i < samples.size(); ++i) {
    samples[i].prompt = "<image>sum of the dice?";
    samples[i].response = response;
    samples[i].gold = "8";
    samples[i].columns_json = R"({"family":"dice","level":2})";
    samples[i].record_id = "train-000123";
    samples[i].token_count = 24;
    samples[i].group_id = i / 8;
    samples[i].index_in_group = i % 8;
    samples[i].phase = "main";
    samples[i].step = 7;
  }
  std::vector<Score> scores(samples.size());
  const auto reward = make_lua_reward(loaded.host, loaded.config.rewards.at(0));
  const double reward_ms = median_ms([&] {
    for (size_t i = 0; i < samples.size(); i += 8)  // a group at a time, as a run does
      reward->score(std::span(samples).subspan(i, 8), std::span(scores).subspan(i, 8));
  });
  fmt::print("reward of ten lines, 512 responses   {:.3f} ms\n", reward_ms);

  std::vector<uint64_t> eligible(2048), drawn(32);
  for (size_t i = 0; i < eligible.size(); ++i) eligible[i] = i;
  std::vector<double> weight(32, 1);
  const auto sampler = make_lua_sampler(loaded.host, loaded.config.sampler);
  SamplerContext ctx{"main", View::image, eligible, 0};
  std::vector<ScoredGroup> groups(32);
  for (ScoredGroup& group : groups) {
    group.group.rollouts.resize(8);
    group.reward.assign(8, 1);
    group.passed.assign(8, 1);
  }
  const double sampler_ms = median_ms([&] {
    ++ctx.step;
    sampler->draw(ctx, drawn, weight);
    for (size_t i = 0; i < groups.size(); ++i) groups[i].group.draw.prompt_index = drawn[i];
    sampler->observe(ctx, groups);
  });
  fmt::print("sampler, draw and observe            {:.3f} ms\n", sampler_ms);

  Progress progress;
  progress.phase = "main";
  for (int64_t step = 0; step < 20; ++step) {
    if (step == 0) progress.validation.push_back({"val/image/accuracy", {}});
    progress.validation[0].second.push_back({step * 10, 0.5});
  }
  const auto policy = make_lua_policy(loaded.host, loaded.config.phases.at(0));
  const double leave_ms = median_ms([&] { policy->decide(progress); });
  fmt::print("phase function                       {:.3f} ms\n", leave_ms);

  StepReport report{.step = 1, .phase = "main", .view = "image", .metrics = {}, .timings = {}};
  for (int i = 0; i < 30; ++i) report.metrics.emplace_back("metric_" + std::to_string(i), i);
  report.metrics.emplace_back("reward", 0.5);
  const double step_ms = median_ms([&] { loaded.host->on_step(loaded.config.on_step, report); });
  fmt::print("step callback                        {:.3f} ms\n", step_ms);
  fmt::print("a step: half the reward's, and these {:.3f} ms\n", reward_ms / 2 + sampler_ms + leave_ms + step_ms);
}
