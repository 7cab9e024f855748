#include "core/model/model.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <doctest/doctest.h>

#include "core/base/error.hpp"
#include "core/tensor/attention.hpp"
#include "core/tensor/decode_attention.hpp"

using namespace crescent;

namespace {

RenderedPrompt text_prompt(int32_t first, int64_t length) {
  RenderedPrompt p;
  for (int64_t i = 0; i < length; ++i) {
    const auto n = static_cast<int32_t>(i);
    p.tokens.push_back(first + n * 7 % 50);
    p.positions.push_back({n, n, n});
  }
  p.next_position = static_cast<int32_t>(length);
  return p;
}

}  // namespace

TEST_CASE("tiny-vl has the token ids of its tokenizer and 593,280 parameters") {
  const ModelConfig config = tiny_vl_config();
  const Json tokenizer = read_json_file(CRESCENT_SOURCE_DIR "/models/tiny-vl/tokenizer.json");
  std::map<std::string, int32_t> ids;
  for (const Json& token : tokenizer["added_tokens"]) ids[token["content"]] = token["id"];
  CHECK(ids.at("<|image_pad|>") == config.image_token_id);
  CHECK(ids.at("<|video_pad|>") == config.video_token_id);
  CHECK(ids.at("<|vision_start|>") == config.vision_start_token_id);
  CHECK(ids.at("<|vision_end|>") == config.vision_end_token_id);
  CHECK(std::vector<int32_t>{ids.at("<|im_end|>"), ids.at("<|endoftext|>")} == config.end_token_ids);
  CHECK(ids.at("<|endoftext|>") == config.pad_token_id);
  int32_t largest = 0;
  for (const auto& [name, id] : ids) largest = std::max(largest, id);
  CHECK(largest + 1 == config.decoder.vocab_size);
  int64_t count = 0;
  for (const auto& [name, value] : VisionLanguageModel::random(config, 1).parameters()) count += value.numel();
  CHECK(count == 593280);
}

TEST_CASE("weights depend on the seed alone, and one tensor's on its name") {
  const auto a = VisionLanguageModel::random(tiny_vl_config(), 1).parameters();
  const auto b = VisionLanguageModel::random(tiny_vl_config(), 1).parameters();
  ModelConfig deeper = tiny_vl_config();
  deeper.decoder.layers = 4;
  const auto c = VisionLanguageModel::random(deeper, 1).parameters(),
             d = VisionLanguageModel::random(tiny_vl_config(), 2).parameters();
  for (size_t i = 0; i < a.size(); ++i) CHECK(at::equal(a[i].second, b[i].second));
  CHECK(at::equal(a[0].second, c[0].second));
  CHECK_FALSE(at::equal(a[0].second, d[0].second));
}

TEST_CASE("decoding with a cache gives the hidden states of the packed forward") {
  const auto model = VisionLanguageModel::random(tiny_vl_config(), 3);
  const RenderedPrompt prompts[] = {text_prompt(60, 11), text_prompt(80, 6)};
  const std::vector<std::vector<int32_t>> responses = {{70, 71, 72, 73, 74}, {90, 91, 92}, {75, 99, 98, 97}};
  const PackedGroup groups[] = {{&prompts[0], {responses[0], responses[1]}}, {&prompts[1], {responses[2]}}};
  const PackedBatch batch = pack_groups(groups);
  const at::NoGradGuard no_grad;
  const at::Tensor expected = model.hidden(batch.input);

  const RenderedPrompt* pointers[] = {&prompts[0], &prompts[1]};
  const PackedInput prefill = pack_prompts(pointers);
  std::vector<DecodeCache> caches;
  const Attend store = [&](int64_t, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
    caches.push_back(make_decode_cache(17, 3, 8, 2, 24, at::kCPU));
    caches.back().prefix_k.copy_(k);
    caches.back().prefix_v.copy_(v);
    return packed_attention(q, k, v, prefill.segments, AttentionMask::causal);
  };
  model.hidden(prefill, &store);
  std::vector<DecodeRow> rows(3);
  const Attend attend = [&](int64_t layer, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
    append_decode_cache(caches[layer], rows, k, v);
    return decode_attention(q, caches[layer], rows);
  };
  const Segment* own[] = {&batch.input.segments[1], &batch.input.segments[2], &batch.input.segments[4]};
  for (int64_t t = 0; t < 2; ++t) {
    std::vector<int64_t> tokens, positions;
    for (int64_t b = 0; b < 3; ++b) {
      const int64_t p = b / 2;
      rows[b] = {b, prefill.segments[p].start, prefill.segments[p].length, t + 1};
      tokens.push_back(responses[b][t]);
      positions.push_back(prompts[p].next_position + t);
    }
    const at::Tensor hidden = model.decode(at::tensor(tokens, at::kLong), at::tensor(positions, at::kLong), attend);
    for (int64_t b = 0; b < 3; ++b) {
      CHECK((hidden[b] - expected[own[b]->start + t]).abs().max().item<float>() < 1e-5);
    }
  }
}

TEST_CASE("a clone does not move with its model and asks for no gradient") {
  auto model = VisionLanguageModel::random(tiny_vl_config(), 3);
  model.set_requires_grad(true);
  const auto reference = model.clone();
  CHECK_FALSE(reference.parameters()[0].second.requires_grad());
  const at::NoGradGuard no_grad;
  at::Tensor(model.parameters()[0].second).mul_(2);
  CHECK_FALSE(at::equal(model.parameters()[0].second, reference.parameters()[0].second));
}

TEST_CASE("a model laid out for decoding computes the same to the bit, with the weights of that moment") {
  if (!missing_bf16().empty()) return;
  auto model = VisionLanguageModel::random(tiny_vl_config(), 3);
  const RenderedPrompt prompt = text_prompt(60, 11);
  const RenderedPrompt* pointers[] = {&prompt};
  const PackedInput input = pack_prompts(pointers);
  const at::NoGradGuard no_grad;
  const auto logits = [&](const VisionLanguageModel& of) { return of.logits(of.hidden(input)); };
  const at::Tensor f32 = logits(model);
  CHECK(at::equal(logits(model.for_decoding()), f32));
  model.set_precision(Precision::bf16);
  const at::Tensor bf16 = logits(model), difference = (bf16 - f32).norm() / f32.norm();
  CHECK(difference.item<double>() > 1e-4);
  CHECK(difference.item<double>() < 1e-2);
  const VisionLanguageModel laid_out = model.for_decoding();
  CHECK(at::equal(logits(laid_out), bf16));
  for (const auto& [name, value] : model.parameters())
    if (name.find(".mlp.") != std::string::npos) at::Tensor(value).mul_(2);
  CHECK_FALSE(at::equal(logits(model), bf16));
  CHECK(at::equal(logits(model.for_decoding()), logits(model)));
  CHECK(model.clone().precision() == Precision::bf16);
}

TEST_CASE("packing puts each prompt once before its responses, and targets on the rows that predict them") {
  const RenderedPrompt prompt = text_prompt(60, 3);
  const std::vector<int32_t> two = {5, 6}, one = {7};
  const PackedGroup groups[] = {{&prompt, {two, one}}};
  const PackedBatch batch = pack_groups(groups);
  CHECK(batch.input.tokens == std::vector<int32_t>{60, 67, 74, 5});
  CHECK(batch.input.positions.back() == Position{3, 3, 3});
  CHECK(batch.targets.rows == std::vector<int64_t>{2, 3, 2});
  CHECK(batch.targets.tokens == std::vector<int32_t>{5, 6, 7});
  CHECK(batch.targets.response_lengths == std::vector<int64_t>{2, 1});
  REQUIRE(batch.input.segments.size() == 2);  // the last token of a response has no row
  CHECK(batch.input.segments[1].prefix_length == 3);
}

TEST_CASE("images that do not match their tokens are refused with both numbers") {
  const auto model = VisionLanguageModel::random(tiny_vl_config(), 3);
  RenderedPrompt prompt = text_prompt(60, 12);
  for (int i = 0; i < 8; ++i) prompt.tokens[i] = model.config().image_token_id;
  prompt.images = {{6, 6}};
  prompt.patches = at::randn({36, model.config().vision.patch_dim()});
  const RenderedPrompt* pointer[] = {&prompt};
  CHECK_THROWS_WITH(model.hidden(pack_prompts(pointer)),
                    "8 rows of the batch hold image tokens, but the vision tower gave 9 merged patches");
  prompt.images = {{6, 5}};
  CHECK_THROWS_WITH(model.hidden(pack_prompts(pointer)),
                    "an image of 6 x 5 patches cannot be merged 2 by 2; its sides must be multiples");
}
