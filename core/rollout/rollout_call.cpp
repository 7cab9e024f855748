#include "core/rollout/rollout_call.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/base/error.hpp"
#include "core/tensor/attention.hpp"

namespace crescent {
namespace {

std::vector<GroupShape> shapes_of(std::span<const GenerationRequest> requests, const GeneratorOptions& options) {
  std::vector<GroupShape> shapes;
  for (size_t i = 0; i < requests.size(); ++i) {
    const GenerationRequest& request = requests[i];
    if (!request.prompt || request.prompt->tokens.empty()) fail("generation request {} has no prompt", i);
    const int64_t length = static_cast<int64_t>(request.prompt->tokens.size());
    if (length > options.max_prefix_tokens) {
      fail(
          "prompt {} of the data has {} tokens, more than the generator's cache holds ({}): shorten it, or lower "
          "data.max_prompt_tokens and filter such prompts (data.prompt_too_long = \"filter\")",
          request.draw.prompt_index, length, options.max_prefix_tokens);
    }
    if (request.group < 1) fail("generation request {} asks for {} responses; at least 1", i, request.group);
    shapes.push_back({length, request.group});
  }
  return shapes;
}

// No more prefix rows than all prompts of the call take: a call of few prompts needs little memory.
SchedulerLimits limits_of(const std::vector<GroupShape>& shapes, const GeneratorOptions& options) {
  int64_t prompt_tokens = 0, rows = 0;
  for (const GroupShape& shape : shapes) {
    prompt_tokens += shape.prompt_tokens;
    rows += shape.rows;
  }
  return {.max_rows = std::clamp<int64_t>(rows, 1, options.max_rows),
          .prefix_capacity = std::clamp<int64_t>(prompt_tokens, 1, options.max_prefix_tokens)};
}

}  // namespace

RolloutCall::RolloutCall(const VisionLanguageModel& model, const GeneratorOptions& options, const TokenSampler& sampler,
                         KvCache& cache, std::span<const GenerationRequest> requests, const SamplingOptions& sampling)
    : model_(model),
      options_(options),
      sampler_(sampler),
      cache_(cache),
      requests_(requests),
      sampling_(sampling),
      shapes_(shapes_of(requests, options)),
      limits_(limits_of(shapes_, options)),
      scheduler_(shapes_, limits_),
      groups_(requests.size()) {
  // The last token of a response is never read again, so it has no place in the cache.
  cache_.reserve({limits_.prefix_capacity, limits_.max_rows, std::max<int64_t>(1, sampling.max_response_tokens - 1)});
  for (size_t i = 0; i < requests.size(); ++i) {
    const PromptDraw& draw = requests[i].draw;
    GroupState& state = groups_[i];
    state.group.draw = draw;
    state.group.rollouts.resize(requests[i].group);
    state.waiting = requests[i].group;
    for (int64_t sample = 0; sample < requests[i].group; ++sample) {
      state.keys.emplace_back(sampling.seed, sampling.purpose,
                              std::initializer_list<uint64_t>{draw.prompt_index, static_cast<uint64_t>(draw.view),
                                                              draw.visit, static_cast<uint64_t>(sample)});
    }
  }
}

GenerationStats RolloutCall::run(const OnGroup& on_group) {
  while (!scheduler_.done()) {
    const Admission admission = scheduler_.admit();
    prefill(admission.groups);
    start(admission.rows);
    finish(on_group);  // a response may end with its first token
    if (scheduler_.active().empty()) continue;
    decode();
    finish(on_group);
  }
  return stats_;
}

// Packs neighbours up to max_prefill_tokens.
void RolloutCall::prefill(std::span<const JoiningGroup> groups) {
  size_t begin = 0;
  int64_t tokens = 0;
  for (size_t i = 0; i < groups.size(); ++i) {
    const int64_t length = shapes_[groups[i].group].prompt_tokens;
    if (i > begin && tokens + length > options_.max_prefill_tokens) {
      prefill_packed(groups.subspan(begin, i - begin));
      begin = i;
      tokens = 0;
    }
    tokens += length;
  }
  if (begin < groups.size()) prefill_packed(groups.subspan(begin));
}

void RolloutCall::prefill_packed(std::span<const JoiningGroup> groups) {
  RECORD_USER_SCOPE("prefill");
  std::vector<const RenderedPrompt*> prompts;
  for (const JoiningGroup& joining : groups) prompts.push_back(requests_[joining.group].prompt.get());
  const PackedInput input = pack_prompts(prompts);
  const Attend attend = [&](int64_t layer, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
    for (size_t i = 0; i < groups.size(); ++i) {
      cache_.store_prefix(layer, k, v, input.segments[i].start, input.segments[i].length, groups[i].prefix_start);
    }
    return packed_attention(q, k, v, input.segments, AttentionMask::causal);
  };
  const at::Tensor hidden = model_.hidden(input, &attend);  // [N, hidden]
  for (size_t i = 0; i < groups.size(); ++i) {
    const Segment& segment = input.segments[i];
    groups_[groups[i].group].last_hidden = hidden.narrow(0, segment.start + segment.length - 1, 1).clone();
  }
  stats_.prompt_tokens += static_cast<int64_t>(input.tokens.size());
  ++stats_.prefill_calls;
}

// The first token of each row, from the last hidden state of its prompt.
void RolloutCall::start(std::span<const ActiveRow> rows) {
  if (rows.empty()) return;
  std::vector<at::Tensor> hidden;
  std::vector<int64_t> hidden_rows;
  for (size_t i = 0; i < rows.size(); ++i) {
    GroupState& state = groups_[rows[i].group];
    if (i == 0 || rows[i].group != rows[i - 1].group) hidden.push_back(state.last_hidden);
    hidden_rows.push_back(static_cast<int64_t>(hidden.size()) - 1);
    if (--state.waiting == 0) state.last_hidden = at::Tensor();
  }
  sample(at::cat(hidden), hidden_rows, rows);
}

void RolloutCall::decode() {
  RECORD_USER_SCOPE("decode");
  const std::vector<ActiveRow>& active = scheduler_.active();
  const int64_t batch = static_cast<int64_t>(active.size());
  at::Tensor tokens = at::empty({batch}, at::kLong), positions = at::empty({batch}, at::kLong);
  std::vector<DecodeRow> rows(active.size());
  std::vector<int64_t> hidden_rows(active.size());
  for (int64_t i = 0; i < batch; ++i) {
    const Rollout& rollout = this->rollout(active[i]);
    const int64_t length = static_cast<int64_t>(rollout.tokens.size());
    tokens.mutable_data_ptr<int64_t>()[i] = rollout.tokens.back();
    positions.mutable_data_ptr<int64_t>()[i] = requests_[active[i].group].prompt->next_position + length - 1;
    rows[i] = {.slot = active[i].slot,
               .prefix_start = scheduler_.prefix_start(active[i].group),
               .prefix_length = shapes_[active[i].group].prompt_tokens,
               .own_length = length};
    hidden_rows[i] = i;
  }
  const Attend attend = [&](int64_t layer, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
    append_decode_cache(cache_.layer(layer), rows, k, v);
    return decode_attention(q, cache_.layer(layer), rows);
  };
  const at::Tensor hidden = model_.decode(tokens.to(model_.device()), positions.to(model_.device()), attend);
  ++stats_.decode_steps;
  stats_.decoded_rows += batch;
  sample(hidden, hidden_rows, active);
}

// Draws the next token of rows[i] from hidden row hidden_rows[i] and appends it.
void RolloutCall::sample(const at::Tensor& hidden, std::span<const int64_t> hidden_rows,
                         std::span<const ActiveRow> rows) {
  const at::Tensor logits = model_.logits(hidden);  // [rows of hidden, vocab] f32
  RECORD_USER_SCOPE("sampling");
  if (sampling_.greedy) {
    sampler_.greedy(logits, hidden_rows, sampling_.temperature, draws_);
  } else {
    uniforms_.resize(rows.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      uniforms_[i] = groups_[rows[i].group].keys[rows[i].sample].uniform(rollout(rows[i]).tokens.size());
    }
    sampler_.sample(logits, hidden_rows, uniforms_, sampling_.temperature, draws_, sampling_.top_p);
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    Rollout& rollout = this->rollout(rows[i]);
    rollout.tokens.push_back(draws_.tokens[i]);
    rollout.logprobs.push_back(draws_.logprobs[i]);
    rollout.entropy_sum += draws_.entropies[i];
  }
  stats_.response_tokens += static_cast<int64_t>(rows.size());
}

void RolloutCall::finish(const OnGroup& on_group) {
  const std::vector<ActiveRow>& active = scheduler_.active();
  std::vector<uint8_t> finished(active.size(), 0);
  for (size_t i = 0; i < active.size(); ++i) {
    Rollout& rollout = this->rollout(active[i]);
    if (!sampling_.ignore_end && ends(rollout.tokens.back())) {
      rollout.finish = FinishReason::stop;
      finished[i] = 1;
    } else if (static_cast<int64_t>(rollout.tokens.size()) == sampling_.max_response_tokens) {
      rollout.finish = FinishReason::length;
      finished[i] = 1;
    }
  }
  for (size_t group : scheduler_.leave(finished)) on_group(group, std::move(groups_[group].group));
}

bool RolloutCall::ends(int32_t token) const {
  const std::vector<int32_t>& ends = model_.config().end_token_ids;
  return std::find(ends.begin(), ends.end(), token) != ends.end();
}

}  // namespace crescent
