#include "core/train/policy_update.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "core/grpo/kl.hpp"

namespace crescent {

namespace {

int64_t rows_of(const Collected& batch, size_t g) {
  int64_t rows = static_cast<int64_t>(batch.prompts[g]->tokens.size());
  for (const Rollout& r : batch.groups[g].group.rollouts) rows += static_cast<int64_t>(r.tokens.size()) - 1;
  return rows;
}

std::vector<int64_t> lengths_of(const Collected& batch, const std::vector<size_t>& groups) {
  std::vector<int64_t> lengths;
  for (const size_t g : groups)
    for (const Rollout& r : batch.groups[g].group.rollouts) lengths.push_back(static_cast<int64_t>(r.tokens.size()));
  return lengths;
}

std::vector<size_t> all_groups(const Collected& batch) {
  std::vector<size_t> all(batch.groups.size());
  std::iota(all.begin(), all.end(), size_t{0});
  return all;
}

PackedBatch pack(const Collected& batch, const std::vector<size_t>& groups) {
  std::vector<PackedGroup> packed;
  for (const size_t g : groups) {
    PackedGroup group{batch.prompts[g].get(), {}};
    for (const Rollout& r : batch.groups[g].group.rollouts) group.responses.emplace_back(r.tokens);
    packed.push_back(std::move(group));
  }
  return pack_groups(packed);
}

// The parts of `all` [groups] that belong to `groups`, one after another; undefined when nothing is known.
at::Tensor gather(const std::vector<at::Tensor>& all, const std::vector<size_t>& groups) {
  if (all.empty()) return {};
  std::vector<at::Tensor> parts;
  for (const size_t g : groups) parts.push_back(all[g]);
  return at::cat(parts);
}

// Mean |log p(rollout) - log p(training forward)| over the batch: how far the two paths are apart.
double mismatch(const Collected& batch, const std::vector<at::Tensor>& training) {
  double sum = 0;
  int64_t count = 0;
  for (size_t g = 0; g < training.size(); ++g) {
    if (!training[g].defined()) continue;
    const at::Tensor host = training[g].cpu();
    const float* now = host.const_data_ptr<float>();
    for (const Rollout& r : batch.groups[g].group.rollouts)
      for (const float then : r.logprobs) {
        sum += std::abs(static_cast<double>(*now++) - then);
        ++count;
      }
  }
  return count > 0 ? sum / static_cast<double>(count) : 0;
}

}  // namespace

PolicyUpdate::PolicyUpdate(const GrpoConfig& config, uint64_t seed, VisionLanguageModel model,
                           const Reference& reference, AdamW& optimizer)
    : config_(config), seed_(seed), model_(std::move(model)), reference_(reference), optimizer_(optimizer) {}

std::vector<PolicyUpdate::Groups> PolicyUpdate::micro_batches(const Collected& batch, const Groups& groups) const {
  std::vector<Groups> parts;
  int64_t rows = 0;
  for (const size_t g : groups) {
    const int64_t more = rows_of(batch, g);
    if (parts.empty() || rows + more > config_.micro_batch_tokens) {
      parts.emplace_back();
      rows = 0;
    }
    parts.back().push_back(g);
    rows += more;
  }
  return parts;
}

std::vector<PolicyUpdate::Groups> PolicyUpdate::minibatches(const Groups& all, int64_t epoch, int64_t step) const {
  const size_t size =
      config_.updates.minibatch_prompts > 0 ? static_cast<size_t>(config_.updates.minibatch_prompts) : all.size();
  Groups order = all;
  if (size < all.size()) {
    RandomStream stream(
        RandomKey(seed_, "minibatch_order", {static_cast<uint64_t>(step), static_cast<uint64_t>(epoch)}));
    shuffle(order, stream);
  }
  std::vector<Groups> parts;
  for (size_t begin = 0; begin < order.size(); begin += size)
    parts.emplace_back(order.begin() + static_cast<std::ptrdiff_t>(begin),
                       order.begin() + static_cast<std::ptrdiff_t>(std::min(begin + size, order.size())));
  return parts;
}

// Log-probabilities of the batch's responses by the training path, without gradients: per group, [its tokens].
std::vector<at::Tensor> PolicyUpdate::logprobs_of(const VisionLanguageModel& model, const Collected& batch) const {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> result(batch.groups.size());
  for (const Groups& part : micro_batches(batch, all_groups(batch))) {
    const PackedBatch packed = pack(batch, part);
    const at::Tensor logprobs =
        model.logprobs(model.hidden(packed.input), packed.targets, config_.temperature).logprobs;
    int64_t at = 0;
    for (const size_t g : part) {
      const std::vector<int64_t> lengths = lengths_of(batch, {g});
      const int64_t tokens = std::accumulate(lengths.begin(), lengths.end(), int64_t{0});
      result[g] = logprobs.narrow(0, at, tokens);
      at += tokens;
    }
  }
  return result;
}

bool PolicyUpdate::several_updates(const Collected& batch) const {
  const int64_t size = config_.updates.minibatch_prompts;
  return config_.updates.epochs > 1 || (size > 0 && size < static_cast<int64_t>(batch.groups.size()));
}

BatchLogprobs PolicyUpdate::measure(const Collected& batch) const {
  RECORD_USER_SCOPE("log-probabilities before");
  BatchLogprobs known;
  if (several_updates(batch) || kl_in_reward()) known.policy = logprobs_of(model_, batch);
  if (measures_kl()) known.reference = logprobs_of(*reference_, batch);
  return known;
}

std::vector<GroupAdvantages> PolicyUpdate::advantages(const Collected& batch, const BatchLogprobs& known) const {
  std::vector<GroupAdvantages> result;
  for (size_t g = 0; g < batch.groups.size(); ++g) {
    std::vector<double> rewards = batch.groups[g].reward;
    if (kl_in_reward()) {
      const at::Tensor p = known.policy[g].cpu(), r = known.reference[g].cpu();
      size_t at = 0;
      for (size_t i = 0; i < rewards.size(); ++i) {
        const size_t tokens = batch.groups[g].group.rollouts[i].tokens.size();
        rewards[i] -=
            kl_penalty({p.const_data_ptr<float>() + at, tokens}, {r.const_data_ptr<float>() + at, tokens}, config_.kl);
        at += tokens;
      }
    }
    result.push_back(group_advantages(rewards, config_.advantage, config_.advantage_eps));
  }
  return result;
}

// A group whose advantages are all 0 has no gradient, unless the loss has terms besides the advantages. Leaving it out
// of the forward changes nothing but the time: its tokens still count in the loss's scale.
bool PolicyUpdate::contributes(const GroupAdvantages& advantages) const {
  if (std::all_of(advantages.left_out.begin(), advantages.left_out.end(), [](uint8_t out) { return out != 0; }))
    return false;
  const bool other_terms = config_.entropy_bonus != 0 || (config_.kl.coefficient != 0 && config_.kl.place == "loss");
  return other_terms ||
         std::any_of(advantages.values.begin(), advantages.values.end(), [](double a) { return a != 0; });
}

// Forward and backward of one minibatch, micro-batch by micro-batch; gradients add up in the parameters.
LossMetrics PolicyUpdate::accumulate(const Collected& batch, const std::vector<GroupAdvantages>& advantages,
                                     const BatchLogprobs& known, const Groups& groups, const LossScale& scale,
                                     Task& progress) {
  Groups contributing;
  std::copy_if(groups.begin(), groups.end(), std::back_inserter(contributing),
               [&](size_t g) { return contributes(advantages[g]); });

  progress.advance(static_cast<int64_t>(groups.size() - contributing.size()));
  LossMetrics metrics;
  for (const Groups& part : micro_batches(batch, contributing)) {
    const PackedBatch packed = pack(batch, part);
    const TokenLogprobs now = [&] {
      RECORD_USER_SCOPE("forward");
      return model_.logprobs(model_.hidden(packed.input), packed.targets, config_.temperature);
    }();
    LossInput input;
    input.logprobs = now.logprobs;
    input.entropy = now.entropy;
    // The values of a single update are its own, to the bit: no ratio is off 1 by a rounding of another batch shape.
    if (several_updates(batch)) input.old_logprobs = gather(known.policy, part);
    input.reference_logprobs = gather(known.reference, part);
    input.lengths = lengths_of(batch, part);
    for (const size_t g : part) {
      input.advantages.insert(input.advantages.end(), advantages[g].values.begin(), advantages[g].values.end());
      input.left_out.insert(input.left_out.end(), advantages[g].left_out.begin(), advantages[g].left_out.end());
      input.weights.insert(input.weights.end(), advantages[g].values.size(), batch.groups[g].group.draw.weight);
    }
    const GrpoLoss loss = grpo_loss(input, scale, config_);
    {
      RECORD_USER_SCOPE("backward");
      loss.value.backward();
    }
    metrics += loss.metrics;
    progress.advance(static_cast<int64_t>(part.size()));
  }
  return metrics;
}

NamedValues PolicyUpdate::update(const Collected& batch, const std::vector<GroupAdvantages>& advantages,
                                 const BatchLogprobs& known, double learning_rate, int64_t step,
                                 const OnProgress& on_progress) {
  const Groups all = all_groups(batch);
  Task progress(on_progress, fmt::format("step {}: update", step),
                static_cast<int64_t>(all.size()) * config_.updates.epochs);
  LossMetrics metrics;
  double norm_sum = 0;
  const int64_t skipped_before = skipped_.total;
  int64_t updates = 0, counted = 0;  // tokens, in all updates; those of groups without signal are among them
  for (int64_t epoch = 0; epoch < config_.updates.epochs; ++epoch)
    for (const Groups& groups : minibatches(all, epoch, step)) {
      LossScale scale;
      for (const size_t g : groups) scale.add(lengths_of(batch, {g}), advantages[g].left_out);
      counted += scale.tokens;
      const LossMetrics part = accumulate(batch, advantages, known, groups, scale, progress);
      metrics += part;
      if (part.tokens == 0) continue;  // no group of this minibatch had a gradient
      UpdateReport report{.skipped = true};
      if (std::isfinite(part.loss)) report = optimizer_.step(learning_rate);
      optimizer_.zero_grad();
      skipped_.count(report.skipped);
      if (skipped_.too_many())
        fail(
            "step {}: the loss or its gradient was not finite in {} updates in a row, so nothing is learned any more; "
            "the batch is in rollouts/, the last checkpoint is from before; try a lower grpo.lr (now {}) or look at "
            "the rewards",
            step, skipped_.in_a_row, learning_rate);
      if (report.skipped) continue;
      norm_sum += report.grad_norm;
      ++updates;
    }

  // Without a gradient its norm is 0; one that was not finite has none.
  const bool all_skipped = updates == 0 && skipped_.total > skipped_before;
  const double norm = all_skipped ? std::numeric_limits<double>::quiet_NaN() : norm_sum / std::max<int64_t>(updates, 1);
  const auto share = [counted](double sum) { return counted > 0 ? sum / static_cast<double>(counted) : 0; };
  NamedValues values{{"grad_norm", norm},
                     {"clip_fraction", share(metrics.clip_total())},
                     {"clip_fraction/low", share(metrics.clip_low)},
                     {"clip_fraction/high", share(metrics.clip_high)},
                     {"approx_kl", metrics.mean(metrics.approx_kl)}};
  if (measures_kl()) values.emplace_back("kl", metrics.mean(metrics.kl));
  if (several_updates(batch)) values.emplace_back("rollout_mismatch", mismatch(batch, known.policy));
  return values;
}

}  // namespace crescent
