#include "core/text/chat.hpp"

#include <algorithm>
#include <array>

#include "core/text/unicode.hpp"

namespace crescent {

namespace {

constexpr std::string_view kImagePad = "<|image_pad|>", kVideoPad = "<|video_pad|>";

size_t count(std::string_view text, std::string_view part) {
  size_t found = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string_view::npos; at += part.size()) ++found;
  return found;
}

jinja::Value text_part(std::string_view text) {
  return jinja::Value::dict({{"type", jinja::Value::text("text")}, {"text", jinja::Value::text(std::string(text))}});
}

// A text without marks is itself; with them it is a list of parts, each mark an image.
jinja::Value content_of(std::string_view text) {
  size_t mark = text.find(kImageMark);
  if (mark == std::string_view::npos) return jinja::Value::text(std::string(text));
  std::vector<jinja::Value> parts;
  for (; mark != std::string_view::npos; mark = text.find(kImageMark)) {
    if (mark > 0) parts.push_back(text_part(text.substr(0, mark)));
    parts.push_back(jinja::Value::dict({{"type", jinja::Value::text("image")}}));
    text.remove_prefix(mark + kImageMark.size());
  }
  if (!text.empty()) parts.push_back(text_part(text));
  return jinja::Value::list(std::move(parts));
}

// The rendered text with each <|image_pad|> as often as its image has merged patches.
std::string with_patches(std::string_view text, std::span<const int32_t> merged_patches) {
  std::string out;
  for (const int32_t patches : merged_patches) {
    const size_t pad = text.find(kImagePad);
    out.append(text.substr(0, pad));
    for (int32_t i = 0; i < patches; ++i) out += kImagePad;
    text.remove_prefix(pad + kImagePad.size());
  }
  return out.append(text);
}

}  // namespace

size_t count_image_marks(std::string_view text) { return count(text, kImageMark); }

std::vector<ChatMessage> problem_messages(std::string_view problem, const std::optional<std::string>& system) {
  std::vector<ChatMessage> messages;
  if (system) messages.push_back({"system", *system});
  messages.push_back({"user", std::string(problem)});
  return messages;
}

ChatFormat::ChatFormat(const Tokenizer& tokenizer, ChatTemplate chat_template)
    : tokenizer_(&tokenizer), template_(std::move(chat_template)) {
  for (const std::string_view token : {kImagePad, kVideoPad}) {
    if (tokenizer.id_of(token)) forbidden_.push_back(token);
  }
  end_of_turn_id_ = find_end_of_turn();
  why_no_images_ = find_why_no_images();
}

int32_t ChatFormat::find_end_of_turn() const {
  static constexpr std::string_view kResponse = "a response";
  const ChatMessage messages[] = {{"user", "a question"}, {"assistant", std::string(kResponse)}};
  const std::string text = render(messages, /*add_generation_prompt=*/false);
  const size_t response = text.rfind(kResponse);
  if (response == std::string::npos)
    throw Error("the chat template leaves out what the assistant says", {template_.path});
  const std::string_view end = std::string_view(text).substr(response + kResponse.size());
  const AddedToken* closing = nullptr;  // the longest
  for (const AddedToken& token : tokenizer_->added_tokens()) {
    if (end.starts_with(token.text) && (closing == nullptr || token.text.size() > closing->text.size()))
      closing = &token;
  }
  if (closing != nullptr) return closing->id;
  throw Error(fmt::format("the chat template closes an assistant's message with \"{}\", which starts with no added "
                          "token of {}",
                          end, tokenizer_->path()),
              {template_.path});
}

std::string ChatFormat::find_why_no_images() const {
  if (!tokenizer_->id_of(kImagePad)) return fmt::format("its vocabulary has no {}", kImagePad);
  const ChatMessage message{"user", std::string(kImageMark)};
  try {
    const size_t pads = count(render({&message, 1}, /*add_generation_prompt=*/true), kImagePad);
    return pads == 1 ? "" : fmt::format("its chat template renders {} {} for one", pads, kImagePad);
  } catch (const Error& e) {  // templates of text models stumble over a message with parts
    return e.what();
  }
}

void ChatFormat::check_text(std::string_view what, std::string_view text, const Place& record) const {
  if (const size_t bad = find_invalid_utf8(text); bad != std::string_view::npos) {
    throw Error(fmt::format("{} is not UTF-8: byte {:#04x} at offset {}", what, static_cast<uint8_t>(text[bad]), bad),
                record, ErrorKind::usage);
  }
  if (const std::string_view token = Tokenizer::find_any(text, forbidden_); !token.empty()) {
    throw Error(
        fmt::format("{} holds the control token {}; mark an image's place with {} instead", what, token, kImageMark),
        record, ErrorKind::usage);
  }
}

void ChatFormat::check_messages(std::span<const ChatMessage> messages, std::span<const int32_t> merged_patches,
                                const Place& record) const {
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
  if (marks > 0 && !why_no_images_.empty())
    throw Error(fmt::format("the model takes no images: {}", why_no_images_), record, ErrorKind::usage);
  for (const int32_t n : merged_patches) {
    if (n < 1) throw Error(fmt::format("an image has {} merged patches; at least 1 is needed", n), record);
  }
}

std::string ChatFormat::render(std::span<const ChatMessage> messages, bool add_generation_prompt) const {
  std::vector<jinja::Value> turns;
  for (const ChatMessage& m : messages)
    turns.push_back(jinja::Value::dict({{"role", jinja::Value::text(m.role)}, {"content", content_of(m.content)}}));
  jinja::Dict variables = {{"messages", jinja::Value::list(std::move(turns))},
                           {"add_generation_prompt", jinja::Value::boolean(add_generation_prompt)},
                           {"tools", jinja::Value::none()},
                           {"documents", jinja::Value::none()}};
  variables.insert(variables.end(), template_.special_tokens.begin(), template_.special_tokens.end());
  return template_.jinja.render(variables);
}

std::string ChatFormat::prompt_text(std::span<const ChatMessage> messages, std::span<const int32_t> merged_patches,
                                    const Place& record) const {
  check_messages(messages, merged_patches, record);
  std::string text;
  try {
    text = render(messages, /*add_generation_prompt=*/true);
  } catch (const Error& e) {
    throw Error(e.what(), record, ErrorKind::usage);
  }
  if (merged_patches.empty()) return text;
  if (const size_t pads = count(text, kImagePad); pads != merged_patches.size()) {
    throw Error(fmt::format("the chat template {} renders {} {} for {} image{}", template_.path, pads, kImagePad,
                            merged_patches.size(), merged_patches.size() == 1 ? "" : "s"),
                record, ErrorKind::usage);
  }
  return with_patches(text, merged_patches);
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
