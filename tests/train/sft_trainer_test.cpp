#include "core/train/sft_trainer.hpp"

#include "tests/train/batches.hpp"
#include "tests/train/scripted.hpp"

#undef CHECK  // LibTorch's logging defines one, which would count nothing
#include <doctest/doctest.h>

using namespace crescent;

namespace {

// A cold start of tiny-vl on text alone.
struct Bench {
  RunConfig config;
  Dataset data = text_records(12, "sft.jsonl");
  VisionLanguageModel model = VisionLanguageModel::random(tiny_vl_config(), 1);
  Processor processor{CRESCENT_SOURCE_DIR "/models/tiny-vl", tiny_vl_config()};

  explicit Bench(int64_t batch) {
    config.sft.steps = 10;
    config.sft.batch = batch;
    config.sft.schedule = {};
    model.set_requires_grad(true);
  }
  SftTrainer trainer() { return SftTrainer(config, model, processor, data, {}); }
  void spoil() {
    const at::NoGradGuard no_gradients;
    model.parameters().back().second.view({-1})[0] = std::nanf("");
  }
};

}  // namespace

TEST_CASE("a step of the cold start learns, and says that nothing was skipped") {
  Bench bench(4);
  SftTrainer trainer = bench.trainer();
  const StepReport first = trainer.step(1);
  CHECK(value_or_nan(first.metrics, "skipped_updates") == 0);
  CHECK(value_or_nan(first.metrics, "grad_norm") > 0);
  double loss = value_or_nan(first.metrics, "sft/loss");
  for (int64_t step = 2; step <= 10; ++step) loss = value_or_nan(trainer.step(step).metrics, "sft/loss");
  CHECK(loss < value_or_nan(first.metrics, "sft/loss"));
}

TEST_CASE(
    "an update of the cold start that is not finite is skipped, and three in a row end the run with the records") {
  Bench bench(3);
  bench.spoil();
  const VisionLanguageModel before = bench.model.clone();
  SftTrainer trainer = bench.trainer();
  for (int64_t step = 1; step <= 2; ++step) {
    const StepReport report = trainer.step(step);
    CHECK(value_or_nan(report.metrics, "skipped_updates") == static_cast<double>(step));
    CHECK(std::isnan(find_value(report.metrics, "sft/loss").value()));
    CHECK(std::isnan(find_value(report.metrics, "grad_norm").value()));
  }
  const auto third = SftSampler(bench.data, bench.config.sft, 1);  // the records of each step follow from the seed
  std::vector<uint64_t> records;
  for (SftSampler sampler = third; const int64_t step : {1, 2, 3}) records = sampler.draw(step, 3);
  CHECK(error_of([&] { trainer.step(3); }) ==
        fmt::format("step 3: the loss of the cold start or its gradient was not finite in 3 updates in a row, so "
                    "nothing is learned any more; the loss is nan now, of the records \"r{}\", \"r{}\", \"r{}\"; the "
                    "last checkpoint is from before; try a lower sft.lr (now {}) or look at these records",
                    records[0], records[1], records[2], bench.config.sft.adamw.lr));
  CHECK(identical(bench.model, before));
}

TEST_CASE("a long batch is told by its first records and the number of the others") {
  Bench bench(12);
  bench.spoil();
  SftTrainer trainer = bench.trainer();
  trainer.skipped() = {7, 2};  // as a checkpoint has it
  const std::string error = error_of([&] { trainer.step(9); });
  CHECK(error.find("step 9: ") == 0);
  CHECK(error.find(" and 2 more; the last checkpoint") != std::string::npos);
  CHECK(trainer.skipped().total == 8);
}

TEST_CASE("a record that cannot be imitated is named") {
  Bench bench(12);
  bench.data.records[5].response = "6<|im_end|>7";
  SftTrainer trainer = bench.trainer();
  CHECK(error_of([&] { trainer.step(1); }) ==
        "record \"r5\": the response holds <|im_end|>, which would end it early; remove it, it is added at the end");
  bench.data.records[5].response = "6";
  bench.config.data.max_prompt_tokens = 3;
  CHECK(error_of([&] { bench.trainer().step(1); }).find("record \"r") == 0);
}
