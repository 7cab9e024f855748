// Rollouts: prompts in, groups of sampled responses out. The prompt is computed once a group and shared by its
// responses; finished rows leave at once and waiting groups take their place.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/flow/rollout.hpp"
#include "core/model/model.hpp"

namespace crescent {

struct GeneratorOptions {
  int64_t max_rows = 256;              // sequences decoded in one step
  int64_t max_prefix_tokens = 65536;   // prompt tokens held in the cache at once; a longer prompt is an error
  int64_t max_prefill_tokens = 4096;   // prompt tokens of one prefill call; a longer prompt has a call of its own
  std::vector<int32_t> banned_tokens;  // never sampled: all special tokens but those that end a response
};

struct SamplingOptions {
  double temperature = 1;  // > 0; recorded log-probabilities are of softmax(logits / temperature)
  double top_p = 1;     // of (0, 1]: draws among the likeliest tokens that hold this much; training samples with 1
  int64_t max_response_tokens = 64;
  bool greedy = false;  // likeliest token, lowest id of equals; `seed` is not read
  uint64_t seed = 0;
  std::string purpose = "rollout";  // names the random stream: "rollout", "validation", "probe"
  bool ignore_end = false;  // an end token does not end a response: each has max_response_tokens, to measure the most
};

struct GenerationRequest {
  std::shared_ptr<const RenderedPrompt> prompt;
  PromptDraw draw;    // keys the randomness: prompt_index, view, visit
  int64_t group = 1;  // responses wanted
};

struct GenerationStats {
  int64_t prompt_tokens = 0;    // prefilled, once a group
  int64_t response_tokens = 0;  // sampled
  int64_t prefill_calls = 0, decode_steps = 0;
  int64_t decoded_rows = 0;  // rows of all decode steps together: response_tokens - rollouts
  GenerationStats& operator+=(const GenerationStats& other);
};

// Called with the request's index the moment its last response is done, while others still decode: start the rewards
// here, and return at once. rollouts carry tokens, logprobs and finish; text and thoughts are left to the caller.
using OnGroup = std::function<void(size_t index, Group&& group)>;

// [main-thread] Holds its caches from call to call; weights are read from the model at each call, so an optimizer
// step between two calls is seen.
//
// Token t of sample s is drawn with RandomKey(seed, purpose, {prompt_index, view, visit, s}).uniform(t): it does not
// depend on the rest of the batch, on order or on limits. Logits do, in the last bits (a matrix row differs by about
// 2e-5 between batch shapes), so a response can differ between batches only where a draw falls on such an edge; the
// same call on the same machine and thread count is bit-identical.
class Generator {
 public:
  // Throws Error on limits below 1 and on banned tokens outside the vocabulary or among config().end_token_ids.
  Generator(VisionLanguageModel model, GeneratorOptions options);
  ~Generator();
  Generator(Generator&&) noexcept;
  Generator& operator=(Generator&&) noexcept;

  // Every request once, in the order they finish. No gradients are recorded. An exception from `on_group` ends it.
  GenerationStats generate(std::span<const GenerationRequest> requests, const SamplingOptions& sampling,
                           const OnGroup& on_group);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace crescent
