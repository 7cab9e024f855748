#include "core/text/chat.hpp"

#include <algorithm>
#include <array>

#include "core/text/unicode.hpp"

namespace crescent {

namespace {

constexpr std::string_view kTurnStart = "<|im_start|>", kTurnEnd = "<|im_end|>";
constexpr std::string_view kVisionStart = "<|vision_start|>", kVisionEnd = "<|vision_end|>";
constexpr std::string_view kImagePad = "<|image_pad|>", kVideoPad = "<|video_pad|>";

void check_text(std::string_view what, std::string_view text, const Place& record) {
  if (const size_t bad = find_invalid_utf8(text); bad != std::string_view::npos) {
    throw Error(fmt::format("{} is not UTF-8: byte {:#04x} at offset {}", what, static_cast<uint8_t>(text[bad]), bad),
                record, ErrorKind::usage);
  }
  static constexpr std::array kForbidden = {kImagePad, kVideoPad};
  if (const std::string_view token = Tokenizer::find_any(text, kForbidden); !token.empty()) {
    throw Error(
        fmt::format("{} holds the control token {}; mark an image's place with {} instead", what, token, kImageMark),
        record, ErrorKind::usage);
  }
}

void check_images(std::span<const ChatMessage> messages, std::span<const int32_t> merged_patches, const Place& record) {
  size_t marks = 0;
  for (const ChatMessage& m : messages) {
    if (m.role != "system" && m.role != "user" && m.role != "assistant") {
      throw Error(fmt::format("role \"{}\" of a message is not known; known: system, user, assistant", m.role), record,
                  ErrorKind::usage);
    }
    check_text(fmt::format("the {} message", m.role), m.content, record);
    marks += count_image_marks(m.content);
  }
  if (marks != merged_patches.size()) {
    throw Error(fmt::format("{} {} mark{} in the text, but {} image{}", marks, kImageMark, marks == 1 ? "" : "s",
                            merged_patches.size(), merged_patches.size() == 1 ? "" : "s"),
                record, ErrorKind::usage);
  }
  for (const int32_t n : merged_patches) {
    if (n < 1) throw Error(fmt::format("an image has {} merged patches; at least 1 is needed", n), record);
  }
}

// Text with each mark replaced by the vision tokens of the next image.
void append_content(std::string& out, std::string_view content, std::span<const int32_t>& merged_patches) {
  for (size_t mark; (mark = content.find(kImageMark)) != std::string_view::npos;) {
    out.append(content.substr(0, mark)).append(kVisionStart);
    for (int32_t i = 0; i < merged_patches.front(); ++i) out += kImagePad;
    out += kVisionEnd;
    merged_patches = merged_patches.subspan(1);
    content.remove_prefix(mark + kImageMark.size());
  }
  out += content;
}

}  // namespace

size_t count_image_marks(std::string_view text) {
  size_t count = 0;
  for (size_t at = 0; (at = text.find(kImageMark, at)) != std::string_view::npos; at += kImageMark.size()) ++count;
  return count;
}

std::vector<ChatMessage> problem_messages(std::string_view problem, const std::optional<std::string>& system) {
  return {{"system", system.value_or(std::string(kDefaultSystemPrompt))}, {"user", std::string(problem)}};
}

ChatFormat::ChatFormat(const Tokenizer& tokenizer)
    : tokenizer_(&tokenizer),
      end_of_turn_id_(tokenizer.require_id(kTurnEnd)),
      image_pad_id_(tokenizer.require_id(kImagePad)) {
  for (const std::string_view token : {kTurnStart, kVisionStart, kVisionEnd}) tokenizer.require_id(token);
}

std::string ChatFormat::prompt_text(std::span<const ChatMessage> messages, std::span<const int32_t> merged_patches,
                                    const Place& record) const {
  check_images(messages, merged_patches, record);
  std::string out;
  const auto turn = [&](std::string_view role, std::string_view content) {
    out.append(kTurnStart).append(role).append("\n");
    append_content(out, content, merged_patches);
    out.append(kTurnEnd).append("\n");
  };
  if (messages.empty() || messages.front().role != "system") turn("system", kDefaultSystemPrompt);
  for (const ChatMessage& m : messages) turn(m.role, m.content);
  return out.append(kTurnStart).append("assistant\n");
}

std::vector<int32_t> ChatFormat::prompt_tokens(std::span<const ChatMessage> messages,
                                               std::span<const int32_t> merged_patches, const Place& record) const {
  return tokenizer_->encode(prompt_text(messages, merged_patches, record));
}

std::vector<int32_t> ChatFormat::prompt_tokens(std::string_view problem, const std::optional<std::string>& system,
                                               std::span<const int32_t> merged_patches, const Place& record) const {
  return prompt_tokens(problem_messages(problem, system), merged_patches, record);
}

std::vector<int32_t> ChatFormat::response_tokens(std::string_view response, const Place& record) const {
  check_text("the response", response, record);
  std::vector<int32_t> tokens = tokenizer_->encode(response);
  tokens.push_back(end_of_turn_id_);
  return tokens;
}

ThoughtSpan find_thoughts(const Tokenizer& tokenizer, std::span<const int32_t> response) {
  constexpr std::string_view kOpen = "<think>", kClose = "</think>";
  std::string bytes;
  for (const int32_t id : response) bytes += tokenizer.token_bytes(id);
  ThoughtSpan all{0, static_cast<int32_t>(response.size())};
  const size_t open = bytes.find(kOpen);
  if (open == std::string::npos) return all;
  const size_t begin = open + kOpen.size(), end = bytes.find(kClose, begin);
  if (end == std::string::npos) return all;
  ThoughtSpan span{0, 0};
  size_t at = 0;  // byte at which the token starts
  for (int32_t i = 0; i < all.end; ++i) {
    const size_t after = at + tokenizer.token_bytes(response[i]).size();
    if (at < begin) span.begin = i + 1;
    if (after <= end) span.end = i + 1;
    at = after;
  }
  span.end = std::max(span.begin, span.end);
  return span;
}

}  // namespace crescent
