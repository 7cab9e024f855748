#include "core/train/sft_trainer.hpp"

#include <ATen/ops/sum.h>

#include <chrono>
#include <cmath>

#include "core/base/error.hpp"
#include "core/data/view.hpp"
#include "core/optim/schedule.hpp"

namespace crescent {

namespace {

struct Example {
  RenderedPrompt prompt;
  std::vector<int32_t> response;
  size_t rows() const { return prompt.tokens.size() + response.size() - 1; }
};

// Consecutive examples of at most `max_rows` rows together (one example at least).
std::vector<std::vector<const Example*>> micro_batches(const std::vector<Example>& examples, int64_t max_rows) {
  std::vector<std::vector<const Example*>> parts;
  size_t rows = 0;
  for (const Example& example : examples) {
    if (parts.empty() || rows + example.rows() > static_cast<size_t>(max_rows)) {
      parts.emplace_back();
      rows = 0;
    }
    parts.back().push_back(&example);
    rows += example.rows();
  }
  return parts;
}

}  // namespace

double learning_rate(const AdamWConfig& adamw, const ScheduleConfig& schedule, const ScheduleFunction& function,
                     int64_t step, int64_t total) {
  return adamw.lr * (function ? function(step, total) : schedule_factor(schedule, step, total));
}

SftTrainer::SftTrainer(const RunConfig& config, VisionLanguageModel model, const Processor& processor,
                       const Dataset& dataset, ScheduleFunction schedule)
    : config_(config),
      model_(std::move(model)),
      processor_(processor),
      dataset_(dataset),
      schedule_(std::move(schedule)),
      sampler_(dataset, config.sft, static_cast<uint64_t>(config.seed)),
      optimizer_(model_.parameters(), config.sft.adamw) {}

StepReport SftTrainer::step(int64_t step) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<Example> examples;
  size_t tokens = 0;
  for (const uint64_t i : sampler_.draw(step, config_.sft.batch)) {
    const Record& record = dataset_.records[i];
    examples.push_back({processor_.render(as_written(record), config_.system, config_.data.max_prompt_tokens),
                        processor_.render_response(record.response)});
    tokens += examples.back().response.size();
  }

  double loss_sum = 0;
  for (const auto& part : micro_batches(examples, config_.sft.micro_batch_tokens)) {
    std::vector<PackedGroup> groups;
    for (const Example* e : part) groups.push_back({&e->prompt, {std::span<const int32_t>(e->response)}});
    const PackedBatch batch = pack_groups(groups);
    const at::Tensor logprobs = model_.logprobs(model_.hidden(batch.input), batch.targets, 1.0).logprobs;
    const at::Tensor loss =
        logprobs.sum().mul(-1.0 / static_cast<double>(tokens));  // mean over the batch's response tokens
    loss.backward();
    loss_sum += loss.item<double>();
  }

  const double rate = learning_rate(config_.sft.adamw, config_.sft.schedule, schedule_, step, config_.sft.steps);
  const UpdateReport update = optimizer_.step(rate);
  optimizer_.zero_grad();
  if (update.skipped || !std::isfinite(loss_sum))
    fail("step {}: the cold start's loss is {} and its gradient norm {}; try a lower sft.lr (now {})", step, loss_sum,
         update.grad_norm, rate);

  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  StepReport report;
  report.step = step;
  report.phase = "cold_start";
  report.metrics = {{"sft/loss", loss_sum}, {"grad_norm", update.grad_norm}, {"lr", rate}};
  report.timings = {{"step_s", seconds}, {"train_tokens_per_s", static_cast<double>(tokens) / seconds}};
  return report;
}

}  // namespace crescent
