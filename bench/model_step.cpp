// How near tiny-vl comes to the machine's rate of matrix products: a training step's forward and backward over 32
// prompts of 8 responses, and decoding of 256 sequences. Weights and tokens are random; the work is a real step's.
//   model_step [threads] [fp32|bf16]
#include <ATen/TensorOperators.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>

#include "core/base/random.hpp"
#include "core/model/model.hpp"
#include "core/tensor/attention.hpp"
#include "core/tensor/decode_attention.hpp"
#include "core/tensor/device.hpp"
#include "core/tensor/gemm_rate.hpp"

using namespace crescent;

namespace {

constexpr int64_t kPrompts = 32, kResponses = 8, kResponseTokens = 20, kTextTokens = 30, kMerged = 9, kGrid = 6;

struct Spread {
  double least = 0, median = 0, most = 0;  // ms
};

Spread measure(int repeats, const std::function<void()>& work) {
  for (int i = 0; i < 3; ++i) work();
  std::vector<double> ms;
  for (int i = 0; i < repeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    ms.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(ms.begin(), ms.end());
  return {ms.front(), ms[ms.size() / 2], ms.back()};
}

std::vector<RenderedPrompt> make_prompts(const ModelConfig& config) {
  RandomStream random(RandomKey(1, "bench"));
  std::vector<RenderedPrompt> prompts(kPrompts);
  for (RenderedPrompt& p : prompts) {
    for (int64_t i = 0; i < kTextTokens + kMerged; ++i) {
      const bool image = i >= 4 && i < 4 + kMerged;
      p.tokens.push_back(image ? config.image_token_id : static_cast<int32_t>(random.below(390)));
      const auto position = static_cast<int32_t>(i);
      p.positions.push_back({position, position, position});
    }
    p.next_position = kTextTokens + kMerged;
    p.images = {{kGrid, kGrid}};
    p.patches = at::randn({kGrid * kGrid, config.vision.patch_dim()});
  }
  return prompts;
}

// Multiplications and additions of the products alone, forward, per row of the decoder; see the table in weights.cpp.
double decoder_flops_per_row(const DecoderConfig& c) {
  const auto d = static_cast<double>(c.hidden_size), kv = static_cast<double>(2 * c.kv_heads * c.head_dim());
  return 2 * static_cast<double>(c.layers) * (d * (d + kv) + d * d + 3 * d * static_cast<double>(c.intermediate_size));
}

double vision_flops_per_patch(const VisionConfig& v) {
  const auto d = static_cast<double>(v.hidden_size), out = static_cast<double>(v.out_hidden_size);
  const double block = 4 * d * d + 3 * d * static_cast<double>(v.intermediate_size);
  const double merger = (4 * d * 4 * d + 4 * d * out) / 4;
  return 2 * (static_cast<double>(v.patch_dim()) * d + static_cast<double>(v.layers) * block + merger);
}

void report(const char* what, const Spread& s, double gflop, double rate) {
  fmt::print("{:<34} {:8.2f} {:8.2f} {:8.2f} {:10.2f} {:9.1f} {:9.0f}%\n", what, s.least, s.median, s.most, gflop,
             gflop / s.least * 1e3, 100 * gflop / s.least * 1e3 / rate);
}

struct Bench {
  ModelConfig config = tiny_vl_config();
  VisionLanguageModel model = VisionLanguageModel::random(config, 1);
  std::vector<RenderedPrompt> prompts = make_prompts(config);
  double rate = 0;

  void training() {
    RandomStream random(RandomKey(2, "bench"));
    std::vector<std::vector<int32_t>> responses(kPrompts * kResponses);
    for (auto& r : responses)
      for (int64_t t = 0; t < kResponseTokens; ++t) r.push_back(static_cast<int32_t>(random.below(390)));
    std::vector<PackedGroup> groups;
    for (int64_t p = 0; p < kPrompts; ++p) {
      groups.push_back({&prompts[p], {}});
      for (int64_t g = 0; g < kResponses; ++g) groups.back().responses.emplace_back(responses[p * kResponses + g]);
    }
    const PackedBatch batch = pack_groups(groups);
    const auto rows = static_cast<double>(batch.input.tokens.size()),
               targets = static_cast<double>(batch.targets.rows.size());
    const double head = 2 * static_cast<double>(config.decoder.hidden_size * config.decoder.vocab_size) * targets;
    const double patches = kPrompts * kGrid * kGrid;
    const double forward =
        rows * decoder_flops_per_row(config.decoder) + head + patches * vision_flops_per_patch(config.vision);
    const double patch_gradient =
        2 * static_cast<double>(config.vision.patch_dim() * config.vision.hidden_size) * patches;
    model.set_requires_grad(true);
    const at::Tensor weight = at::randn({static_cast<int64_t>(targets)});
    at::Tensor loss;
    const auto run_forward = [&] {
      loss = (model.logprobs(model.hidden(batch.input), batch.targets, 1.0).logprobs * weight).sum();
    };
    const Spread f = measure(20, run_forward);
    report("training forward", f, forward * 1e-9, rate);
    const Spread both = measure(20, [&] {
      run_forward();
      for (auto& [name, p] : model.parameters()) p.mutable_grad() = at::Tensor();
      loss.backward();
    });
    report("training forward + backward", both, (3 * forward - patch_gradient) * 1e-9, rate);
    fmt::print("  {} rows, {} target tokens, {} patches\n", rows, targets, patches);
    model.set_requires_grad(false);
  }

  void decoding() {
    const DecoderConfig& c = config.decoder;
    const VisionLanguageModel model = this->model.for_decoding();
    std::vector<const RenderedPrompt*> pointers;
    for (const RenderedPrompt& p : prompts) pointers.push_back(&p);
    const PackedInput input = pack_prompts(pointers);
    const auto prefix_rows = static_cast<int64_t>(input.tokens.size());
    std::vector<DecodeCache> caches;
    const Attend store = [&](int64_t, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
      caches.push_back(make_decode_cache(prefix_rows, kPrompts * kResponses, 28, c.kv_heads, c.head_dim(), at::kCPU));
      caches.back().prefix_k.copy_(k);
      caches.back().prefix_v.copy_(v);
      return packed_attention(q, k, v, input.segments, AttentionMask::causal);
    };
    report("prefill of 32 prompts",
           measure(20,
                   [&] {
                     caches.clear();
                     model.hidden(input, &store);
                   }),
           (static_cast<double>(prefix_rows) * decoder_flops_per_row(c) +
            kPrompts * kGrid * kGrid * vision_flops_per_patch(config.vision)) *
               1e-9,
           rate);
    const int64_t batch = kPrompts * kResponses;
    std::vector<DecodeRow> rows(batch);
    const Attend attend = [&](int64_t layer, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
      append_decode_cache(caches[layer], rows, k, v);
      return decode_attention(q, caches[layer], rows);
    };
    const at::Tensor tokens = at::tensor(std::vector<int64_t>(batch, 7), at::kLong);
    const Spread s = measure(10, [&] {
      for (int64_t t = 1; t <= kResponseTokens; ++t) {
        for (int64_t b = 0; b < batch; ++b) {
          const int64_t prompt = b / kResponses;
          rows[b] = {b, input.segments[prompt].start, input.segments[prompt].length, t};
        }
        model.logits(model.decode(tokens, at::tensor(std::vector<int64_t>(batch, 40 + t), at::kLong), attend));
      }
    });
    const double flops = static_cast<double>(batch * kResponseTokens) *
                         (decoder_flops_per_row(c) + 2 * static_cast<double>(c.hidden_size * c.vocab_size));
    report("decode of 256 x 20 tokens", s, flops * 1e-9, rate);
    fmt::print("  {:.0f} tokens/s\n", static_cast<double>(batch * kResponseTokens) / s.least * 1e3);
  }
};

}  // namespace

int main(int argc, char** argv) {
  // Large blocks stay with the process between steps: the first touch of fresh pages costs as much as the arithmetic.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  set_compute_threads(argc > 1 ? std::atoi(argv[1]) : 1);
  const double wide = 1e-9 * gemm_rate(64, 256, 768), tiny = 1e-9 * gemm_rate(256, 96, 512);
  fmt::print("matrix products: 64x256x768 {:.1f} GFLOP/s, 256x96x512 {:.1f} GFLOP/s\n", wide, tiny);
  fmt::print("{:<34} {:>8} {:>8} {:>8} {:>10} {:>9} {:>10}\n", "", "min ms", "median", "max", "GFLOP", "GFLOP/s",
             "of rate");
  Bench bench;
  bench.model.set_precision(parse_precision(argc > 2 ? argv[2] : "fp32", at::kCPU, {}));
  bench.rate = std::max(wide, tiny);
  bench.training();
  bench.decoding();
}
