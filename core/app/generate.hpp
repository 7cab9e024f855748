// `crescent generate` and `crescent logprobs`: what a model writes, and how likely it finds given responses. A line of
// JSON a sample on stdout, in the order of the data; what they mean is a contract that other programs rely on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace crescent {

struct ModelRequest {
  std::string model;  // Hugging Face directory, or a run, whose newest whole checkpoint is meant
  std::string data;   // JSONL: `problem` and, where it has pictures, `images`; logprobs: also `response`
  std::optional<std::string> system;  // none: the run's; of a directory, what the chat template puts
  double temperature = 1;             // > 0; log-probabilities are of softmax(logits / temperature)
  int64_t max_prompt_tokens = 32768;
  int threads = 0;  // 0: all cores
  std::string device = "cpu";
};

struct GenerateRequest : ModelRequest {
  int64_t samples = 1, max_tokens = 256;
  double top_p = 1;  // of (0, 1]
  bool greedy = false;
  int64_t seed = 1;
};

// {"id", "sample", "text", "tokens", "logprobs", "finish"}. Sample k of a record does not depend on the other records
// but for the last bits of its logits.
void generate(const GenerateRequest& request);

// {"id", "prompt_tokens", "tokens", "logprobs"}: of the response's tokens and the end-of-turn token after them.
void response_logprobs(const ModelRequest& request);

}  // namespace crescent
