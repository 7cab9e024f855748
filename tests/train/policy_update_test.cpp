#include <cmath>
#include <limits>

#include "core/grpo/kl.hpp"
#include "tests/train/batches.hpp"

#undef CHECK  // LibTorch's logging defines one, which would count nothing
#include <doctest/doctest.h>

using namespace crescent;

namespace {

const ModelConfig kTiny = tiny_vl_config();

void set_rewards(Collected& batch, size_t g, double reward) {
  for (double& r : batch.groups[g].reward) r = reward;
}

// What one update moves the weights by, as the unit that differences are held against.
double step_length(const Learner& learner) { return distance(learner.model, VisionLanguageModel::random(kTiny, 1)); }

// Largest difference between two learners' weights, as a share of their way from the start.
double relative_difference(const Learner& a, const Learner& b) { return distance(a.model, b.model) / step_length(a); }

}  // namespace

TEST_CASE("one micro-batch and one for each group make the same update") {
  for (const std::string loss : {"token", "sequence", "dr_grpo"}) {
    CAPTURE(loss);
    const Collected batch = make_batch(kTiny, {}, 1);
    GrpoConfig config = proportional_config();
    config.loss = loss;
    config.entropy_bonus = 0.01;
    Learner whole(config, kTiny);
    config.micro_batch_tokens = 1;
    Learner parts(config, kTiny);
    const NamedValues a = whole.learn(batch), b = parts.learn(batch);
    CHECK(step_length(whole) > 0.01);
    CHECK(relative_difference(whole, parts) < 1e-5);
    CHECK(value_or_nan(a, "grad_norm") == doctest::Approx(value_or_nan(b, "grad_norm")).epsilon(1e-5));
  }
}

TEST_CASE("micro-batches agree over several updates of a batch too") {
  const Collected batch = make_batch(kTiny, {}, 2);
  GrpoConfig config = proportional_config();
  config.updates = {.minibatch_prompts = 4, .epochs = 2};
  Learner whole(config, kTiny);
  config.micro_batch_tokens = 40;
  Learner parts(config, kTiny);
  whole.learn(batch, 0.1), parts.learn(batch, 0.1);
  CHECK(relative_difference(whole, parts) < 1e-4);
}

TEST_CASE("leaving groups without signal out of the forward changes nothing of the update") {
  for (const std::string loss : {"token", "sequence", "dr_grpo"}) {
    CAPTURE(loss);
    Collected batch = make_batch(kTiny, {}, 3);
    set_rewards(batch, 1, 1);
    set_rewards(batch, 4, 0);
    GrpoConfig config = proportional_config();
    config.loss = loss;
    Learner without(config, kTiny);
    config.entropy_bonus = 1e-30;  // asks for the forward of every group and adds nothing
    Learner with(config, kTiny);
    without.learn(batch), with.learn(batch);
    CHECK(step_length(with) > 0.01);
    CHECK(relative_difference(without, with) < 1e-5);
  }
}

TEST_CASE("an importance weight multiplies its group's share of the gradient") {
  Collected weighted = make_batch(kTiny, {}, 4), scaled = weighted, plain = weighted;
  weighted.groups[0].group.draw.weight = 2.5;
  for (double& r : scaled.groups[0].reward) r *= 2.5;
  GrpoConfig config = proportional_config();
  config.advantage = "none";  // advantages in proportion to the rewards
  Learner a(config, kTiny), b(config, kTiny), c(config, kTiny);
  a.learn(weighted), b.learn(scaled), c.learn(plain);
  CHECK(relative_difference(a, b) < 1e-5);
  CHECK(relative_difference(a, c) > 0.1);
}

TEST_CASE("a sample without a reward changes nothing else") {
  for (const std::string loss : {"token", "sequence", "dr_grpo"}) {
    CAPTURE(loss);
    Collected with = make_batch(kTiny, {}, 5);
    Collected without = with;
    with.groups[2].reward[1] = std::nan("");
    with.groups[2].group.rollouts[1].tokens = {3, 1, 4, 1, 5, 9, 2, 6};
    with.groups[2].group.rollouts[1].logprobs.assign(8, -1.0f);
    without.groups[2].reward.erase(without.groups[2].reward.begin() + 1);
    without.groups[2].group.rollouts.erase(without.groups[2].group.rollouts.begin() + 1);
    GrpoConfig config = proportional_config();
    config.loss = loss;
    config.entropy_bonus = 0.01;
    Learner a(config, kTiny), b(config, kTiny);
    const NamedValues first = a.learn(with), second = b.learn(without);
    CHECK(step_length(a) > 0.01);
    CHECK(relative_difference(a, b) < 1e-5);
    CHECK(value_or_nan(first, "grad_norm") == doctest::Approx(value_or_nan(second, "grad_norm")).epsilon(1e-5));
  }
}

TEST_CASE("a single update never clips; several with a large learning rate do") {
  const Collected batch = make_batch(kTiny, {}, 6);
  GrpoConfig config;
  Learner once(config, kTiny);
  const NamedValues single = once.learn(batch, 0.01);
  CHECK(value_or_nan(single, "clip_fraction") == 0);
  CHECK(value_or_nan(single, "approx_kl") == 0);
  CHECK(std::isnan(value_or_nan(single, "rollout_mismatch")));  // no old log-probabilities were asked for

  config.updates.epochs = 3;
  Learner often(config, kTiny);
  const NamedValues several = often.learn(batch, 0.01);
  CHECK(value_or_nan(several, "clip_fraction/low") > 0);
  CHECK(value_or_nan(several, "clip_fraction/high") > 0);
  CHECK(value_or_nan(several, "clip_fraction") ==
        doctest::Approx(value_or_nan(several, "clip_fraction/low") + value_or_nan(several, "clip_fraction/high")));
  CHECK(value_or_nan(several, "clip_fraction") <= 2.0 / 3);  // the first of the three has the ratio 1
  CHECK(value_or_nan(several, "approx_kl") > 0.01);
  CHECK(value_or_nan(several, "rollout_mismatch") > 0.1);  // the batch claims -5 for every token
}

TEST_CASE(
    "the clip fraction is a share of all the batch's tokens, as TRL counts, whether or not their groups were run") {
  Collected batch = make_batch(kTiny, {}, 14);
  set_rewards(batch, 1, 1);
  set_rewards(batch, 4, 0);  // advantage 0: nothing is clipped there, and without KL nothing is computed
  GrpoConfig config;
  config.updates.epochs = 3;
  Learner without(config, kTiny);
  config.entropy_bonus = 1e-30;  // asks for the forward of every group and adds nothing
  Learner with(config, kTiny);
  const NamedValues a = without.learn(batch, 0.01), b = with.learn(batch, 0.01);
  for (const char* name : {"clip_fraction", "clip_fraction/low", "clip_fraction/high"}) {
    CAPTURE(name);
    CHECK(value_or_nan(a, name) > 0);
    CHECK(value_or_nan(a, name) == doctest::Approx(value_or_nan(b, name)).epsilon(0.02));
  }
}

TEST_CASE("minibatches take each group once an epoch, in an order that the seed and the step decide") {
  const Collected batch = make_batch(kTiny, {}, 7);
  GrpoConfig config;
  config.updates.minibatch_prompts = 2;
  Learner a(config, kTiny), b(config, kTiny), c(config, kTiny);
  a.learn(batch, 1e-3, 1), b.learn(batch, 1e-3, 1), c.learn(batch, 1e-3, 2);
  CHECK(identical(a.model, b.model));
  CHECK(!identical(a.model, c.model));
  int64_t counted = 0;
  for (const auto& [name, tensor] : a.optimizer.state())
    if (name.rfind("step/model.", 0) == 0) counted += tensor.item<float>() == 3;
  CHECK(counted > 10);  // every parameter of the decoder made three updates
}

TEST_CASE("KL in the reward is taken off the rewards before the advantages") {
  const Collected batch = make_batch(kTiny, {}, 8);
  GrpoConfig config = proportional_config();
  config.kl = {.coefficient = 0.2, .estimator = "k1", .place = "reward"};
  Learner learner(config, kTiny, 1, VisionLanguageModel::random(kTiny, 2));
  const auto got = learner.advantages(batch);

  const at::NoGradGuard no_gradients;
  for (size_t g = 0; g < batch.groups.size(); ++g) {
    std::vector<double> rewards = batch.groups[g].reward;
    for (size_t i = 0; i < rewards.size(); ++i) {  // each response by itself, log p(policy) - log p(reference)
      const PackedBatch packed =
          pack_groups({{PackedGroup{batch.prompts[g].get(), {batch.groups[g].group.rollouts[i].tokens}}}});
      const auto sum = [&](const VisionLanguageModel& model) {
        return model.logprobs(model.hidden(packed.input), packed.targets, 1).logprobs.sum().item<double>();
      };
      rewards[i] -= 0.2 * (sum(learner.model) - sum(*learner.reference));
    }
    const GroupAdvantages want = group_advantages(rewards, config.advantage, config.advantage_eps);
    CAPTURE(g);
    for (size_t i = 0; i < rewards.size(); ++i)
      CHECK(got[g].values[i] == doctest::Approx(want.values[i]).epsilon(1e-4));
    CHECK(got[g].mean == doctest::Approx(want.mean).epsilon(1e-4));
    CHECK(got[g].mean != doctest::Approx(group_advantages(batch.groups[g].reward, "std", 1e-6).mean));
  }
}

TEST_CASE("log-probabilities of before the updates are computed where a part of the step asks for them, and once") {
  const Collected batch = make_batch(kTiny, {}, 8);
  GrpoConfig config;
  CHECK(Learner(config, kTiny).policy.measure(batch).policy.empty());
  config.updates.epochs = 2;
  CHECK(Learner(config, kTiny).policy.measure(batch).policy.size() == batch.groups.size());
  config.updates.epochs = 1;
  config.kl = {.coefficient = 0.2, .estimator = "k1", .place = "reward"};
  Learner learner(config, kTiny, 1, VisionLanguageModel::random(kTiny, 2));
  const BatchLogprobs known = learner.policy.measure(batch);
  CHECK(known.policy.size() == batch.groups.size());
  CHECK(known.reference.size() == batch.groups.size());

  // Advantages and updates take what they are given: nothing is computed a second time.
  BatchLogprobs higher = known;
  for (at::Tensor& reference : higher.reference) reference = reference + 1;
  const auto a = learner.policy.advantages(batch, known), b = learner.policy.advantages(batch, higher);
  double tokens = 0;
  for (const Rollout& r : batch.groups[0].group.rollouts) tokens += static_cast<double>(r.tokens.size());
  CHECK(b[0].mean - a[0].mean == doctest::Approx(0.2 * tokens / 4).epsilon(1e-4));  // k1: log p - log p(reference)
  const NamedValues values = learner.policy.update(batch, a, known, 0, 1);
  CHECK(value_or_nan(values, "approx_kl") == 0);  // a single update's ratio is 1 to the bit
}

TEST_CASE("KL in the loss leaves the advantages alone and pulls the policy to the reference") {
  Collected batch = make_batch(kTiny, {}, 9);
  for (size_t g = 0; g < batch.groups.size(); ++g) set_rewards(batch, g, 1);  // KL is all there is to learn from
  GrpoConfig config;
  config.kl = {.coefficient = 0.5, .estimator = "k3", .place = "loss"};
  Learner learner(config, kTiny, 1, VisionLanguageModel::random(kTiny, 2));
  for (const GroupAdvantages& a : learner.advantages(batch)) CHECK(a.zero_variance);
  const double before = value_or_nan(learner.learn(batch, 1e-3, 1), "kl");
  double after = before;
  for (int64_t step = 2; step <= 12; ++step) after = value_or_nan(learner.learn(batch, 1e-3, step), "kl");
  CHECK(before > 0.02);
  CHECK(after < 0.5 * before);
}

TEST_CASE("at the reference itself its KL is 0 and has no gradient") {
  Collected batch = make_batch(kTiny, {}, 10);
  for (size_t g = 0; g < batch.groups.size(); ++g) set_rewards(batch, g, 0);
  GrpoConfig config;
  config.kl = {.coefficient = 0.5, .estimator = "k3", .place = "loss"};
  Learner learner(config, kTiny, 1, VisionLanguageModel::random(kTiny, 1));
  const NamedValues values = learner.learn(batch);
  CHECK(value_or_nan(values, "kl") == doctest::Approx(0).epsilon(1e-9));
  CHECK(value_or_nan(values, "grad_norm") < 1e-4);
}

TEST_CASE("a batch whose rewards are all equal makes no update and says so") {
  Collected batch = make_batch(kTiny, {}, 11);
  for (size_t g = 0; g < batch.groups.size(); ++g) set_rewards(batch, g, 0.5);
  batch.groups[3].reward = {std::nan(""), std::nan(""), std::nan(""), std::nan("")};
  GrpoConfig config;
  config.adamw.weight_decay = 0.1;  // would move the weights, were there an update
  config.updates.epochs = 2;
  Learner learner(config, kTiny);
  const NamedValues values = learner.learn(batch, 0.1);
  CHECK(value_or_nan(values, "grad_norm") == 0);
  CHECK(value_or_nan(values, "clip_fraction") == 0);
  CHECK(learner.policy.skipped().total == 0);
  CHECK(identical(learner.model, VisionLanguageModel::random(kTiny, 1)));
  for (const auto& [name, tensor] : learner.optimizer.state()) CHECK(tensor.abs().sum().item<float>() == 0);
}

TEST_CASE("updates that are not finite are skipped, and three in a row end the run") {
  const Collected batch = make_batch(kTiny, {}, 12);
  Learner learner({}, kTiny);
  const auto good = learner.advantages(batch);
  auto bad = good;
  bad[0].values[0] = std::numeric_limits<double>::infinity();

  for (int64_t step = 1; step <= 2; ++step) {
    const NamedValues values = learner.policy.update(batch, bad, {}, 0.01, step);
    CHECK(std::isnan(find_value(values, "grad_norm").value()));
    CHECK(learner.policy.skipped().in_a_row == step);
  }
  CHECK(identical(learner.model, VisionLanguageModel::random(kTiny, 1)));
  CHECK(value_or_nan(learner.policy.update(batch, good, {}, 0.01, 3), "grad_norm") >
        0);  // gradients of before are gone
  CHECK(learner.policy.skipped().total == 2);
  CHECK(learner.policy.skipped().in_a_row == 0);

  const VisionLanguageModel kept = learner.model.clone();
  learner.policy.update(batch, bad, {}, 0.01, 4);
  learner.policy.update(batch, bad, {}, 0.01, 5);
  CHECK(error_of([&] { learner.policy.update(batch, bad, {}, 0.01, 6); }) ==
        "step 6: the loss or its gradient was not finite in 3 updates in a row, so nothing is learned any more; the "
        "batch is in rollouts/, the last checkpoint is from before; try a lower grpo.lr (now 0.01) or look at the "
        "rewards");
  CHECK(identical(learner.model, kept));
}

TEST_CASE("skipped updates of before a checkpoint count after it") {
  const Collected batch = make_batch(kTiny, {}, 13);
  Learner learner({}, kTiny);
  {
    const at::NoGradGuard no_gradients;
    learner.model.parameters().back().second.view({-1})[0] = std::nanf("");
  }
  const VisionLanguageModel before = learner.model.clone();
  learner.policy.skipped() = {5, 2};
  CHECK(error_of([&] {
          learner.learn(batch, 0.01, 41);
        }).find("step 41: the loss or its gradient was not finite in 3 up") == 0);
  CHECK(learner.policy.skipped().total == 6);
  CHECK(identical(learner.model, before));
}
