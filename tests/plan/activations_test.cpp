#include "core/plan/activations.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "core/model/model.hpp"
#include "core/tensor/device.hpp"
#include "tests/plan/counting_allocator.hpp"
#include "tests/rollout/prompts.hpp"

#undef CHECK  // LibTorch's logging defines one, which would count nothing
#include <doctest/doctest.h>

using namespace crescent;

namespace {

ModelConfig wide_config() {
  ModelConfig config = tiny_vl_config();
  config.decoder.hidden_size = config.vision.out_hidden_size = 256;
  config.decoder.intermediate_size = 768;
  config.decoder.layers = 4;
  config.decoder.mrope_section = {8, 12, 12};
  config.vision.hidden_size = 128;
  config.vision.intermediate_size = 256;
  return config;
}

struct Batch {
  std::vector<std::shared_ptr<const RenderedPrompt>> prompts;
  std::vector<std::vector<int32_t>> responses;
  PackedBatch packed;
  TrainingShape shape;
};

Batch make_batch(const ModelConfig& config, int64_t groups, int64_t group, int64_t tokens, bool pictures) {
  Batch batch;
  std::vector<PackedGroup> packed;
  batch.responses.assign(static_cast<size_t>(group), std::vector<int32_t>(static_cast<size_t>(tokens), 7));
  for (int64_t g = 0; g < groups; ++g) {
    batch.prompts.push_back(pictures ? picture_prompt(3, 3, 30, config, static_cast<uint64_t>(g))
                                     : text_prompt(40, config, static_cast<uint64_t>(g)));
    packed.push_back({batch.prompts.back().get(), {batch.responses.begin(), batch.responses.end()}});
    batch.shape.patches += pictures ? batch.prompts.back()->patches.size(0) : 0;
  }
  batch.packed = pack_groups(packed);
  batch.shape.rows = static_cast<int64_t>(batch.packed.input.tokens.size());
  batch.shape.targets = groups * group * tokens;
  return batch;
}

// Forward and backward of the batch, as a trainer makes them.
void train(const VisionLanguageModel& model, const Batch& batch) {
  const TokenLogprobs now = model.logprobs(model.hidden(batch.packed.input), batch.packed.targets, 1);
  now.logprobs.sum().mul(-1.0).backward();
}

void forget_gradients(const VisionLanguageModel& model) {
  for (auto& [name, value] : model.parameters()) at::Tensor(value).mutable_grad() = at::Tensor();
}

}  // namespace

TEST_CASE("what a forward and backward allocate is planned within 8 %") {
  CountingAllocator& allocator = CountingAllocator::install();
  struct Case {
    ModelConfig config;
    int64_t groups, group, tokens;
    bool pictures, adds_up;
    int threads;
    Precision precision = Precision::f32;
  };
  const ModelConfig tiny = tiny_vl_config(), wide = wide_config();
  for (const Case& c :
       {Case{tiny, 32, 8, 28, true, false, 1}, Case{tiny, 32, 8, 28, false, false, 1},
        Case{tiny, 4, 8, 100, true, true, 1}, Case{tiny, 16, 4, 28, true, false, 2},
        Case{wide, 8, 8, 40, true, false, 1}, Case{wide, 4, 4, 20, true, true, 2}, Case{wide, 1, 2, 4, true, false, 1},
        Case{wide, 1, 2, 4, false, true, 1}, Case{tiny, 32, 8, 28, true, false, 1, Precision::bf16},
        Case{tiny, 16, 4, 28, true, false, 2, Precision::bf16}, Case{wide, 8, 8, 40, true, false, 1, Precision::bf16},
        Case{wide, 4, 4, 20, true, true, 2, Precision::bf16}, Case{wide, 1, 2, 4, false, true, 1, Precision::bf16}}) {
    const bool bf16 = c.precision == Precision::bf16;
    if (bf16 && !missing_bf16().empty()) continue;
    const std::string name =
        fmt::format("{} groups of {} x {} tokens, {}{}, hidden {}, {} threads, {}", c.groups, c.group, c.tokens,
                    c.pictures ? "pictures" : "text", c.adds_up ? ", adds up" : "", c.config.decoder.hidden_size,
                    c.threads, bf16 ? "bf16" : "fp32");
    CAPTURE(name);
    set_compute_threads(c.threads);
    VisionLanguageModel model = VisionLanguageModel::random(c.config, 1);
    model.set_requires_grad(true);
    model.set_precision(c.precision);
    Batch batch = make_batch(c.config, c.groups, c.group, c.tokens, c.pictures);
    batch.shape.adds_up = c.adds_up;
    int64_t gradients = 0;
    if (c.adds_up) {
      const int64_t before = allocator.live();
      train(model, batch);
      gradients = allocator.live() - before;
    }
    const int64_t measured = gradients + allocator.most_during([&] { train(model, batch); });
    const int64_t planned = training_peak(c.config, batch.shape, c.threads, c.precision).bytes();
    CAPTURE(planned);
    CAPTURE(measured);
    CHECK(static_cast<double>(planned) / static_cast<double>(measured) == doctest::Approx(1).epsilon(0.08));
    forget_gradients(model);
  }
}

TEST_CASE("what a prefill allocates is planned within 8 %") {
  CountingAllocator& allocator = CountingAllocator::install();
  const at::NoGradGuard no_gradients;
  set_compute_threads(1);
  std::vector<Precision> precisions = {Precision::f32};
  if (missing_bf16().empty()) precisions.push_back(Precision::bf16);
  for (const Precision precision : precisions)
    for (const auto& [config, pictures] : {std::pair{tiny_vl_config(), true}, std::pair{tiny_vl_config(), false},
                                           std::pair{wide_config(), true}, std::pair{wide_config(), false}}) {
      const bool bf16 = precision == Precision::bf16;
      CAPTURE(bf16);
      CAPTURE(config.decoder.hidden_size);
      CAPTURE(pictures);
      VisionLanguageModel f32 = VisionLanguageModel::random(config, 1);
      f32.set_precision(precision);
      const int64_t before = allocator.live();
      const VisionLanguageModel model = f32.for_decoding();
      const auto panels = static_cast<double>(allocator.live() - before);
      if (bf16) CHECK(static_cast<double>(panel_bytes(config, precision)) / panels == doctest::Approx(1).epsilon(0.08));
      CHECK((panels > 0) == bf16);
      const Batch batch = make_batch(config, 64, 1, 1, pictures);
      std::vector<const RenderedPrompt*> prompts;
      for (const auto& prompt : batch.prompts) prompts.push_back(prompt.get());
      model.hidden(pack_prompts(prompts));  // its tables grow once and stay
      const int64_t measured = allocator.most_during([&] { model.hidden(pack_prompts(prompts)); });
      const int64_t planned = prefill_bytes(config, batch.shape.rows, batch.shape.patches, 1, precision);
      CHECK(static_cast<double>(planned) / static_cast<double>(measured) == doctest::Approx(1).epsilon(0.08));
    }
}

TEST_CASE("the parameters are counted as the model has them") {
  for (const ModelConfig& config : {tiny_vl_config(), wide_config()}) {
    int64_t bytes = 0;
    for (const auto& [name, value] : VisionLanguageModel::random(config, 1).parameters())
      bytes += static_cast<int64_t>(value.nbytes());
    CHECK(parameter_bytes(config) == bytes);
  }
  CHECK(parameter_bytes(tiny_vl_config()) == 4 * 593280);
}
