// The whole loop of sampling, advantages and updates on a task whose optimum is known: begin with one given token.
#include <cmath>

#include "core/rollout/generator.hpp"
#include "tests/train/batches.hpp"

#undef CHECK  // LibTorch's logging defines one, which would count nothing
#include <doctest/doctest.h>

using namespace crescent;

namespace {

constexpr int32_t kWanted = 5;
constexpr int64_t kSteps = 40;

ModelConfig small_config() {
  ModelConfig config = tiny_vl_config();
  config.decoder.vocab_size = 24;
  config.decoder.hidden_size = 32;
  config.decoder.intermediate_size = 64;
  config.decoder.layers = 1;
  config.decoder.heads = 2;
  config.decoder.kv_heads = 1;
  config.decoder.mrope_section = {2, 3, 3};
  config.vision.layers = 1;
  config.vision.hidden_size = 32;
  config.vision.intermediate_size = 32;
  config.vision.heads = 2;
  config.vision.out_hidden_size = 32;
  config.vision.full_attention_blocks = {0};
  config.image_token_id = 20, config.video_token_id = 21;
  config.vision_start_token_id = 22, config.vision_end_token_id = 23;
  config.end_token_ids = {0};
  config.pad_token_id = 0;
  return config;
}

std::shared_ptr<const RenderedPrompt> small_prompt(uint64_t seed) {
  RenderedPrompt prompt;
  RandomStream random(RandomKey(seed, "prompt"));
  add_words(prompt, 4, 20, random);
  return std::make_shared<const RenderedPrompt>(std::move(prompt));
}

double probability_of_wanted(const VisionLanguageModel& model,
                             const std::vector<std::shared_ptr<const RenderedPrompt>>& prompts) {
  const at::NoGradGuard no_gradients;
  const std::vector<int32_t> response{kWanted};
  double sum = 0;
  for (const auto& prompt : prompts) {
    const PackedBatch packed = pack_groups({{PackedGroup{prompt.get(), {response}}}});
    sum += std::exp(model.logprobs(model.hidden(packed.input), packed.targets, 1).logprobs.item<double>());
  }
  return sum / static_cast<double>(prompts.size());
}

// Rewards dealt out anew among all responses of the batch: as many as before, for nothing.
void shuffle_rewards(Collected& batch, uint64_t step) {
  std::vector<double> all;
  for (const ScoredGroup& g : batch.groups) all.insert(all.end(), g.reward.begin(), g.reward.end());
  RandomStream random(RandomKey(11, "shuffled_rewards", {step}));
  shuffle(all, random);
  auto next = all.begin();
  for (ScoredGroup& g : batch.groups)
    for (double& r : g.reward) r = *next++;
}

Collected roll_out(Generator& generator, const std::vector<std::shared_ptr<const RenderedPrompt>>& prompts,
                   uint64_t step) {
  Collected batch;
  batch.prompts = prompts;
  batch.groups.resize(prompts.size());
  std::vector<GenerationRequest> requests;
  for (size_t i = 0; i < prompts.size(); ++i)
    requests.push_back({prompts[i], {.prompt_index = i, .view = View::text, .visit = step}, 16});
  generator.generate(requests, {.max_response_tokens = 2, .seed = 3}, [&](size_t index, Group&& group) {
    for (const Rollout& r : group.rollouts) batch.groups[index].reward.push_back(r.tokens[0] == kWanted);
    batch.groups[index].group = std::move(group);
  });
  return batch;
}

std::unique_ptr<Learner> train(bool shuffled) {
  GrpoConfig config;
  config.adamw.lr = 0.01;
  auto learner = std::make_unique<Learner>(config, small_config());
  Generator generator(learner->model, {});
  std::vector<std::shared_ptr<const RenderedPrompt>> prompts;
  for (uint64_t i = 0; i < 4; ++i) prompts.push_back(small_prompt(i));
  for (uint64_t step = 1; step <= kSteps; ++step) {
    Collected batch = roll_out(generator, prompts, step);
    if (shuffled) shuffle_rewards(batch, step);
    learner->learn(batch, config.adamw.lr, static_cast<int64_t>(step));
  }
  return learner;
}

std::vector<std::shared_ptr<const RenderedPrompt>> prompts_of_training() {
  std::vector<std::shared_ptr<const RenderedPrompt>> prompts;
  for (uint64_t i = 0; i < 4; ++i) prompts.push_back(small_prompt(i));
  return prompts;
}

}  // namespace

TEST_CASE("GRPO finds the response that is rewarded, twice by the same bits") {
  const auto prompts = prompts_of_training();
  CHECK(probability_of_wanted(VisionLanguageModel::random(small_config(), 1), prompts) < 0.2);
  const auto first = train(false), second = train(false);
  CHECK(probability_of_wanted(first->model, prompts) > 0.9);
  CHECK(identical(first->model, second->model));
}

TEST_CASE("with rewards dealt out at random nothing is gained") {
  CHECK(probability_of_wanted(train(true)->model, prompts_of_training()) < 0.2);
}
