#include "core/app/rehearsal.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>

#include "core/data/view.hpp"
#include "core/flow/limits.hpp"
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

struct Lengths {  // of the responses of a rehearsed batch
  int64_t most = 0;
  bool fixed = false;  // each as long as that; else where the model ends it
};

// GRPO's part of a step as the trainer makes it, between the sampler and the rewards.
class GrpoStage {
 public:
  GrpoStage(const RunConfig& config, const VisionLanguageModel& model, const Processor& processor)
      : config_(config),
        processor_(processor),
        generator_(model, without(processor.banned_tokens())),
        optimizer_(model.parameters(), config.grpo.adamw),
        update_(config.grpo, static_cast<uint64_t>(config.seed), model, reference_, optimizer_) {
    if (config.grpo.kl.coefficient != 0) reference_ = model.clone();
  }

  Collected rollout(const Dataset& dataset, const std::vector<uint64_t>& records, View view, int64_t group,
                    Lengths lengths) {
    SamplingOptions sampling;
    sampling.temperature = config_.grpo.temperature;
    sampling.max_response_tokens = lengths.most;
    sampling.ignore_end = lengths.fixed;
    sampling.seed = static_cast<uint64_t>(config_.seed);
    sampling.purpose = "rehearsal";
    Collected batch;
    std::vector<GenerationRequest> wanted;
    for (const uint64_t record : records) {
      batch.prompts.push_back(std::make_shared<const RenderedPrompt>(
          processor_.render(dataset.records[record], view, config_.system, config_.data.max_prompt_tokens)));
      wanted.push_back({batch.prompts.back(), {.prompt_index = record, .view = view, .visit = visit_++}, group});
    }
    batch.groups.resize(wanted.size());
    batch.stats = generator_.generate(wanted, sampling,
                                      [&](size_t index, Group&& done) { batch.groups[index].group = std::move(done); });
    return batch;
  }

  void update(const Collected& batch) {  // at rate 0: the weights stay what they are
    update_.update(batch, alternating(batch), update_.measure(batch), 0, 1);
  }

 private:
  const RunConfig& config_;
  const Processor& processor_;
  Generator generator_;
  Reference reference_;
  AdamW optimizer_;
  PolicyUpdate update_;
  uint64_t visit_ = 0;
};

// `n` of the records, evenly over all of them.
std::vector<uint64_t> spread_over(const std::vector<uint64_t>& all, int64_t n) {
  std::vector<uint64_t> picked;
  for (int64_t i = 0; i < n; ++i) picked.push_back(all[static_cast<size_t>(i) * all.size() / static_cast<size_t>(n)]);
  return picked;
}

// How much of a batch is rehearsed.
struct Extent {
  int64_t prompts = 1, tokens = 1;
  double scale = 1;  // to the whole batch with responses at their limit
};

class Rehearser {
 public:
  Rehearser(const RunConfig& config, const VisionLanguageModel& model, const Processor& processor, const Datasets& data,
            const DataSizes& sizes, double seconds, Task& progress)
      : config_(config),
        limit_(config.grpo.max_response_tokens),
        data_(data),
        sizes_(sizes),
        seconds_a_part_(seconds / static_cast<double>(parts(config, sizes))),
        progress_(progress),
        stage_(config, model, processor) {
    result_.prompts = config.grpo.prompts;
    result_.tokens = limit_;
    result_.likely.emplace();
    if (config.sft.steps > 0) {
      result_.likely_tokens = std::min(sizes.sft.responses.mean(), static_cast<double>(limit_));
      likely_ = {std::max<int64_t>(1, std::llround(result_.likely_tokens)), true};
    } else {
      likely_ = {limit_, false};
    }
  }

  // What progress counts: a batch at its limit and a likely one of each view of training and of validation, and the
  // cold start.
  static int64_t parts(const RunConfig& config, const DataSizes& sizes) {
    return 2 * static_cast<int64_t>(sizes.train.size() + config.validation.views.size()) + (config.sft.steps > 0);
  }

  Rehearsal run() {
    for (const auto& [view, of_view] : sizes_.train) training(view, of_view);
    for (const std::string& name : config_.validation.views) validation(parse_view(name));
    if (config_.sft.steps == 0) result_.likely_tokens = sampled_tokens_ / sampled_responses_;
    if (result_.tokens < limit_) result_.likely.reset();
    return result_;
  }

 private:
  // `batch` makes one of so many prompts with such responses; a first small one tells what is affordable.
  template <class Batch>
  Extent affordable(int64_t prompts, Batch batch) {
    const int64_t few = std::min<int64_t>(limit_, 16);
    double one = seconds_of([&] { batch(1, Lengths{few, true}); });
    if (one < seconds_a_part_) one = seconds_of([&] { batch(1, Lengths{few, true}); });  // with caches and memory
    const double whole = one * static_cast<double>(limit_) / static_cast<double>(few);
    const double share = seconds_a_part_ / std::max(whole, 1e-9);  // of one prompt's whole responses
    Extent extent;
    extent.tokens = std::clamp(static_cast<int64_t>(static_cast<double>(limit_) * std::min(share, 1.0)), few, limit_);
    extent.prompts = std::clamp(static_cast<int64_t>(std::min(share, 1e9)), int64_t{1}, prompts);
    extent.scale = static_cast<double>(prompts) / static_cast<double>(extent.prompts) * static_cast<double>(limit_) /
                   static_cast<double>(extent.tokens);
    result_.tokens = std::min(result_.tokens, extent.tokens);
    return extent;
  }

  void training(View view, const PromptSizes& of_view) {
    const auto rollout = [&](const std::vector<uint64_t>& records, Lengths lengths) {
      return stage_.rollout(data_.train, records, view, config_.grpo.group, lengths);
    };
    const Extent extent = affordable(config_.grpo.prompts, [&](int64_t, Lengths lengths) {
      stage_.update(rollout({of_view.longest_record}, lengths));
    });
    result_.prompts = std::min(result_.prompts, extent.prompts);
    const auto measure = [&](StepSeconds& into, const std::vector<uint64_t>& records, Lengths lengths, double scale) {
      Collected batch;
      into.rollout[view] = scale * seconds_of([&] { batch = rollout(records, lengths); });
      into.update[view] = scale * seconds_of([&] { stage_.update(batch); });
      progress_.advance();
      return batch;
    };
    const std::vector<uint64_t> longest(static_cast<size_t>(extent.prompts), of_view.longest_record);
    measure(result_.at_most, longest, {extent.tokens, true}, extent.scale);
    if (extent.tokens < limit_) return progress_.advance();
    const Collected batch =
        measure(*result_.likely, spread_over(eligible(data_.train, view), extent.prompts), likely_, extent.scale);
    sampled_tokens_ += static_cast<double>(batch.stats.response_tokens);
    sampled_responses_ += static_cast<double>(extent.prompts * config_.grpo.group);
  }

  void validation(View view) {
    const std::vector<uint64_t> records = eligible(data_.val, view);
    const int64_t have = static_cast<int64_t>(records.size()), wanted = config_.validation.prompts;
    const int64_t all = wanted > 0 ? std::min(wanted, have) : have;
    const auto batch = [&](int64_t prompts, Lengths lengths) {
      const std::vector<uint64_t> some = spread_over(records, std::min(prompts, kValidationPromptsPerCall));
      stage_.rollout(data_.val, some, view, 1, lengths);
      if (config_.validation.samples > 0) stage_.rollout(data_.val, some, view, config_.validation.samples, lengths);
    };
    Extent extent = affordable(all, batch);
    if (extent.prompts > kValidationPromptsPerCall) {
      extent.scale *= static_cast<double>(extent.prompts) / static_cast<double>(kValidationPromptsPerCall);
      extent.prompts = kValidationPromptsPerCall;
    }
    result_.at_most.validation += extent.scale * seconds_of([&] { batch(extent.prompts, {extent.tokens, true}); });
    progress_.advance();
    if (extent.tokens == limit_)
      result_.likely->validation += extent.scale * seconds_of([&] { batch(extent.prompts, likely_); });
    progress_.advance();
  }

  const RunConfig& config_;
  const int64_t limit_;
  const Datasets& data_;
  const DataSizes& sizes_;
  const double seconds_a_part_;
  Task& progress_;
  GrpoStage stage_;
  Lengths likely_;
  double sampled_tokens_ = 0, sampled_responses_ = 0;
  Rehearsal result_;
};

// The mean of a few steps after the first, which makes caches and touches memory; the first where it takes long.
double cold_start_step(const RunConfig& config, const VisionLanguageModel& model, const Processor& processor,
                       const Datasets& data, double seconds) {
  SftTrainer trainer(config, model, processor, data.sft, {});
  const double first = seconds_of([&] { trainer.step(1); });
  const int64_t more = std::min<int64_t>(5, config.sft.steps - 1);  // its schedule knows no further steps
  if (first > seconds || more == 0) return first;
  double sum = 0;
  int64_t made = 0;
  while (made < more && sum < seconds) sum += seconds_of([&] { trainer.step(++made + 1); });
  return sum / static_cast<double>(made);
}

}  // namespace

Rehearsal rehearse(const RunConfig& config, VisionLanguageModel model, const Processor& processor, const Datasets& data,
                   const DataSizes& sizes, double seconds, const OnProgress& on_progress) {
  const int64_t parts = Rehearser::parts(config, sizes);
  Task progress(on_progress, "rehearsing a few steps", parts);
  model.set_requires_grad(true);
  Rehearsal result = Rehearser(config, model, processor, data, sizes, seconds, progress).run();
  if (config.sft.steps > 0) {  // last: it changes the weights
    result.at_most.cold_start = cold_start_step(config, model, processor, data, seconds / static_cast<double>(parts));
    if (result.likely) result.likely->cold_start = result.at_most.cold_start;
    progress.advance();
  }
  return result;
}

}  // namespace crescent
