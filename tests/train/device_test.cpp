// Everything with tensors in it, on a device whose memory the host cannot read: what would fail on a GPU fails here.
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/equal.h>
#include <doctest/doctest.h>

#include "core/base/files.hpp"
#include "core/model/safetensors.hpp"
#include "core/train/policy_update.hpp"
#include "tests/rollout/prompts.hpp"
#include "tests/test_folder.hpp"
#include "tests/train/other_device.hpp"

namespace crescent {
namespace {

using other_device::kDevice;

ModelConfig test_config() {
  ModelConfig config = tiny_vl_config();
  for (int32_t token = 0; token < 250; token += 10) config.end_token_ids.push_back(token);
  return config;
}

VisionLanguageModel model_on(at::Device device, uint64_t seed = 5) {
  VisionLanguageModel model = VisionLanguageModel::random(test_config(), seed);
  model.to(device);
  model.set_requires_grad(true);
  return model;
}

std::vector<std::shared_ptr<const RenderedPrompt>> prompts() {
  const ModelConfig config = test_config();
  return {text_prompt(9, config, 1), picture_prompt(3, 5, 8, config, 2), picture_prompt(9, 9, 6, config, 3)};
}

Collected roll_out(const VisionLanguageModel& model, bool greedy) {
  const ModelConfig config = test_config();
  Generator generator(model, {.max_rows = 7, .banned_tokens = {config.image_token_id, config.vision_start_token_id}});
  Collected batch;
  batch.prompts = prompts();
  batch.groups.resize(batch.prompts.size());
  std::vector<GenerationRequest> requests;
  for (size_t i = 0; i < batch.prompts.size(); ++i) requests.push_back({batch.prompts[i], {.prompt_index = i}, 4});
  generator.generate(requests, {.max_response_tokens = 12, .greedy = greedy, .seed = 3}, [&](size_t i, Group&& group) {
    batch.groups[i].group = std::move(group);
    batch.groups[i].reward = {1, 0, 0.5, 0};
  });
  return batch;
}

double difference(const at::Tensor& a, const at::Tensor& b) { return (a.cpu() - b.cpu()).abs().max().item<double>(); }

}  // namespace

TEST_CASE("the test's device refuses mixed operands, and its memory is its own") {
  const at::Tensor host = at::empty({3}).fill_(2), device = host.to(kDevice);
  CHECK_THROWS_WITH(device + host, doctest::Contains("same device"));
  CHECK_THROWS_WITH(device.index_select(0, at::empty({1}, at::kLong).zero_()),
                    doctest::Contains("aten::index_select got a tensor on cpu beside one on the other device"));
  CHECK(at::equal((device * 2).cpu(), host * 2));
  CHECK(device.const_data_ptr() != host.const_data_ptr());
}

TEST_CASE("a rollout on another device is the CPU's, sampled and greedy") {
  for (const bool greedy : {false, true}) {
    const Collected cpu = roll_out(model_on(at::kCPU), greedy), other = roll_out(model_on(kDevice), greedy);
    for (size_t g = 0; g < cpu.groups.size(); ++g)
      for (size_t i = 0; i < 4; ++i) {
        const Rollout &a = cpu.groups[g].group.rollouts[i], &b = other.groups[g].group.rollouts[i];
        REQUIRE(a.tokens == b.tokens);
        for (size_t t = 0; t < a.tokens.size(); ++t) CHECK(std::abs(a.logprobs[t] - b.logprobs[t]) < 2e-5);
        CHECK(std::abs(a.entropy_sum - b.entropy_sum) < 1e-4);
      }
  }
}

TEST_CASE("policy updates on another device are the CPU's, with every term of the loss") {
  for (const char* place : {"loss", "reward"}) {
    GrpoConfig config;
    config.temperature = 0.9;
    config.entropy_bonus = 0.01;
    config.dual_clip = 3;
    config.kl = {.coefficient = 0.1, .place = place};
    config.updates = {.minibatch_prompts = 2, .epochs = 2};
    config.micro_batch_tokens = 100;
    const Collected batch = roll_out(model_on(at::kCPU), false);
    const auto train = [&](at::Device device) {
      VisionLanguageModel model = model_on(device);
      const Reference reference = model_on(device, 6);
      AdamW optimizer(model.parameters(), config.adamw);
      PolicyUpdate update(config, 1, model, reference, optimizer);
      const BatchLogprobs known = update.measure(batch);
      NamedValues values = update.update(batch, update.advantages(batch, known), known, 1e-3, 1);
      const TestFolder folder("other_device");
      make_folders(folder.path);
      const std::string path = folder.path + "/moments.safetensors";
      write_safetensors(path, optimizer.state());
      const TensorFile file(path);
      NamedTensors saved;
      for (const auto& [name, entry] : file.entries()) saved.emplace_back(name, file.read(name));
      AdamW restored(model.parameters(), config.adamw);
      restored.load_state(saved);
      return std::tuple(std::move(values), model.parameters(), restored.state());
    };
    const auto [cpu_values, cpu_parameters, cpu_moments] = train(at::kCPU);
    const auto [values, parameters, moments] = train(kDevice);
    for (size_t i = 0; i < values.size(); ++i) {
      INFO(values[i].first);
      CHECK(values[i].second == doctest::Approx(cpu_values[i].second).epsilon(1e-3));
    }
    for (size_t i = 0; i < parameters.size(); ++i) {
      INFO(parameters[i].first);
      CHECK(parameters[i].second.device() == kDevice);
      CHECK(difference(parameters[i].second, cpu_parameters[i].second) < 2e-4);
    }
    for (size_t i = 0; i < moments.size(); ++i) {
      INFO(moments[i].first);
      CHECK(moments[i].second.device() == kDevice);
      CHECK(difference(moments[i].second, cpu_moments[i].second) < 1e-4);
    }
  }
}

TEST_CASE("a token outside the vocabulary is an error on every device, not the end of the process") {
  RenderedPrompt prompt = *prompts()[0];
  prompt.tokens[3] = 100000;
  const RenderedPrompt* pointer = &prompt;
  for (const at::Device device : {at::Device(at::kCPU), kDevice})
    CHECK_THROWS_WITH(model_on(device).hidden(pack_prompts(std::span(&pointer, 1))),
                      doctest::Contains("token 100000 is outside the vocabulary of"));
}

TEST_CASE("weights saved from another device are the CPU's, byte for byte") {
  const TestFolder test_folder("other_device_weights");
  const std::string& folder = test_folder.path;
  model_on(at::kCPU).save_weights(folder + "/cpu");
  model_on(kDevice).save_weights(folder + "/other");
  CHECK(read_file(folder + "/cpu/model.safetensors") == read_file(folder + "/other/model.safetensors"));
  const VisionLanguageModel copy = model_on(kDevice).clone();
  CHECK(copy.device() == kDevice);
}

}  // namespace crescent
