// Is a model's chat template the one that ChatFormat renders? Templates are compared part by part after what Jinja's
// trim_blocks and lstrip_blocks (transformers sets both) make of their white space.
#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/base/files.hpp"
#include "core/base/json.hpp"
#include "core/text/chat.hpp"

namespace crescent {

namespace {

constexpr std::string_view kQwenTemplate =
    "{% set image_count = namespace(value=0) %}{% set video_count = namespace(value=0) %}"
    "{% for message in messages %}{% if loop.first and message['role'] != 'system' %}"
    "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n{% endif %}"
    "<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}<|im_end|>\n"
    "{% else %}{% for content in message['content'] %}"
    "{% if content['type'] == 'image' or 'image' in content or 'image_url' in content %}"
    "{% set image_count.value = image_count.value + 1 %}"
    "{% if add_vision_id %}Picture {{ image_count.value }}: {% endif %}"
    "<|vision_start|><|image_pad|><|vision_end|>"
    "{% elif content['type'] == 'video' or 'video' in content %}"
    "{% set video_count.value = video_count.value + 1 %}"
    "{% if add_vision_id %}Video {{ video_count.value }}: {% endif %}"
    "<|vision_start|><|video_pad|><|vision_end|>"
    "{% elif 'text' in content %}{{ content['text'] }}{% endif %}"
    "{% endfor %}<|im_end|>\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

constexpr std::string_view kBlank = " \t\r\n";

std::string_view trim_left(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
  return text;
}

std::string_view trim_right(std::string_view text) { return text.substr(0, text.find_last_not_of(kBlank) + 1); }

// White space between the words of a tag does not matter; within quotes it does.
std::string squeeze(std::string_view tag) {
  std::string out;
  char quote = 0;
  for (const char c : trim_left(trim_right(tag))) {
    const bool blank = quote == 0 && kBlank.find(c) != std::string_view::npos;
    if (blank && out.back() == ' ') continue;
    out += blank ? ' ' : c;
    if (quote != 0) {
      quote = c == quote ? 0 : quote;
    } else if (c == '\'' || c == '"') {
      quote = c;
    }
  }
  return out;
}

// The tag that starts at `at`: its opening and closing marks with white space control, and what lies between.
struct Tag {
  char kind;                       // '%', '{' or '#'
  bool strip_before, strip_after;  // {%- and -%}
  std::string_view inside;
  size_t end;
};

Tag read_tag(std::string_view text, size_t at, const Place& place) {
  Tag tag{};
  tag.kind = text[at + 1];
  const std::string close = {tag.kind == '{' ? '}' : tag.kind, '}'};
  const size_t end = text.find(close, at + 2);
  if (end == std::string_view::npos)
    throw Error(fmt::format("a {{{} of the chat template is not closed", tag.kind), place);
  tag.inside = text.substr(at + 2, end - at - 2);
  tag.end = end + 2;
  tag.strip_before = tag.inside.starts_with('-');
  tag.strip_after = tag.inside.ends_with('-');
  if (tag.strip_before) tag.inside.remove_prefix(1);
  if (tag.strip_after && !tag.inside.empty()) tag.inside.remove_suffix(1);
  return tag;
}

// lstrip_blocks: blanks between the start of a line and a block go.
std::string_view strip_line_start(std::string_view text, bool at_line_start) {
  const size_t last = text.find_last_not_of(" \t");
  if (last == std::string_view::npos) return at_line_start ? std::string_view() : text;
  return text[last] == '\n' ? text.substr(0, last + 1) : text;
}

// The template as a list of texts and tags, comments left out.
std::vector<std::string> template_parts(std::string_view text, const Place& place) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  std::vector<std::string> parts;
  std::string pending;
  const auto flush = [&] {
    if (!pending.empty()) parts.push_back(std::exchange(pending, ""));
  };
  bool strip_next = false, line_start = true;
  for (size_t at = 0; at < text.size();) {
    size_t open = at;
    while ((open = text.find('{', open)) != std::string_view::npos &&
           std::string_view("%{#").find(open + 1 < text.size() ? text[open + 1] : ' ') == std::string_view::npos) {
      ++open;
    }
    std::string_view between = text.substr(at, open == std::string_view::npos ? open : open - at);
    if (strip_next) between = trim_left(between);
    if (open == std::string_view::npos) {
      pending += between;
      break;
    }
    const Tag tag = read_tag(text, open, place);
    if (tag.strip_before) {
      between = trim_right(between);
    } else if (tag.kind != '{') {
      between = strip_line_start(between, line_start);
    }
    pending += between;
    if (tag.kind != '#') {
      flush();
      parts.push_back(fmt::format("{{{} {} {}}}", tag.kind, squeeze(tag.inside), tag.kind == '{' ? '}' : tag.kind));
    }
    at = tag.end;
    line_start = false;
    if (tag.kind != '{' && at < text.size() && text[at] == '\n') {  // trim_blocks
      ++at;
      line_start = true;
    }
    strip_next = tag.strip_after;
  }
  flush();
  return parts;
}

struct FoundTemplate {
  std::string text;
  std::string path;  // "" when the folder has none
};

FoundTemplate template_in(const Json& file, const std::string& path) {
  const auto it = file.find("chat_template");
  if (it == file.end() || it->is_null()) return {};
  if (it->is_string()) return {it->get<std::string>(), path};
  if (it->is_array()) {  // named templates
    for (const Json& named : *it) {
      if (named.value("name", "") == "default") return {named.value("template", ""), path};
    }
  }
  throw Error("\"chat_template\" must be a string, or a list with one named \"default\"", {path});
}

FoundTemplate find_template(const std::string& folder) {
  const std::string json = folder + "/chat_template.json", jinja = folder + "/chat_template.jinja",
                    config = folder + "/tokenizer_config.json";
  FoundTemplate found;
  if (std::filesystem::exists(json)) found = template_in(read_json_file(json), json);
  if (found.path.empty() && std::filesystem::exists(jinja)) found = {read_file(jinja), jinja};
  if (found.path.empty() && std::filesystem::exists(config)) found = template_in(read_json_file(config), config);
  return found;
}

}  // namespace

void check_chat_template(const std::string& model_folder) {
  const FoundTemplate found = find_template(model_folder);
  if (found.path.empty()) {
    throw Error(
        "no chat template: expected chat_template.json, chat_template.jinja, or \"chat_template\" in "
        "tokenizer_config.json",
        {model_folder});
  }
  const std::vector<std::string> expected = template_parts(kQwenTemplate, {});
  const std::vector<std::string> parts = template_parts(found.text, {found.path});
  const auto [mine, theirs] = std::mismatch(expected.begin(), expected.end(), parts.begin(), parts.end());
  if (mine == expected.end() && theirs == parts.end()) return;
  throw Error(
      fmt::format("this chat template is not Qwen2.5-VL's, the only one implemented: where that has {} it has {}",
                  mine == expected.end() ? "its end" : Json(*mine).dump(),
                  theirs == parts.end() ? "its end" : Json(*theirs).dump()),
      {found.path});
}

}  // namespace crescent
