// What bf16 changes: log-probabilities and the gradient of a GRPO batch, against fp32, on a trained model's own
// responses. Needs a CPU with AMX.
//   bf16_error MODEL DATA [threads]     a checkpoint's model/ folder; a JSONL of records with pictures
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "core/base/random.hpp"
#include "core/data/record.hpp"
#include "core/processor/processor.hpp"
#include "core/rollout/generator.hpp"
#include "core/tensor/device.hpp"

namespace crescent {
namespace {

constexpr int64_t kPrompts = 64, kGroup = 8, kResponseTokens = 28;

struct Learned {
  at::Tensor logprobs;                         // [M] of the training forward
  std::map<std::string, at::Tensor> gradient;  // of -sum(advantage * log-probability) / M
};

struct Rollouts {
  std::vector<Group> groups;
  PackedBatch batch;
  at::Tensor recorded;  // [M] log-probabilities taken on the way
};

Rollouts roll_out(const VisionLanguageModel& model, const Processor& processor,
                  const std::vector<std::shared_ptr<const RenderedPrompt>>& prompts) {
  Generator generator(model, {.banned_tokens = processor.banned_tokens()});
  std::vector<GenerationRequest> requests;
  for (uint64_t i = 0; i < prompts.size(); ++i)
    requests.push_back({prompts[i], {.prompt_index = i, .view = View::image}, kGroup});
  Rollouts made{std::vector<Group>(prompts.size()), {}, {}};
  generator.generate(requests, {.max_response_tokens = kResponseTokens, .seed = 1},
                     [&](size_t index, Group&& group) { made.groups[index] = std::move(group); });
  std::vector<PackedGroup> packed;
  std::vector<float> recorded;
  for (size_t i = 0; i < prompts.size(); ++i) {
    packed.push_back({prompts[i].get(), {}});
    for (const Rollout& rollout : made.groups[i].rollouts) {
      packed.back().responses.emplace_back(rollout.tokens);
      recorded.insert(recorded.end(), rollout.logprobs.begin(), rollout.logprobs.end());
    }
  }
  made.batch = pack_groups(packed);
  made.recorded = at::tensor(recorded);
  return made;
}

// Advantages at random, one a response: a batch in which every group has a signal.
at::Tensor advantages(const Targets& targets) {
  RandomStream random(RandomKey(3, "bench"));
  std::vector<float> each;
  for (const int64_t length : targets.response_lengths) {
    const auto advantage = static_cast<float>(2 * random.uniform() - 1);
    each.insert(each.end(), static_cast<size_t>(length), advantage);
  }
  return at::tensor(each);
}

Learned learn(VisionLanguageModel& model, const Rollouts& rollouts) {
  for (auto& [name, p] : model.parameters()) p.mutable_grad() = at::Tensor();
  const at::Tensor now = model.logprobs(model.hidden(rollouts.batch.input), rollouts.batch.targets, 1.0).logprobs;
  (now * advantages(rollouts.batch.targets)).mean().neg().backward();
  Learned learned{now.detach(), {}};
  for (const auto& [name, p] : model.parameters())
    if (p.grad().defined()) learned.gradient[name] = p.grad().clone();
  return learned;
}

void tell(const char* what, const at::Tensor& difference) {
  const at::Tensor sorted = std::get<0>(difference.abs().sort());
  const int64_t count = sorted.numel();
  const auto at_share = [&](double share) {
    return sorted[std::min(count - 1, static_cast<int64_t>(share * static_cast<double>(count)))].item<double>();
  };
  fmt::print("{:<58} {:>8} {:10.1e} {:10.1e} {:10.1e}\n", what, count, sorted.mean().item<double>(), at_share(0.99),
             at_share(1));
}

void tell_gradient(const Learned& exact, const Learned& rounded) {
  double apart = 0, norm = 0, both = 0, other = 0, worst = 0;
  std::string worst_name;
  for (const auto& [name, g] : exact.gradient) {
    const at::Tensor& r = rounded.gradient.at(name);
    const auto of = [](const at::Tensor& t) { return t.to(at::kDouble).square().sum().item<double>(); };
    const double difference = of(r - g);
    apart += difference, norm += of(g), other += of(r);
    both += (r.to(at::kDouble) * g.to(at::kDouble)).sum().item<double>();
    if (const double own = std::sqrt(difference / of(g)); own > worst) worst = own, worst_name = name;
  }
  fmt::print(
      "gradient: apart by {:.2e} of its norm, cosine {:.6f}, norm {:+.2e}; worst tensor {} by {:.1e} of its own norm\n",
      std::sqrt(apart / norm), both / std::sqrt(norm * other), std::sqrt(other / norm) - 1, worst_name, worst);
}

void run(const std::string& folder, const std::string& data, int threads) {
  set_compute_threads(threads);
  VisionLanguageModel model = VisionLanguageModel::load(folder);
  const Processor processor(folder, model.config());
  const Dataset records = load_dataset(data, RecordKind::rl);
  std::vector<std::shared_ptr<const RenderedPrompt>> prompts;
  for (const Record& record : records.records) {
    if (static_cast<int64_t>(prompts.size()) == kPrompts) break;
    if (has_view(record, View::image))
      prompts.push_back(std::make_shared<const RenderedPrompt>(processor.render(record, View::image, "", 4096)));
  }
  const Precision bf16 = parse_precision("bf16", at::kCPU, {});
  const Rollouts exact = roll_out(model, processor, prompts);
  model.set_requires_grad(true);
  const Learned f32 = learn(model, exact);
  model.set_precision(bf16);
  const Learned rounded = learn(model, exact);
  model.set_requires_grad(false);
  const Rollouts fast = roll_out(model, processor, prompts);
  model.set_requires_grad(true);
  const Learned of_fast = learn(model, fast);

  fmt::print("{:<58} {:>8} {:>10} {:>10} {:>10}\n", "log-probabilities, absolute differences", "tokens", "mean", "99 %",
             "largest");
  tell("bf16 against fp32, the responses of fp32", rounded.logprobs - f32.logprobs);
  tell("fp32: training against rollout", f32.logprobs - exact.recorded);
  tell("bf16: training against rollout, its own responses", of_fast.logprobs - fast.recorded);
  tell_gradient(f32, rounded);
}

}  // namespace
}  // namespace crescent

int main(int count, char** arguments) {
  try {
    if (count < 3) crescent::fail_usage({}, "usage: bf16_error MODEL DATA [threads]");
    crescent::run(arguments[1], arguments[2], count > 3 ? std::atoi(arguments[3]) : 1);
  } catch (const crescent::Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
