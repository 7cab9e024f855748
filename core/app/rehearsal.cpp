#include "core/app/rehearsal.hpp"

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <optional>

#include "core/data/view.hpp"
#include "core/flow/limits.hpp"
#include "core/rundir/host.hpp"
#include "core/train/policy_update.hpp"
#include "core/train/sft_trainer.hpp"

namespace crescent {

namespace {

template <class Work>
double seconds_of(Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

GeneratorOptions without(const std::vector<int32_t>& banned) {
  GeneratorOptions options;
  options.banned_tokens = banned;
  return options;
}

// Advantages of a batch in which every group has a signal.
std::vector<GroupAdvantages> alternating(const Collected& batch) {
  std::vector<GroupAdvantages> advantages;
  for (const ScoredGroup& group : batch.groups) {
    GroupAdvantages a;
    for (size_t i = 0; i < group.group.rollouts.size(); ++i) a.values.push_back(i % 2 == 0 ? 1 : -1);
    a.left_out.assign(a.values.size(), 0);
    advantages.push_back(std::move(a));
  }
  return advantages;
}

double mean_response_tokens(const Collected& batch) {
  double rollouts = 0;
  for (const ScoredGroup& group : batch.groups) rollouts += static_cast<double>(group.group.rollouts.size());
  return static_cast<double>(batch.stats.response_tokens) / rollouts;
}

class Stage {
 public:
  Stage(const RunConfig& config, VisionLanguageModel model, const Processor& processor, const Datasets& data)
      : config_(config),
        model_(std::move(model)),
        processor_(processor),
        data_(data),
        generator_(model_, without(processor.banned_tokens())) {
    model_.set_requires_grad(true);
  }

  // The second of two steps, because the first makes caches and touches memory; the first where it takes `long_s`.
  double cold_start_step(double long_s) {
    SftTrainer trainer(config_, model_, processor_, data_.sft, {});
    const double first = seconds_of([&] { trainer.step(1); });
    return first > long_s ? first : seconds_of([&] { trainer.step(2); });
  }

  // The trainer's parts from here on.
  void begin_grpo() {
    optimizer_.emplace(model_.parameters(), config_.grpo.adamw);
    if (config_.grpo.kl.coefficient != 0) reference_ = model_.clone();
    update_.emplace(config_.grpo, static_cast<uint64_t>(config_.seed), model_, reference_, *optimizer_);
  }

  Collected rollout(const Dataset& dataset, const std::vector<uint64_t>& records, View view, int64_t group,
                    bool at_limit) {
    SamplingOptions sampling;
    sampling.temperature = config_.grpo.temperature;
    sampling.max_response_tokens = config_.grpo.max_response_tokens;
    sampling.seed = static_cast<uint64_t>(config_.seed);
    sampling.purpose = "rehearsal";
    sampling.ignore_end = at_limit;
    Collected batch;
    std::vector<GenerationRequest> wanted;
    for (uint64_t i = 0; i < records.size(); ++i) {
      batch.prompts.push_back(std::make_shared<const RenderedPrompt>(
          processor_.render(dataset.records[records[i]], view, config_.system, config_.data.max_prompt_tokens)));
      wanted.push_back({batch.prompts.back(), {.prompt_index = records[i], .view = view, .visit = i}, group});
    }
    batch.groups.resize(wanted.size());
    batch.stats = generator_.generate(wanted, sampling,
                                      [&](size_t index, Group&& done) { batch.groups[index].group = std::move(done); });
    return batch;
  }

  void update(const Collected& batch) { update_->update(batch, alternating(batch), 0.0, 1); }

 private:
  const RunConfig& config_;
  VisionLanguageModel model_;
  const Processor& processor_;
  const Datasets& data_;
  Generator generator_;
  std::optional<AdamW> optimizer_;
  Reference reference_;
  std::optional<PolicyUpdate> update_;
};

// `n` of the indices, evenly over all of them.
std::vector<uint64_t> spread_over(const std::vector<uint64_t>& all, int64_t n) {
  std::vector<uint64_t> picked;
  for (int64_t i = 0; i < n; ++i) picked.push_back(all[static_cast<size_t>(i) * all.size() / static_cast<size_t>(n)]);
  return picked;
}

// A step of one group tells how many prompts the given time allows.
int64_t affordable(double one, double seconds, int64_t wanted) {
  return std::clamp<int64_t>(static_cast<int64_t>(seconds / std::max(one, 1e-9)), 1, wanted);
}

}  // namespace

Rehearsal rehearse(const RunConfig& config, VisionLanguageModel model, const Processor& processor, const Datasets& data,
                   const DataSizes& sizes, double seconds) {
  Rehearsal result;
  Stage stage(config, std::move(model), processor, data);
  if (config.sft.steps > 0) result.at_limit.cold_start = result.as_now.cold_start = stage.cold_start_step(seconds / 4);
  stage.begin_grpo();

  const double parts = 2.0 * static_cast<double>(sizes.train.size() + config.validation.views.size());
  double tokens = 0;
  result.prompts = config.grpo.prompts;
  for (const auto& [view, of_view] : sizes.train) {
    const std::vector<uint64_t> eligible_records = eligible(data.train, view);
    const std::vector<uint64_t> longest(static_cast<size_t>(config.grpo.prompts), of_view.longest_record);
    const double one =
        seconds_of([&] { stage.update(stage.rollout(data.train, {longest[0]}, view, config.grpo.group, true)); });
    const int64_t prompts = affordable(one, seconds / parts, config.grpo.prompts);
    result.prompts = std::min(result.prompts, prompts);
    const double scale = static_cast<double>(config.grpo.prompts) / static_cast<double>(prompts);
    for (const bool at_limit : {true, false}) {
      StepSeconds& measured = at_limit ? result.at_limit : result.as_now;
      const std::vector<uint64_t> records = at_limit ? std::vector<uint64_t>(longest.begin(), longest.begin() + prompts)
                                                     : spread_over(eligible_records, prompts);
      Collected batch;
      measured.rollout[view] =
          scale * seconds_of([&] { batch = stage.rollout(data.train, records, view, config.grpo.group, at_limit); });
      measured.update[view] = scale * seconds_of([&] { stage.update(batch); });
      if (!at_limit) tokens += mean_response_tokens(batch) / static_cast<double>(sizes.train.size());
    }
  }
  result.response_tokens = tokens;

  for (const std::string& name : config.validation.views) {
    const View view = parse_view(name);
    const std::vector<uint64_t> records = eligible(data.val, view);
    const int64_t all = config.validation.prompts > 0
                            ? std::min<int64_t>(config.validation.prompts, static_cast<int64_t>(records.size()))
                            : static_cast<int64_t>(records.size());
    const double one =
        seconds_of([&] { stage.rollout(data.val, {records[0]}, view, 1 + config.validation.samples, true); });
    const int64_t prompts = affordable(one, seconds / parts, std::min(all, kValidationPromptsPerCall));
    const double scale = static_cast<double>(all) / static_cast<double>(prompts);
    for (const bool at_limit : {true, false})
      (at_limit ? result.at_limit : result.as_now).validation +=
          scale * seconds_of([&] {
            const std::vector<uint64_t> some = spread_over(records, prompts);
            stage.rollout(data.val, some, view, 1, at_limit);
            if (config.validation.samples > 0) stage.rollout(data.val, some, view, config.validation.samples, at_limit);
          });
  }
  result.peak_bytes = peak_resident_bytes();
  return result;
}

int64_t measure_program_bytes() {
  {
    VisionLanguageModel model = VisionLanguageModel::random(tiny_vl_config(), 1);
    model.set_requires_grad(true);
    AdamW optimizer(model.parameters(), {});
    RenderedPrompt prompt;
    prompt.tokens.assign(32, 1);
    for (int32_t i = 0; i < 32; ++i) prompt.positions.push_back({i, i, i});
    prompt.next_position = 32;
    const std::vector<int32_t> response(64, 2);
    std::vector<PackedGroup> groups(16, {&prompt, {std::span<const int32_t>(response)}});
    const PackedBatch batch = pack_groups(groups);
    model.logprobs(model.hidden(batch.input), batch.targets, 1).logprobs.sum().backward();
    optimizer.step(0);
    optimizer.zero_grad();
    Generator generator(model, {});
    const auto shared = std::make_shared<const RenderedPrompt>(prompt);
    SamplingOptions sampling;
    sampling.max_response_tokens = 4;
    generator.generate(std::vector<GenerationRequest>(4, {shared, {}, 8}), sampling, [](size_t, Group&&) {});
  }
  ::malloc_trim(0);
  return resident_bytes();
}

}  // namespace crescent
