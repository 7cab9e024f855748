#include "core/train/sft_trainer.hpp"

#include <ATen/ops/sum.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "core/base/error.hpp"
#include "core/data/view.hpp"
#include "core/optim/schedule.hpp"

namespace crescent {

namespace {

struct Example {
  const std::string* record_id;
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

// Forward and backward, micro-batch by micro-batch: gradients of the mean negative log-probability of the batch's
// response tokens, of which there are `tokens`, and its value.
double backward(const VisionLanguageModel& model, const std::vector<Example>& examples, size_t tokens, int64_t max_rows,
                Task& progress) {
  double loss_sum = 0;
  for (const auto& part : micro_batches(examples, max_rows)) {
    std::vector<PackedGroup> groups;
    for (const Example* e : part) groups.push_back({&e->prompt, {std::span<const int32_t>(e->response)}});
    const PackedBatch batch = pack_groups(groups);
    const at::Tensor loss = [&] {
      RECORD_USER_SCOPE("forward");
      const at::Tensor logprobs = model.logprobs(model.hidden(batch.input), batch.targets, 1.0).logprobs;
      return logprobs.sum().mul(-1.0 / static_cast<double>(tokens));
    }();
    {
      RECORD_USER_SCOPE("backward");
      loss.backward();
    }
    loss_sum += loss.item<double>();
    progress.advance(static_cast<int64_t>(part.size()));
  }
  return loss_sum;
}

constexpr size_t kListed = 10;

std::string record_ids(const std::vector<Example>& examples) {
  std::string text;
  for (size_t i = 0; i < std::min(examples.size(), kListed); ++i)
    text += fmt::format("{}\"{}\"", i > 0 ? ", " : "", *examples[i].record_id);
  return examples.size() > kListed ? fmt::format("{} and {} more", text, examples.size() - kListed) : text;
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

StepReport SftTrainer::step(int64_t step, const OnProgress& on_progress) {
  RECORD_USER_SCOPE("cold start step");
  const auto start = std::chrono::steady_clock::now();
  Task progress(on_progress, fmt::format("step {}: cold start", step), config_.sft.batch);
  std::vector<Example> examples;
  size_t tokens = 0;
  for (const uint64_t i : sampler_.draw(step, config_.sft.batch)) {
    const Record& record = dataset_.records[i];
    examples.push_back({&record.id,
                        processor_.render(as_written(record), config_.system, config_.data.max_prompt_tokens),
                        processor_.render_response(record.response, record.id)});
    tokens += examples.back().response.size();
  }
  const double loss = backward(model_, examples, tokens, config_.sft.micro_batch_tokens, progress);
  const double rate = learning_rate(config_.sft.adamw, config_.sft.schedule, schedule_, step, config_.sft.steps);
  UpdateReport update{.grad_norm = std::numeric_limits<double>::quiet_NaN(), .skipped = true};
  if (std::isfinite(loss)) update = optimizer_.step(rate);
  optimizer_.zero_grad();
  skipped_.count(update.skipped);
  if (skipped_.too_many())
    fail(
        "step {}: the loss of the cold start or its gradient was not finite in {} updates in a row, so nothing is "
        "learned any more; the loss is {} now, of the records {}; the last checkpoint is from before; try a lower "
        "sft.lr (now {}) or look at these records",
        step, skipped_.in_a_row, loss, record_ids(examples), rate);

  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  StepReport report;
  report.step = step;
  report.phase = "cold_start";
  report.metrics = {{"sft/loss", loss},
                    {"grad_norm", update.grad_norm},
                    {"lr", rate},
                    {"skipped_updates", static_cast<double>(skipped_.total)}};
  report.timings = {{"step_s", seconds}, {"train_tokens_per_s", static_cast<double>(tokens) / seconds}};
  return report;
}

}  // namespace crescent
