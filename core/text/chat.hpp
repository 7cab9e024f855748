// A model's chat format: from messages whose text marks each image with "<image>" to tokens, by its chat template.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/text/chat_template.hpp"
#include "core/text/tokenizer.hpp"

namespace crescent {

inline constexpr std::string_view kImageMark = "<image>";

struct ChatMessage {
  std::string role;     // "system", "user" or "assistant"
  std::string content;  // text; each "<image>" stands for the next image
};

size_t count_image_marks(std::string_view text);

// The problem as one user turn. `system`: nullopt leaves it to the template, which may put a prompt of its own; ""
// gives an empty system block, as the template renders {"role": "system", "content": ""}.
std::vector<ChatMessage> problem_messages(std::string_view problem, const std::optional<std::string>& system);

// Immutable; any thread. Keeps a reference to the tokenizer, which must outlive it.
class ChatFormat {
 public:
  // Throws Error when the template cannot render a plain conversation, and when what closes an assistant's message
  // there is no added token of the tokenizer.
  ChatFormat(const Tokenizer& tokenizer, ChatTemplate chat_template);

  // Tokens of the conversation and the opening of the assistant's turn. `merged_patches`: per image, in the order of
  // the marks, the number of <|image_pad|> tokens it takes (>= 1). Throws Error at `record` when marks and images
  // disagree in number, for images where the vocabulary or the template has none, when a text holds <|image_pad|> or
  // <|video_pad|> (where they are tokens), for an unknown role, for text that is not UTF-8, and when the template
  // raises.
  std::vector<int32_t> prompt_tokens(std::span<const ChatMessage> messages, std::span<const int32_t> merged_patches,
                                     const Place& record) const;
  // The same for one problem (problem_messages above).
  std::vector<int32_t> prompt_tokens(std::string_view problem, const std::optional<std::string>& system,
                                     std::span<const int32_t> merged_patches, const Place& record) const;

  // A response as the model should write it: tokenized apart from the prompt, then the end of the turn, no newline.
  std::vector<int32_t> response_tokens(std::string_view response, const Place& record) const;

  // What prompt_tokens tokenizes: for logs, tests and people.
  std::string prompt_text(std::span<const ChatMessage> messages, std::span<const int32_t> merged_patches,
                          const Place& record) const;

  // The token with which the template closes an assistant's message: <|im_end|> in Qwen's and SmolLM2's.
  int32_t end_of_turn_id() const { return end_of_turn_id_; }

 private:
  void check_text(std::string_view what, std::string_view text, const Place& record) const;
  void check_messages(std::span<const ChatMessage> messages, std::span<const int32_t> merged_patches,
                      const Place& record) const;
  std::string render(std::span<const ChatMessage> messages, bool add_generation_prompt) const;
  int32_t find_end_of_turn() const;
  std::string find_why_no_images() const;

  const Tokenizer* tokenizer_;
  ChatTemplate template_;
  std::vector<std::string_view> forbidden_;  // tokens that no text may hold
  int32_t end_of_turn_id_;
  std::string why_no_images_;  // "" when the model takes images
};

struct ThoughtSpan {
  int32_t begin = 0, end = 0;  // [begin, end) within the response
};

// Tokens strictly between the first <think> and the </think> after it, wherever token boundaries fall: a token that
// shares bytes with a tag is left out. All tokens when there is no such pair.
ThoughtSpan find_thoughts(const Tokenizer& tokenizer, std::span<const int32_t> response);

}  // namespace crescent
