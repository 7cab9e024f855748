#include "core/train/collector.hpp"

#include <ATen/record_function.h>

#include "core/data/view.hpp"

namespace crescent {

Collected Collector::collect(const CollectRequest& request) {
  Collected collected;
  std::vector<GenerationRequest> wanted;
  std::vector<std::string> texts;
  for (size_t i = 0; i < request.draws.size(); ++i) {
    const PromptDraw& draw = request.draws[i];
    const Record& record = request.dataset.records.at(draw.prompt_index);
    RECORD_USER_SCOPE("prompts");
    const ViewedRecord viewed =
        request.prompt != nullptr ? (*request.prompt)(record, draw.view) : view_of(record, draw.view);
    auto prompt = std::make_shared<const RenderedPrompt>(processor_.render(viewed, system_, max_prompt_tokens_));
    texts.push_back(viewed.text);
    collected.prompts.push_back(prompt);
    if (request.progress != nullptr) request.progress->advance(0);
    wanted.push_back({prompt, draw, request.group.size() == 1 ? request.group[0] : request.group.at(i)});
  }
  uint64_t samples = 0;
  for (const GenerationRequest& one : wanted) samples += static_cast<uint64_t>(one.group);
  scorer_.expect(samples);
  try {
    collected.stats = generator_.generate(wanted, request.sampling, [&](size_t index, Group&& group) {
      score_when_done(request, index, texts[index], std::move(group));
      if (request.progress != nullptr) request.progress->advance();
    });
  } catch (...) {
    scorer_.discard();
    throw;
  }
  RECORD_USER_SCOPE("rewards");
  collected.groups = scorer_.collect();
  collected.score_timings = scorer_.timings();
  return collected;
}

void Collector::score_when_done(const CollectRequest& request, size_t index, const std::string& prompt, Group&& group) {
  RECORD_USER_SCOPE("rewards");
  for (Rollout& rollout : group.rollouts) {
    rollout.text = processor_.decode(rollout.tokens);
    rollout.thoughts = processor_.thoughts(rollout.tokens);
  }
  const Record& record = request.dataset.records[group.draw.prompt_index];
  ScoringJob job;
  job.index = index;
  job.group = std::move(group);
  job.prompt = prompt;
  job.gold = record.answer;
  job.columns_json = record.columns_json;
  job.record_id = record.id;
  job.group_id = index;
  job.phase = request.phase;
  job.step = request.step;
  scorer_.submit(std::move(job));
}

}  // namespace crescent
