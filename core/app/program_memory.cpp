#include "core/app/program_memory.hpp"

#include <malloc.h>

#include <memory>
#include <span>
#include <vector>

#include "core/model/model.hpp"
#include "core/optim/adamw.hpp"
#include "core/rollout/generator.hpp"
#include "core/rundir/host.hpp"

namespace crescent {

static RenderedPrompt some_prompt() {
  RenderedPrompt prompt;
  prompt.tokens.assign(32, 1);
  for (int32_t i = 0; i < 32; ++i) prompt.positions.push_back({i, i, i});
  prompt.next_position = 32;
  return prompt;
}

static void work_once() {
  VisionLanguageModel model = VisionLanguageModel::random(tiny_vl_config(), 1);
  model.set_requires_grad(true);
  AdamW optimizer(model.parameters(), {});
  const auto prompt = std::make_shared<const RenderedPrompt>(some_prompt());
  const std::vector<int32_t> response(64, 2);
  const std::vector<PackedGroup> groups(16, {prompt.get(), {std::span<const int32_t>(response)}});
  const PackedBatch batch = pack_groups(groups);
  model.logprobs(model.hidden(batch.input), batch.targets, 1).logprobs.sum().backward();
  optimizer.step(0);
  optimizer.zero_grad();
  SamplingOptions sampling;
  sampling.max_response_tokens = 4;
  Generator(model, {}).generate(std::vector<GenerationRequest>(4, {prompt, {}, 8}), sampling, [](size_t, Group&&) {});
}

int64_t measure_program_bytes() {
  work_once();
  ::malloc_trim(0);  // what was freed is not the program's
  return resident_bytes();
}

}  // namespace crescent
