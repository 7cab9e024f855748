#include <ATen/Parallel.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>

#include "core/base/error.hpp"
#include "core/tensor/blocks.hpp"
#include "core/tensor/device.hpp"
#include "core/tensor/linear.hpp"
#include "core/tensor/logprobs.hpp"
#include "core/tensor/precision.hpp"
#include "tests/tensor/gradients.hpp"

using namespace crescent;

namespace {

constexpr Precision kBf16 = Precision::bf16;

at::Tensor normal(at::IntArrayRef shape, uint64_t seed) { return random_tensor(shape, seed, at::kFloat); }

at::Tensor rounded(const at::Tensor& t) { return t.to(at::kBFloat16).to(at::kFloat); }

double relative(const at::Tensor& a, const at::Tensor& b) { return ((a - b).norm() / b.norm()).item<double>(); }

bool without_bf16() {
  if (!missing_bf16().empty()) MESSAGE("nothing is compared: " << missing_bf16());
  return !missing_bf16().empty();
}

}  // namespace

TEST_CASE("a product in bf16 is that of rounded operands, for any number of rows, inputs and outputs") {
  if (without_bf16()) return;
  set_compute_threads(1);
  for (const int64_t rows : {1, 15, 16, 17, 33, 300})
    for (const int64_t outputs : {1, 31, 32, 33, 70})
      for (const int64_t inputs : {1, 2, 31, 33, 96}) {
        CAPTURE(rows);
        CAPTURE(outputs);
        CAPTURE(inputs);
        const at::Tensor x = normal({rows, inputs}, 1), w = normal({outputs, inputs}, 2),
                         y = normal({rows, outputs}, 3);
        CHECK(difference(linear(x, w, {}, kBf16), linear_reference(x, w, {}, kBf16)) < 3e-5);
        CHECK(difference(linear(x, w, y, kBf16), linear_reference(x, w, y, kBf16)) < 3e-5);
        CHECK(difference(linear(x, w.t().contiguous().t(), {}, kBf16), linear(x, w, {}, kBf16)) == 0);
      }
}

TEST_CASE("the backward of a product in bf16 multiplies rounded operands too, on one thread and on two") {
  if (without_bf16()) return;
  const at::Tensor values = normal({331, 40}, 1), weights = normal({70, 40}, 2), by = normal({331, 70}, 3);
  for (const int threads : {1, 2}) {
    set_compute_threads(threads);
    const at::Tensor x = values.clone().requires_grad_(true), w = weights.clone().requires_grad_(true),
                     y = by.clone().requires_grad_(true);
    (linear(x, w, y, kBf16) * by).sum().backward();
    CHECK(difference(x.grad(), rounded(by).mm(rounded(weights))) < 1e-4);
    CHECK(difference(w.grad(), rounded(by).t().mm(rounded(values))) < 2e-4);
    CHECK(at::equal(y.grad(), by));
  }
  set_compute_threads(1);
}

TEST_CASE("a row's product in bf16 does not depend on the rows beside it, nor on threads") {
  if (without_bf16()) return;
  const at::Tensor x = normal({77, 96}, 1), w = normal({70, 96}, 2);
  set_compute_threads(2);
  const at::Tensor together = linear(x, w, {}, kBf16);
  set_compute_threads(1);
  for (const int64_t row : {0, 31, 32, 76})
    CHECK(at::equal(linear(x.narrow(0, row, 1), w, {}, kBf16), together.narrow(0, row, 1)));
}

TEST_CASE("the blocks in bf16 are their f32 selves but for the rounding of operands, forward and backward") {
  if (without_bf16()) return;
  set_compute_threads(1);
  const at::Tensor rows = normal({331, 40}, 1), norm = normal({40}, 2), gate_up = normal({104, 40}, 3) * 0.3,
                   down = normal({40, 52}, 4) * 0.3, qkv = normal({96, 40}, 5) * 0.3;
  const at::Tensor angles = normal({331, 6}, 7);
  const auto run = [&](Precision precision) {
    std::vector<at::Tensor> t;
    for (const at::Tensor& value : {rows, norm, gate_up, down, qkv}) t.push_back(value.clone().requires_grad_(true));
    const Qkv heads = qkv_block(t[0], {t[1], t[4], {}, {}, precision}, {angles.cos(), angles.sin()}, 4, 2, 1e-5);
    const at::Tensor out = mlp_block(t[0], {t[1], t[2], {}, t[3], {}, {}, {}, precision}, 1e-5);
    const auto [q, k, v] = heads;
    (weighed(out) + weighed(q, 11) + weighed(k, 12) + weighed(v, 13)).backward();
    std::vector<at::Tensor> results = {out.detach(), q.detach(), k.detach(), v.detach()};
    for (const at::Tensor& x : t) results.push_back(x.grad());
    return results;
  };
  const auto plain = run(Precision::f32), fast = run(kBf16);
  for (size_t i = 0; i < plain.size(); ++i) {
    CAPTURE(i);
    CHECK(relative(fast[i], plain[i]) < 8e-3);  // bf16 keeps 8 bits: each operand is off by at most 2^-9 of itself
    CHECK(relative(fast[i], plain[i]) > 1e-5);  // it was taken
  }
}

TEST_CASE("log-probabilities in bf16 and their gradients differ from f32 by the rounding of operands, in any chunks") {
  if (without_bf16()) return;
  const at::Tensor hidden = normal({50, 40}, 1) * 0.3, head = normal({99, 40}, 2) * 0.3;
  const at::Tensor picked = at::arange(50), tokens = at::arange(50) * 2 % 99;
  const auto run = [&](Precision precision, int64_t chunk) {
    const at::Tensor h = hidden.clone().requires_grad_(true), w = head.clone().requires_grad_(true);
    const auto [logprob, entropy] = token_logprobs(h, picked, tokens, w, 1.0, chunk, precision);
    (weighed(logprob) + weighed(entropy, 5)).backward();
    return std::vector<at::Tensor>{logprob.detach(), entropy.detach(), h.grad(), w.grad()};
  };
  const auto plain = run(Precision::f32, 64), fast = run(kBf16, 64), chunks = run(kBf16, 7);
  for (size_t i = 0; i < plain.size(); ++i) {
    CAPTURE(i);
    CHECK(relative(fast[i], plain[i]) < 8e-3);
    CHECK(relative(chunks[i], fast[i]) < 3e-6);
  }
}

TEST_CASE("a precision that is not there is refused with what to do") {
  CHECK(parse_precision("fp32", at::kCPU, {}) == Precision::f32);
  CHECK_THROWS_WITH(parse_precision("fp8", at::kCPU, {"run.lua", 3}),
                    "run.lua:3: run: precision is \"fp8\", but must be \"fp32\" or \"bf16\"");
  CHECK_THROWS_WITH(parse_precision("bf16", c10::Device(c10::kCUDA, 0), {"run.lua", 3}),
                    "run.lua:3: run: precision = \"bf16\" is there for the CPU alone, not for cuda:0; leave it out");
  if (missing_bf16().empty()) {
    CHECK(parse_precision("bf16", at::kCPU, {}) == kBf16);
  } else {
    CHECK_THROWS_WITH(
        parse_precision("bf16", at::kCPU, {"run.lua", 3}),
        ("run.lua:3: run: precision = \"bf16\": " + missing_bf16() + "; leave it out, or run on such a machine")
            .c_str());
  }
}
