#include "core/plan/memory.hpp"

#include <ATen/core/Tensor.h>

#include "core/experiment/phase_settings.hpp"
#include "core/plan/activations.hpp"
#include "core/plan/remedies.hpp"
#include "core/rollout/kv_cache.hpp"

#undef CHECK  // LibTorch's logging defines one, which would count nothing
#include <doctest/doctest.h>

using namespace crescent;

namespace {

constexpr int64_t kMiB = 1 << 20;

struct Bench {
  RunConfig config;
  ModelConfig model = tiny_vl_config();
  DataSizes sizes;

  Bench() {
    config.grpo.prompts = 32;
    config.grpo.group = 8;
    config.grpo.max_response_tokens = 28;
    config.phases.resize(1);
    config.phases[0].view = View::image;
    config.validation.views = {"image"};
    for (uint64_t i = 0; i < 100; ++i) {
      sizes.train[View::image].add(i, 30 + static_cast<int64_t>(i % 11), 36);
      sizes.val[View::image].add(i, 30 + static_cast<int64_t>(i % 7), 36);
    }
  }
  MemoryInput input() {
    Problems none;
    resolve_phase_settings(config, none);
    return {config, model, sizes, {}, 1, 140 * kMiB, 8 * kMiB, {}};
  }
  MemoryPlan plan() { return plan_memory(input()); }
  StageMemory stage(const std::string& name) {
    for (const StageMemory& s : plan().stages)
      if (s.name == name) return s;
    FAIL("no stage " << name);
    return {};
  }
};

}  // namespace

TEST_CASE("a stage's owners add up, and the peak is the largest stage") {
  const MemoryPlan plan = Bench().plan();
  for (const StageMemory& s : plan.stages) {
    int64_t sum = 0;
    for (const MemoryOwner& owner : memory_owners()) sum += s.*owner.bytes;
    CHECK(s.total() == sum);
    CHECK(s.total() <= plan.peak().total());
  }
  CHECK(plan.peak().name == "update");
}

TEST_CASE("the key-value cache is planned to the byte as the generator makes it") {
  Bench bench;
  for (const int64_t prompts : {4, 32, 4000}) {
    bench.config.grpo.prompts = prompts;
    KvCache cache(bench.model.decoder, at::kCPU);
    const int64_t held_out = bench.sizes.val.at(View::image).tokens.of_batch(100);
    CHECK(held_out < 100 * 36);
    cache.reserve({held_out, 256, 27});
    cache.reserve({std::min<int64_t>(prompts * 40, 65536), std::min<int64_t>(prompts * 8, 256), 27});
    int64_t bytes = 0;
    for (int64_t layer = 0; layer < bench.model.decoder.layers; ++layer) {
      const DecodeCache& c = cache.layer(layer);
      for (const at::Tensor& t : {c.prefix_k, c.prefix_v, c.own_k, c.own_v}) bytes += static_cast<int64_t>(t.nbytes());
    }
    CHECK(bench.stage("update").kv_cache == bytes);
  }
}

TEST_CASE("a reference is planned where there is a KL term, and from the first GRPO step on") {
  Bench bench;
  bench.config.sft.steps = 1;
  bench.sizes.sft.rows.add(50), bench.sizes.sft.responses.add(20), bench.sizes.sft.patches.add(0);
  CHECK(bench.stage("update").reference == 0);
  bench.config.grpo.kl.coefficient = 0.01;
  CHECK(bench.stage("update").reference == parameter_bytes(bench.model));
  CHECK(bench.stage("rollout").reference == parameter_bytes(bench.model));
  CHECK(bench.stage("cold start").reference == 0);
}

TEST_CASE("smaller micro-batches hold fewer activations and keep gradients beside them") {
  Bench bench;
  const StageMemory whole = bench.stage("update");
  bench.config.grpo.micro_batch_tokens = 2048;
  const StageMemory parts = bench.stage("update");
  CHECK(parts.activations < whole.activations / 2);
  CHECK(parts.gradients >= parameter_bytes(bench.model));
  bench.config.grpo.micro_batch_tokens = 1;  // one group is never split
  CHECK(bench.stage("update").activations > bench.stage("update").weights);
}

TEST_CASE("minibatches bound an update as micro-batches do") {
  Bench bench;
  const int64_t whole = bench.stage("update").activations;
  bench.config.grpo.updates.minibatch_prompts = 8;
  CHECK(bench.stage("update").activations < whole / 3);
}

TEST_CASE("probing is a stage of its own where the sampler probes") {
  Bench bench;
  CHECK(bench.plan().stages.size() == 3);
  MemoryInput input = bench.input();
  input.probe = {.prompts = 512, .rollouts = 4096};
  const MemoryPlan plan = plan_memory(input);
  REQUIRE(plan.stages.size() == 4);
  CHECK(plan.stages[1].name == "probing");
  CHECK(plan.stages[1].prompts >= 512 * 36 * bench.model.vision.patch_dim() * 4);
}

TEST_CASE("what to change is planned anew: the run fits with what is called enough, and not with half of it") {
  Bench bench;
  bench.config.grpo.kl.coefficient = 0.01;
  const int64_t peak = bench.plan().peak().total(), available = peak - 60 * kMiB;
  const Remedies remedies = find_remedies(bench.input(), available);
  REQUIRE(!remedies.single.empty());
  CHECK(remedies.single.front().enough);
  const Remedy* micro = nullptr;
  for (const Remedy& r : remedies.single)
    if (r.option == "grpo.micro_batch_tokens") micro = &r;
  REQUIRE(micro != nullptr);
  CHECK(micro->enough);
  bench.config.grpo.micro_batch_tokens = std::stoll(micro->to);
  CHECK(bench.plan().needed_bytes() <= available);
  CHECK(bench.plan().peak().total() == peak - micro->saved_bytes);
  bench.config.grpo.micro_batch_tokens *= 2;
  CHECK(bench.plan().needed_bytes() > available);
  CHECK(remedies.together.empty());
}

TEST_CASE("where nothing is enough, all changes together are told") {
  Bench bench;
  const Remedies remedies = find_remedies(bench.input(), 20 * kMiB);
  REQUIRE(!remedies.single.empty());
  for (const Remedy& r : remedies.single) CHECK(!r.enough);
  CHECK(remedies.single.front().option == "grpo.micro_batch_tokens");  // it costs least
  CHECK(remedies.together.size() > 1);
  CHECK(remedies.together_bytes > 148 * kMiB);
  CHECK(remedies.together_bytes < bench.plan().peak().total() - remedies.single.front().saved_bytes);
}
