// Qwen2.5-VL's chat format: from messages whose text marks each image with "<image>" to tokens.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/text/tokenizer.hpp"

namespace crescent {

inline constexpr std::string_view kImageMark = "<image>";
inline constexpr std::string_view kDefaultSystemPrompt = "You are a helpful assistant.";

struct ChatMessage {
  std::string role;     // "system", "user" or "assistant"
  std::string content;  // text; each "<image>" stands for the next image
};

size_t count_image_marks(std::string_view text);

// The problem as one user turn. `system`: nullopt gives kDefaultSystemPrompt as Qwen's template does; "" gives an empty
// system block, as the template renders {"role": "system", "content": ""}.
std::vector<ChatMessage> problem_messages(std::string_view problem, const std::optional<std::string>& system);

// Immutable; any thread. Keeps a reference to the tokenizer, which must outlive it.
class ChatFormat {
 public:
  explicit ChatFormat(const Tokenizer& tokenizer);  // throws Error when a token of the format is not in the vocabulary

  // Tokens of the conversation and the opening of the assistant's turn. A conversation that does not start with a
  // system message gets the default one. `merged_patches`: per image, in the order of the marks, the number of
  // <|image_pad|> tokens it takes (>= 1). Throws Error at `record` when marks and images disagree in number, when a
  // text holds
  // <|image_pad|> or <|video_pad|>, for an unknown role, and for text that is not UTF-8.
  std::vector<int32_t> prompt_tokens(std::span<const ChatMessage> messages, std::span<const int32_t> merged_patches,
                                     const Place& record) const;
  // The same for one problem (problem_messages above).
  std::vector<int32_t> prompt_tokens(std::string_view problem, const std::optional<std::string>& system,
                                     std::span<const int32_t> merged_patches, const Place& record) const;

  // A response as the model should write it: tokenized apart from the prompt, then <|im_end|>, no newline.
  std::vector<int32_t> response_tokens(std::string_view response, const Place& record) const;

  // What prompt_tokens tokenizes: for logs, tests and people.
  std::string prompt_text(std::span<const ChatMessage> messages, std::span<const int32_t> merged_patches,
                          const Place& record) const;

  int32_t end_of_turn_id() const { return end_of_turn_id_; }  // <|im_end|>
  int32_t image_pad_id() const { return image_pad_id_; }

 private:
  const Tokenizer* tokenizer_;
  int32_t end_of_turn_id_, image_pad_id_;
};

// Throws Error unless the chat template of a model's folder (chat_template.json before chat_template.jinja before
// tokenizer_config.json) renders as ChatFormat does: other templates are not implemented.
void check_chat_template(const std::string& model_folder);

struct ThoughtSpan {
  int32_t begin = 0, end = 0;  // [begin, end) within the response
};

// Tokens strictly between the first <think> and the </think> after it, wherever token boundaries fall: a token that
// shares bytes with a tag is left out. All tokens when there is no such pair.
ThoughtSpan find_thoughts(const Tokenizer& tokenizer, std::span<const int32_t> response);

}  // namespace crescent
