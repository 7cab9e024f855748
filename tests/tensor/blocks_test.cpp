#include "core/tensor/blocks.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/sin.h>

#include "core/base/error.hpp"
#include "core/tensor/device.hpp"
#include "core/tensor/logprobs.hpp"
#include "core/tensor/ops.hpp"
#include "tests/tensor/gradients.hpp"

using namespace crescent;

namespace {

using Tensors = std::vector<at::Tensor>;

Rotation rotation(int64_t rows, int64_t half, at::ScalarType type) {
  const at::Tensor angles = random_tensor({rows, half}, 7, type);
  return {at::cos(angles), at::sin(angles)};
}

// x, norm, weight, bias of a block with 4 heads and 2 kv heads
Tensors qkv_inputs(int64_t rows, int64_t d, int64_t dim, at::ScalarType type) {
  return {random_tensor({rows, d}, 1, type), random_tensor({d}, 2, type), random_tensor({8 * dim, d}, 3, type) * 0.3,
          random_tensor({8 * dim}, 4, type)};
}

template <class Block>
at::Tensor qkv_scalar(Block block, const Tensors& t) {
  const int64_t dim = t[2].size(0) / 8;
  const QkvWeights w{t[1], t[2], t.size() > 3 ? t[3] : at::Tensor()};
  const auto [q, k, v] = block(t[0], w, rotation(t[0].size(0), dim / 2, t[0].scalar_type()), 4, 2, 1e-5);
  return weighed(q, 11) + weighed(k, 12) + weighed(v, 13);
}

Tensors mlp_inputs(int64_t rows, int64_t d, int64_t width, at::ScalarType type) {
  return {random_tensor({rows, d}, 1, type),
          random_tensor({d}, 2, type),
          random_tensor({2 * width, d}, 3, type) * 0.3,
          random_tensor({d, width}, 4, type) * 0.3,
          random_tensor({2 * width}, 5, type),
          random_tensor({d}, 6, type)};
}

template <class Block>
at::Tensor mlp_scalar(Block block, const Tensors& t) {
  const bool biased = t.size() > 4;
  return weighed(block(t[0], {t[1], t[2], biased ? t[4] : at::Tensor(), t[3], biased ? t[5] : at::Tensor()}, 1e-5));
}

}  // namespace

TEST_CASE("the backward of the query-key-value block agrees with finite differences, with and without a bias") {
  const auto f = [](const Tensors& t) { return qkv_scalar(qkv_block, t); };
  Tensors inputs = qkv_inputs(5, 7, 6, at::kDouble);
  CHECK(gradient_error(f, inputs) < 1e-6);
  inputs.pop_back();
  CHECK(gradient_error(f, inputs) < 1e-6);
}

TEST_CASE("the backward of the feed-forward block agrees with finite differences, with and without biases") {
  const auto f = [](const Tensors& t) { return mlp_scalar(mlp_block, t); };
  Tensors inputs = mlp_inputs(5, 7, 6, at::kDouble);
  CHECK(gradient_error(f, inputs) < 1e-6);
  inputs.resize(4);
  CHECK(gradient_error(f, inputs) < 1e-6);
}

TEST_CASE("the blocks equal their ATen twins over several tiles, on one thread and on two") {
  for (const int threads : {1, 2}) {
    set_compute_threads(threads);
    const auto qkv = qkv_inputs(331, 40, 12, at::kDouble), mlp = mlp_inputs(331, 40, 52, at::kDouble);
    CHECK(gradient_difference([](const Tensors& t) { return qkv_scalar(qkv_block, t); },
                              [](const Tensors& t) { return qkv_scalar(qkv_block_reference, t); }, qkv) < 1e-10);
    CHECK(gradient_difference([](const Tensors& t) { return mlp_scalar(mlp_block, t); },
                              [](const Tensors& t) { return mlp_scalar(mlp_block_reference, t); }, mlp) < 1e-9);
    const auto f32 = mlp_inputs(331, 40, 52, at::kFloat);
    const MlpWeights w{f32[1], f32[2], f32[4], f32[3], f32[5]};
    CHECK(difference(mlp_block(f32[0], w, 1e-5), mlp_block_reference(f32[0], w, 1e-5)) < 1e-4);
    CHECK(at::equal(mlp_block(f32[0], w, 1e-5), mlp_block(f32[0], w, 1e-5)));
  }
  set_compute_threads(1);
}

TEST_CASE("the backward of RMSNorm agrees with finite differences") {
  const auto f = [](const Tensors& t) { return weighed(rms_norm(t[0], t[1], 1e-5)); };
  CHECK(gradient_error(f, {random_tensor({4, 11}, 1), random_tensor({11}, 2)}) < 1e-8);
}

TEST_CASE("embedding rows and image features receive their gradients; a repeated token sums them") {
  const at::Tensor tokens = at::tensor(std::vector<int64_t>{2, 0, 2, 1, 2}, at::kLong);
  const at::Tensor places = at::tensor(std::vector<int64_t>{4, 1}, at::kLong);
  const auto own = [&](const Tensors& t) { return weighed(embed_rows(t[0], tokens, places, t[1])); };
  const auto twin = [&](const Tensors& t) { return weighed(embed_rows_reference(t[0], tokens, places, t[1])); };
  const Tensors inputs = {random_tensor({3, 6}, 1), random_tensor({2, 6}, 2)};
  CHECK(gradient_error(own, inputs) < 1e-8);
  CHECK(gradient_difference(own, twin, inputs) < 1e-12);
  CHECK_THROWS_WITH(embed_rows(inputs[0], tokens, places, {}),
                    "2 rows of the batch hold image tokens, but the vision tower gave 0 merged patches");
  CHECK_THROWS_WITH(embed_rows(inputs[0], tokens + 1, {}, {}),
                    "token id 3 at row 0 is outside the vocabulary of 3; tokenizer and model do not belong together");
}

TEST_CASE("log-probabilities and entropy have the gradients of finite differences, whatever the chunks") {
  const at::Tensor rows = at::tensor(std::vector<int64_t>{0, 0, 2, 3, 1}, at::kLong);
  const at::Tensor tokens = at::tensor(std::vector<int64_t>{4, 0, 10, 3, 3}, at::kLong);
  const Tensors inputs = {random_tensor({4, 6}, 1), random_tensor({11, 6}, 2)};
  for (const int64_t chunk : {2, 512}) {
    const auto both = [&](const Tensors& t) {
      const auto [logprob, entropy] = token_logprobs(t[0], rows, tokens, t[1], 0.7, chunk);
      return weighed(logprob, 5) + weighed(entropy, 6);
    };
    const auto twin = [&](const Tensors& t) {
      const auto [logprob, entropy] = token_logprobs_reference(t[0], rows, tokens, t[1], 0.7);
      return weighed(logprob, 5) + weighed(entropy, 6);
    };
    CHECK(gradient_error(both, inputs) < 1e-6);
    CHECK(gradient_difference(both, twin, inputs) < 1e-11);
    const auto entropy_alone = [&](const Tensors& t) {
      return weighed(token_logprobs(t[0], rows, tokens, t[1], 0.7, chunk).second);
    };
    CHECK(gradient_error(entropy_alone, inputs) < 1e-6);
  }
  CHECK_THROWS_WITH(token_logprobs(inputs[0], rows, tokens, inputs[1], 0.0),
                    "log-probabilities at temperature 0: it must be above 0");
}

TEST_CASE("an unknown device is refused with the choices") {
  CHECK(parse_device("cpu") == c10::Device(c10::kCPU));
  CHECK_THROWS_WITH(parse_device("gpu"), "device \"gpu\" is not a device; write cpu, cuda or cuda:0");
  CHECK_THROWS_WITH(parse_device("cuda:x"), "device \"cuda:x\" is not a device; write cpu, cuda or cuda:0");
  if (missing_cuda().empty()) {
    CHECK_THROWS_WITH(parse_device("cuda:100"), doctest::Contains("counted from cuda:0"));
  } else {
    CHECK_THROWS_WITH(parse_device("cuda"), ("device \"cuda\": " + missing_cuda() + ", or use --device cpu").c_str());
  }
}
