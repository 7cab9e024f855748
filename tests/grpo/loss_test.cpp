#include "core/grpo/loss.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/clamp_min.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>
#include <doctest/doctest.h>

#include "core/base/json.hpp"
#include "core/base/random.hpp"
#include "core/grpo/kl.hpp"

namespace crescent {
namespace {

const Json& golden() {
  static const Json json = read_json_file(CRESCENT_SOURCE_DIR "/tests/golden/grpo_loss.json");
  return json;
}

at::Tensor column(const Json& list, at::ScalarType type) {
  return at::tensor(list.get<std::vector<double>>(), at::kDouble).to(type);
}

LossInput golden_input(at::ScalarType type) {
  return {.logprobs = column(golden()["logprobs"], type).set_requires_grad(true),
          .entropy = column(golden()["entropy"], type).set_requires_grad(true),
          .old_logprobs = column(golden()["old"], type),
          .reference_logprobs = column(golden()["reference"], type),
          .lengths = golden()["lengths"].get<std::vector<int64_t>>(),
          .advantages = golden()["advantages"].get<std::vector<double>>(),
          .weights = {},
          .left_out = {}};
}

GrpoConfig config_of(const Json& entry) {
  GrpoConfig config;
  config.loss = entry["loss"];
  config.clip_low = entry["clip_low"];
  config.clip_high = entry["clip_high"];
  config.dual_clip = entry["dual_clip"];
  config.entropy_bonus = entry["entropy_bonus"];
  config.max_response_tokens = golden()["max_response_tokens"];
  config.kl.coefficient = entry["kl"]["coefficient"];
  config.kl.estimator = entry["kl"]["estimator"];
  config.kl.clamp_difference = entry["kl"]["clamp_difference"];
  config.kl.clamp_value = entry["kl"]["clamp_value"];
  return config;
}

LossScale scale_of(const LossInput& input) {
  LossScale scale;
  scale.add(input.lengths, input.left_out);
  return scale;
}

// Absolute for values up to 1, relative beyond: an unclamped k3 of d = 25 has a slope of e^25.
double greatest_difference(const at::Tensor& actual, const at::Tensor& expected) {
  const at::Tensor a = actual.to(at::kDouble), b = expected.to(at::kDouble);
  return ((a - b).abs() / b.abs().clamp_min(1)).max().item<double>();
}

at::Tensor gradient_of(const at::Tensor& leaf) { return leaf.grad().defined() ? leaf.grad() : at::zeros_like(leaf); }

// Responses [begin, end) of `whole` as a micro-batch of their own, with leaves of their own.
LossInput part_of(const LossInput& whole, size_t begin, size_t end) {
  int64_t from = 0, count = 0;
  for (size_t r = 0; r < begin; ++r) from += whole.lengths[r];
  for (size_t r = begin; r < end; ++r) count += whole.lengths[r];
  const auto cut = [&](const at::Tensor& t) { return t.detach().narrow(0, from, count).clone(); };
  const auto slice = [&](const auto& list) {
    return list.empty() ? list : std::decay_t<decltype(list)>(list.begin() + begin, list.begin() + end);
  };
  return {.logprobs = cut(whole.logprobs).set_requires_grad(true),
          .entropy = cut(whole.entropy).set_requires_grad(true),
          .old_logprobs = cut(whole.old_logprobs),
          .reference_logprobs = cut(whole.reference_logprobs),
          .lengths = slice(whole.lengths),
          .advantages = slice(whole.advantages),
          .weights = slice(whole.weights),
          .left_out = slice(whole.left_out)};
}

std::vector<GrpoConfig> all_configs() {
  std::vector<GrpoConfig> configs;
  for (const Json& entry : golden()["cases"]) {
    configs.push_back(config_of(entry));
    configs.back().entropy_bonus = 0.03;
  }
  return configs;
}

// Four prompts with two responses each, whose log-probabilities are linear in three parameters.
struct LinearPolicy {
  static constexpr size_t kPrompts = 4;
  at::Tensor theta = at::tensor({0.3, -0.2, 0.1}, at::kDouble).set_requires_grad(true);
  std::vector<std::vector<int64_t>> lengths;
  std::vector<at::Tensor> features;  // [kPrompts] of [tokens, 3]

  explicit LinearPolicy(bool equal_lengths) {
    RandomStream random(RandomKey(8, "linear policy"));
    for (size_t p = 0; p < kPrompts; ++p) {
      lengths.push_back(equal_lengths ? std::vector<int64_t>{3, 3} : std::vector<int64_t>{random.integer(1, 4), 2});
      std::vector<double> values;
      for (int64_t i = 3 * (lengths[p][0] + lengths[p][1]); i > 0; --i) values.push_back(random.uniform() - 1);
      features.push_back(at::tensor(values, at::kDouble).reshape({-1, 3}));
    }
  }

  // Of the loss of a batch of these prompts, each with its weight.
  at::Tensor gradient(const std::vector<size_t>& prompts, const std::vector<double>& weights,
                      const GrpoConfig& config) {
    LossInput input;
    std::vector<at::Tensor> logprobs;
    for (size_t i = 0; i < prompts.size(); ++i) {
      const size_t p = prompts[i];
      logprobs.push_back(features[p].matmul(theta));
      input.lengths.insert(input.lengths.end(), lengths[p].begin(), lengths[p].end());
      const double a = 0.5 + static_cast<double>(p);
      input.advantages.insert(input.advantages.end(), {a, -a});
      input.weights.insert(input.weights.end(), {weights[i], weights[i]});
    }
    input.logprobs = at::cat(logprobs);
    input.entropy = at::zeros_like(input.logprobs.detach());
    input.reference_logprobs = input.logprobs.detach() - 0.3;
    theta.mutable_grad() = at::Tensor();
    grpo_loss(input, scale_of(input), config).value.backward();
    return theta.grad().clone();
  }
};

TEST_CASE("the mean gradient of corrected draws is that of uniform draws: every batch of two, by its probability") {
  constexpr size_t kPrompts = LinearPolicy::kPrompts;
  const double score[kPrompts] = {0.6, 0.3, 0.1, 0};  // what the first draw goes by; the second is uniform
  for (const char* loss : {"token", "sequence", "dr_grpo"}) {
    CAPTURE(loss);
    GrpoConfig config;
    config.loss = loss;
    config.kl.coefficient = 0.1;
    LinearPolicy policy(loss == std::string("token"));  // its denominator is the batch's tokens: the same in each
    at::Tensor corrected = at::zeros_like(policy.theta), plain = corrected.clone(), uniform = corrected.clone();
    const auto weight = [&](size_t p) { return 1.0 / kPrompts / (0.5 * score[p] + 0.5 / kPrompts); };
    for (size_t a = 0; a < kPrompts; ++a)
      for (size_t b = 0; b < kPrompts; ++b) {
        corrected += policy.gradient({a, b}, {weight(a), weight(b)}, config) * (score[a] / kPrompts);
        plain += policy.gradient({a, b}, {1, 1}, config) * (score[a] / kPrompts);
        uniform += policy.gradient({a, b}, {1, 1}, config) / (kPrompts * kPrompts);
      }
    CHECK((corrected - uniform).abs().max().item<double>() < 1e-14);
    CHECK((plain - uniform).abs().max().item<double>() > 0.01);
  }
}

TEST_CASE("loss, gradients and metrics equal TRL's and EasyR1's") {
  for (at::ScalarType type : {at::kDouble, at::kFloat}) {
    const double tolerance = type == at::kDouble ? 1e-9 : 1e-6;
    for (const Json& entry : golden()["cases"]) {
      CAPTURE(entry["name"].get<std::string>());
      LossInput input = golden_input(type);
      if (!entry["use_old"].get<bool>()) input.old_logprobs = at::Tensor();
      const GrpoLoss loss = grpo_loss(input, scale_of(input), config_of(entry));
      loss.value.backward();
      const Json& expect = entry["expect"];
      CHECK(loss.value.item<double>() == doctest::Approx(expect["loss"].get<double>()).epsilon(tolerance));
      CHECK(greatest_difference(gradient_of(input.logprobs), column(expect["grad_logprobs"], at::kDouble)) <=
            tolerance);
      CHECK(greatest_difference(gradient_of(input.entropy), column(expect["grad_entropy"], at::kDouble)) <= tolerance);
      const LossMetrics& m = loss.metrics;
      CHECK(m.tokens == 27);
      const auto check = [&](const char* name, double sum) {
        if (expect.contains(name)) CHECK(m.mean(sum) == doctest::Approx(expect[name].get<double>()).epsilon(1e-5));
      };
      check("clip_low", m.clip_low);
      check("clip_high", m.clip_high);
      check("clip_total", m.clip_total());
      check("entropy", m.entropy);
      check("approx_kl", m.approx_kl);
      check("kl", m.kl);
    }
  }
}

TEST_CASE("KL estimators equal EasyR1's, and the penalty on a reward sums them over the response") {
  for (const auto& [estimator, expected] : golden()["kl"].items()) {
    KlConfig config;
    config.estimator = estimator;
    config.coefficient = 0.5;
    if (estimator == "k3") config.clamp_difference = 20, config.clamp_value = 10;
    const LossInput input = golden_input(at::kDouble);
    const at::Tensor kl = token_kl(input.logprobs, input.reference_logprobs, config);
    CHECK(greatest_difference(kl.detach(), column(expected, at::kDouble)) <= 1e-12);
    const std::vector<double> policy = golden()["logprobs"], reference = golden()["reference"], wanted = expected;
    const std::vector<float> p(policy.begin(), policy.begin() + 5), q(reference.begin(), reference.begin() + 5);
    double sum = 0;
    for (int i = 0; i < 5; ++i) sum += wanted[i];
    CHECK(kl_penalty(p, q, config) == doctest::Approx(0.5 * sum).epsilon(1e-6));
  }
}

TEST_CASE("the gradient is the slope of the loss") {
  for (const GrpoConfig& config : all_configs()) {
    LossInput input = golden_input(at::kDouble);
    input.weights = {1.5, 0.5, 1, 2, 0.25, 1};
    input.reference_logprobs[15] = input.logprobs[15].detach() + 2;  // golden has d = 25: e^25 drowns every slope
    const LossScale scale = scale_of(input);
    grpo_loss(input, scale, config).value.backward();
    const double h = 1e-6;
    for (at::Tensor* leaf : {&input.logprobs, &input.entropy}) {
      const at::Tensor analytic = gradient_of(*leaf).clone(), centre = leaf->detach().clone();
      for (int64_t i = 0; i < centre.size(0); ++i) {
        const auto at_offset = [&](double offset) {
          at::Tensor moved = centre.clone();
          moved[i] += offset;
          *leaf = moved;
          return grpo_loss(input, scale, config).value.item<double>();
        };
        const double slope = (at_offset(h) - at_offset(-h)) / (2 * h);
        CHECK(std::abs(slope - analytic[i].item<double>()) <= 1e-8);
      }
      *leaf = centre;
    }
  }
}

TEST_CASE("micro-batches add up to the batch, in loss, gradient and metrics") {
  for (const GrpoConfig& config : all_configs()) {
    LossInput whole = golden_input(at::kDouble);
    whole.weights = {1.5, 0.5, 1, 2, 0.25, 1};
    whole.left_out = {0, 0, 1, 0, 0, 0};
    const LossScale scale = scale_of(whole);
    const GrpoLoss loss = grpo_loss(whole, scale, config);
    loss.value.backward();
    LossMetrics sum;
    std::vector<at::Tensor> gradients;
    for (const auto& [begin, end] : {std::pair{0, 1}, {1, 4}, {4, 6}}) {
      LossInput part = part_of(whole, begin, end);
      const GrpoLoss piece = grpo_loss(part, scale, config);
      piece.value.backward();
      gradients.push_back(gradient_of(part.logprobs));
      sum += piece.metrics;
    }
    CHECK(greatest_difference(at::cat(gradients), whole.logprobs.grad()) <= 1e-12);
    CHECK(sum.loss == doctest::Approx(loss.value.item<double>()).epsilon(1e-12));
    CHECK(sum.tokens == loss.metrics.tokens);
    CHECK(sum.clip_total() == loss.metrics.clip_total());
    CHECK(sum.approx_kl == doctest::Approx(loss.metrics.approx_kl));
    CHECK(sum.kl == doctest::Approx(loss.metrics.kl));
    CHECK(sum.entropy == doctest::Approx(loss.metrics.entropy));
  }
}

TEST_CASE("a response that is left out counts nowhere: the loss is that of the batch without it") {
  for (const GrpoConfig& config : all_configs()) {
    LossInput all = golden_input(at::kDouble);
    all.left_out = {0, 0, 0, 0, 0, 1};
    const LossInput rest = part_of(golden_input(at::kDouble), 0, 5);
    const GrpoLoss a = grpo_loss(all, scale_of(all), config), b = grpo_loss(rest, scale_of(rest), config);
    a.value.backward();
    CHECK(a.value.item<double>() == doctest::Approx(b.value.item<double>()).epsilon(1e-12));
    CHECK(a.metrics.entropy == doctest::Approx(b.metrics.entropy));
    CHECK(a.metrics.tokens == b.metrics.tokens);
    CHECK(all.logprobs.grad().narrow(0, 23, 4).abs().sum().item<double>() == 0);
  }
}

TEST_CASE("the importance weight of a draw scales everything its response adds") {
  for (const GrpoConfig& config : all_configs()) {
    LossInput weighted = golden_input(at::kDouble);
    weighted.weights = {1.5, 0.5, 1, 2, 0.25, 3};
    const LossScale scale = scale_of(weighted);
    double sum = 0;
    for (size_t r = 0; r < weighted.lengths.size(); ++r) {
      LossInput one = part_of(weighted, r, r + 1);
      one.weights.clear();
      sum += weighted.weights[r] * grpo_loss(one, scale, config).value.item<double>();
    }
    CHECK(grpo_loss(weighted, scale, config).value.item<double>() == doctest::Approx(sum).epsilon(1e-12));
  }
}

TEST_CASE("a KL that belongs to the reward stays out of the loss but is measured") {
  GrpoConfig config;
  config.kl.coefficient = 0.5;
  config.kl.place = "reward";
  const LossInput input = golden_input(at::kDouble);
  const GrpoLoss in_reward = grpo_loss(input, scale_of(input), config);
  config.kl.coefficient = 0;
  CHECK(in_reward.value.item<double>() == grpo_loss(input, scale_of(input), config).value.item<double>());
  CHECK(in_reward.metrics.kl > 0);
}

TEST_CASE("inputs that do not fit together are refused with what is wrong") {
  GrpoConfig config;
  LossInput input = golden_input(at::kFloat);
  const LossScale scale = scale_of(input);
  LossInput bad = input;
  bad.advantages.pop_back();
  CHECK_THROWS_WITH(grpo_loss(bad, scale, config), "5 advantages for 6 responses");
  bad = input;
  bad.lengths[0] = 6;
  CHECK_THROWS_WITH(grpo_loss(bad, scale, config),
                    "the loss needs logprobs of shape [28], one for each response token; found [27]");
  bad = input;
  bad.reference_logprobs = at::Tensor();
  config.kl.coefficient = 0.01;
  CHECK_THROWS_WITH(
      grpo_loss(bad, scale, config),
      "kl.coefficient = 0.01 asks for a KL term in the loss, but there are no reference log-probabilities");
  config.kl.estimator = "k4";
  CHECK_THROWS_WITH(grpo_loss(input, scale, config), "grpo.kl.estimator = \"k4\"; did you mean \"k1\"?");
  config = {};
  config.loss = "tokens";
  CHECK_THROWS_WITH(grpo_loss(input, scale, config), "grpo.loss = \"tokens\"; did you mean \"token\"?");
  CHECK_THROWS_WITH(grpo_loss(input, LossScale{}, {}),
                    "the loss of an optimizer batch without a counted response: leave the batch out");
}

}  // namespace
}  // namespace crescent
