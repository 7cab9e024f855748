#include "core/tensor/attention.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>

#include "core/base/error.hpp"
#include "core/tensor/decode_attention.hpp"
#include "tests/tensor/gradients.hpp"

using namespace crescent;

namespace {

// Two prompts, of which the first has three responses and the second one, out of order; a part of a prompt as prefix.
const std::vector<Segment> kShared = {{0, 5, 0, 0},  {5, 3, 0, 5},  {8, 1, 0, 5}, {9, 4, 0, 0},
                                      {13, 2, 9, 4}, {15, 6, 0, 5}, {21, 2, 1, 3}};
constexpr int64_t kRows = 23;

std::vector<at::Tensor> qkv(int64_t rows, int64_t heads, int64_t kv_heads, int64_t dim, at::ScalarType type) {
  return {random_tensor({rows, heads, dim}, 1, type), random_tensor({rows, kv_heads, dim}, 2, type),
          random_tensor({rows, kv_heads, dim}, 3, type)};
}

std::string message_of(const std::vector<Segment>& segments, int64_t rows) {
  const auto t = qkv(rows, 2, 1, 4, at::kFloat);
  try {
    packed_attention(t[0], t[1], t[2], segments, AttentionMask::causal);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("the backward of packed attention agrees with finite differences") {
  for (const int64_t dim : {4, 5}) {  // a whole register and a ragged one
    const auto f = [](const std::vector<at::Tensor>& t) {
      return weighed(packed_attention(t[0], t[1], t[2], kShared, AttentionMask::causal));
    };
    CHECK(gradient_error(f, qkv(kRows, 4, 2, dim, at::kDouble)) < 1e-7);
  }
  const std::vector<Segment> windows = {{0, 4, 0, 0}, {4, 7, 0, 0}};
  const auto full = [&](const std::vector<at::Tensor>& t) {
    return weighed(packed_attention(t[0], t[1], t[2], windows, AttentionMask::full));
  };
  CHECK(gradient_error(full, qkv(11, 3, 3, 6, at::kDouble)) < 1e-7);
}

TEST_CASE("packed attention equals its ATen twin, forward and backward, also past a block of queries") {
  const std::vector<Segment> longer = {{0, 70, 0, 0}, {70, 41, 0, 70}, {111, 33, 0, 70}};
  for (const AttentionMask mask : {AttentionMask::causal, AttentionMask::full}) {
    const auto own = [&](const std::vector<at::Tensor>& t) {
      return weighed(packed_attention(t[0], t[1], t[2], longer, mask));
    };
    const auto twin = [&](const std::vector<at::Tensor>& t) {
      return weighed(packed_attention_reference(t[0], t[1], t[2], longer, mask));
    };
    const auto f64 = qkv(144, 6, 3, 24, at::kDouble), f32 = qkv(144, 6, 3, 24, at::kFloat);
    CHECK(difference(packed_attention(f64[0], f64[1], f64[2], longer, mask),
                     packed_attention_reference(f64[0], f64[1], f64[2], longer, mask)) < 1e-13);
    CHECK(difference(packed_attention(f32[0], f32[1], f32[2], longer, mask),
                     packed_attention_reference(f32[0], f32[1], f32[2], longer, mask)) < 2e-6);
    CHECK(gradient_difference(own, twin, f64) < 1e-11);
    CHECK(gradient_difference(own, twin, f32) < 3e-5);
  }
}

TEST_CASE("packed attention is bit-identical from call to call at a thread count") {
  const auto t = qkv(kRows, 4, 2, 24, at::kFloat);
  const auto gradient = [&] {
    std::vector<at::Tensor> x;
    for (const at::Tensor& one : t) x.push_back(one.clone().requires_grad_(true));
    weighed(packed_attention(x[0], x[1], x[2], kShared, AttentionMask::causal)).backward();
    return x[1].grad();
  };
  const at::Tensor first = gradient();
  for (int i = 0; i < 5; ++i) CHECK(at::equal(first, gradient()));
}

TEST_CASE("segments that do not fit the batch are refused with their place") {
  CHECK(message_of({{0, 3, 0, 0}}, 4) == "attention: the segments cover 3 rows, the batch has 4");
  CHECK(message_of({{0, 3, 0, 0}, {4, 1, 0, 0}}, 5) ==
        "attention: segment 1 starts at row 4, expected 3: segments cover the rows in order without gaps");
  CHECK(message_of({{0, 0, 0, 0}}, 0) == "attention: segment 0 is empty; every segment holds at least one row");
  CHECK(message_of({{0, 3, 0, 0}, {3, 2, 0, 3}, {5, 1, 3, 2}}, 6) ==
        "attention: the prefix of segment 2, rows 3 to 5, does not lie inside one segment without a prefix");
  CHECK(message_of({{0, 3, 0, 0}, {3, 2, 2, 9}}, 5) ==
        "attention: the prefix of segment 1, rows 2 to 11, is outside the batch of 5 rows");
}

namespace {

struct Decode {
  DecodeCache cache = make_decode_cache(12, 6, 9, 2, 24, at::kCPU);
  std::vector<DecodeRow> rows = {{3, 0, 7, 4}, {0, 0, 7, 1}, {5, 7, 5, 9}, {1, 0, 0, 2}, {2, 2, 4, 3}};
  at::Tensor q = random_tensor({5, 4, 24}, 4, at::kFloat);
  Decode() {
    cache.prefix_k.copy_(random_tensor({12, 2, 24}, 1, at::kFloat));
    cache.prefix_v.copy_(random_tensor({12, 2, 24}, 2, at::kFloat));
    cache.own_k.fill_(std::numeric_limits<float>::quiet_NaN());  // what was never written must not be read
    cache.own_v.fill_(std::numeric_limits<float>::quiet_NaN());
    for (int64_t t = 1; t <= 9; ++t) {
      std::vector<DecodeRow> present;
      std::vector<int64_t> index;
      for (size_t b = 0; b < rows.size(); ++b) {
        if (rows[b].own_length < t) continue;
        present.push_back(rows[b]);
        present.back().own_length = t;
      }
      const auto n = static_cast<int64_t>(present.size());
      append_decode_cache(cache, present, random_tensor({n, 2, 24}, 10 + t, at::kFloat),
                          random_tensor({n, 2, 24}, 30 + t, at::kFloat));
    }
  }
};

}  // namespace

TEST_CASE("decode attention equals its ATen twin and does not read what was never written") {
  const Decode d;
  CHECK(difference(decode_attention(d.q, d.cache, d.rows), decode_attention_reference(d.q, d.cache, d.rows)) < 2e-6);
}

TEST_CASE("a row of decode attention does not depend on its neighbours, to the bit") {
  const Decode d;
  const at::Tensor all = decode_attention(d.q, d.cache, d.rows);
  for (int64_t b = 0; b < 5; ++b) {
    const at::Tensor alone = decode_attention(d.q.narrow(0, b, 1), d.cache, std::span(d.rows).subspan(b, 1));
    CHECK(at::equal(alone, all.narrow(0, b, 1)));
  }
}

TEST_CASE("decode rows outside the cache are refused") {
  Decode d;
  d.rows[0].own_length = 10;
  CHECK_THROWS_WITH(decode_attention(d.q, d.cache, d.rows),
                    "decode: slot 3 holds 10 tokens; the cache was made for 1 to 9");
  d.rows[0] = {6, 0, 7, 1};
  CHECK_THROWS_WITH(decode_attention(d.q, d.cache, d.rows), "decode: slot 6 is outside the cache of 6 slots");
  d.rows[0] = {0, 8, 7, 1};
  CHECK_THROWS_WITH(decode_attention(d.q, d.cache, d.rows),
                    "decode: prefix rows 8 to 15 are outside the cache of 12 rows");
}
