#include "core/text/chat_template.hpp"

#include <filesystem>

#include "core/base/files.hpp"
#include "core/base/json.hpp"
#include "core/text/unicode.hpp"

namespace crescent {

namespace {

struct Source {
  std::string text;
  std::string path;  // "" when the folder has none
};

Source source_in(const Json& file, const std::string& path) {
  const auto it = file.find("chat_template");
  if (it == file.end() || it->is_null()) return {};
  const std::string place = path + " (chat_template)";  // lines are those of the template, not of the file
  if (it->is_string()) return {it->get<std::string>(), place};
  if (it->is_array()) {  // named templates
    for (const Json& named : *it) {
      if (named.value("name", "") == "default") return {named.value("template", ""), place};
    }
  }
  throw Error("\"chat_template\" must be a string, or a list with one named \"default\"", {path});
}

// "<|im_end|>" or {"content": "<|im_end|>", ...}; those without a text are left out, as transformers does.
jinja::Dict special_tokens_in(const Json& file) {
  jinja::Dict tokens;
  for (const auto& [key, token] : file.items()) {
    if (!key.ends_with("_token")) continue;
    const Json& text = token.is_object() && token.contains("content") ? token["content"] : token;
    if (text.is_string()) tokens.emplace_back(key, jinja::Value::text(text.get<std::string>()));
  }
  return tokens;
}

}  // namespace

ChatTemplate ChatTemplate::load(const std::string& folder) {
  const std::string json = folder + "/chat_template.json", jinja = folder + "/chat_template.jinja",
                    config = folder + "/tokenizer_config.json";
  const Json tokenizer_config = std::filesystem::exists(config) ? read_json_file(config) : Json::object();
  Source source;
  if (std::filesystem::exists(json)) source = source_in(read_json_file(json), json);
  if (source.path.empty() && std::filesystem::exists(jinja)) source = {read_file(jinja), jinja};
  if (source.path.empty()) source = source_in(tokenizer_config, config);
  if (source.path.empty()) {
    throw Error(
        "no chat template: expected chat_template.json, chat_template.jinja, or \"chat_template\" in "
        "tokenizer_config.json",
        {folder});
  }
  if (const size_t bad = find_invalid_utf8(source.text); bad != std::string::npos)
    throw Error(fmt::format("is not UTF-8 at byte {}", bad), {source.path});
  jinja::Template parsed(source.text, source.path);
  return {source.path, std::move(parsed), special_tokens_in(tokenizer_config)};
}

}  // namespace crescent
