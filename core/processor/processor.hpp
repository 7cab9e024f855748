// From a record to what the model reads (tokens, M-RoPE positions, patches), and from tokens back to text.
// Method: Qwen2.5-VL (2502.13923), as transformers' Qwen2_5_VLProcessor and get_rope_index do it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/data/record.hpp"
#include "core/data/view.hpp"
#include "core/flow/rollout.hpp"
#include "core/image/patches.hpp"
#include "core/model/config.hpp"
#include "core/model/input.hpp"
#include "core/text/chat_template.hpp"
#include "core/text/tokenizer.hpp"

namespace crescent {

// The one mistake of a record that a caller may choose to filter.
class PromptTooLong : public Error {
 public:
  PromptTooLong(const std::string& record_id, int64_t tokens, int64_t limit);
  int64_t tokens() const { return tokens_; }

 private:
  int64_t tokens_;
};

struct PromptSize {
  int64_t tokens = 0;   // image tokens included
  int64_t patches = 0;  // of all its pictures, before the merger
};

class Processor {  // [concurrent] const calls from any number of threads
 public:
  // tokenizer.json, preprocessor_config.json and chat template of a Hugging Face directory; `model` names the tokens.
  // Throws Error when the files disagree with it (a token of the format is missing or has another id, patch sizes,
  // ...). Of a model that reads text alone, `image` and its file are not looked at.
  Processor(const std::string& folder, const ModelConfig& model);
  Processor(Tokenizer tokenizer, ChatTemplate chat_template, const ImageProcessorConfig& image,
            const ModelConfig& model);
  ~Processor();
  Processor(Processor&&) noexcept;

  // system + user turn + the opening of the assistant's. Throws PromptTooLong past `max_prompt_tokens`; Error naming
  // the record for a picture that cannot be read or where the model reads text alone, special image tokens in its text,
  // marks and pictures that disagree.
  // `system` none: the chat template's own system prompt.
  RenderedPrompt render(const Record& record, View view, const std::optional<std::string>& system,
                        int64_t max_prompt_tokens) const;
  RenderedPrompt render(const ViewedRecord& record, const std::optional<std::string>& system,
                        int64_t max_prompt_tokens) const;
  // Its size without decoding pictures (headers are read): for checks before a run.
  PromptSize prompt_size(const ViewedRecord& record, const std::optional<std::string>& system) const;

  // A response as it is to be imitated: tokenized apart from the prompt, then the end-of-turn token. Throws Error
  // naming the record when the text itself holds image tokens or a token that ends a response.
  std::vector<int32_t> render_response(const std::string& response, const std::string& record_id = "") const;
  // Always UTF-8. End tokens at the end are left out; other special tokens stay visible, so that rewards see them.
  std::string decode(std::span<const int32_t> tokens) const;
  // Tokens strictly between <think> and </think>; all but end tokens at the end when there are no such tags.
  TokenSpan thoughts(std::span<const int32_t> tokens) const;
  int32_t end_of_turn() const;  // with which the chat template closes an assistant's message
  // Never to be sampled: image, video and vision-start/end tokens, padding (unless a response may end with it), and
  // ids of the embedding that no token has. Ascending.
  std::vector<int32_t> banned_tokens() const;
  const Tokenizer& tokenizer() const;

 private:
  struct Parts;
  std::unique_ptr<const Parts> parts_;
};

// M-RoPE positions of a prompt. Images stand in `tokens` as runs of image_token_id. Throws Error when the runs and
// the grids disagree (both numbers), naming `record_id`.
struct PromptPositions {
  std::vector<Position> positions;  // [L]
  int32_t next_position = 0;
};
PromptPositions mrope_positions(std::span<const int32_t> tokens, const std::vector<ImageGrid>& images,
                                const ModelConfig& model, const std::string& record_id);

}  // namespace crescent
