#include "core/text/chat.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "core/base/files.hpp"
#include "core/base/json.hpp"

using namespace crescent;

using Ids = std::vector<int32_t>;

static const std::string kTinyVl = CRESCENT_SOURCE_DIR "/models/tiny-vl";

static std::string error_of(const auto& action) {
  try {
    action();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

static std::vector<ChatMessage> messages_of(const Json& json) {
  std::vector<ChatMessage> messages;
  for (const Json& m : json) messages.push_back({m[0].get<std::string>(), m[1].get<std::string>()});
  return messages;
}

TEST_CASE("conversations equal those of transformers' processor, text and ids") {
  const Tokenizer tokenizer = Tokenizer::load(kTinyVl);
  const ChatFormat chat(tokenizer);
  const Json golden = read_json_file(CRESCENT_SOURCE_DIR "/tests/golden/text_chat.json");
  for (const Json& c : golden["prompts"]) {
    const std::vector<ChatMessage> messages = messages_of(c["messages"]);
    const auto merged = c["merged_patches"].get<Ids>();
    CAPTURE(c["messages"].dump());
    CHECK(chat.prompt_text(messages, merged, {}) == c["text"].get<std::string>());
    CHECK(chat.prompt_tokens(messages, merged, {}) == c["tokens"].get<Ids>());
  }
  for (const Json& c : golden["responses"]) {
    CHECK(chat.response_tokens(c["response"].get<std::string>(), {}) == c["tokens"].get<Ids>());
  }
  CHECK(golden["prompts"].size() == 11);
}

TEST_CASE("a problem has the default system prompt, its own, or an empty block") {
  const Tokenizer tokenizer = Tokenizer::load(kTinyVl);
  const ChatFormat chat(tokenizer);
  const auto text = [&](const std::optional<std::string>& system) {
    return chat.prompt_text(problem_messages("a ?", system), {}, {});
  };
  const std::string rest = "<|im_end|>\n<|im_start|>user\na ?<|im_end|>\n<|im_start|>assistant\n";
  CHECK(text(std::nullopt) == "<|im_start|>system\nYou are a helpful assistant." + rest);
  CHECK(text("Be brief.") == "<|im_start|>system\nBe brief." + rest);
  CHECK(text("") == "<|im_start|>system\n" + rest);
  CHECK(chat.prompt_tokens("a ?", "", {}, {}) == tokenizer.encode(text("")));
}

TEST_CASE("image marks and images that disagree are an error that names the record") {
  const Tokenizer tokenizer = Tokenizer::load(kTinyVl);
  const ChatFormat chat(tokenizer);
  const Place record{"train.jsonl", 7};
  const auto error = [&](std::string_view problem, Ids merged) {
    return error_of([&] { chat.prompt_tokens(problem, "", merged, record); });
  };
  CHECK(error("<image><image>", {9}) == "train.jsonl:7: 2 <image> marks in the text, but 1 image");
  CHECK(error("<image>", {}) == "train.jsonl:7: 1 <image> mark in the text, but 0 images");
  CHECK(error("none", {9, 9}) == "train.jsonl:7: 0 <image> marks in the text, but 2 images");
  CHECK(error("<image>", {0}) == "train.jsonl:7: an image has 0 merged patches; at least 1 is needed");
  CHECK(error("<image>", {4}) == "no error");
}

TEST_CASE("control tokens of images in a text are an error that names the record") {
  const Tokenizer tokenizer = Tokenizer::load(kTinyVl);
  const ChatFormat chat(tokenizer);
  const Place record{"record \"shapes-12\"", 0};
  CHECK(error_of([&] { chat.prompt_tokens("look: <|image_pad|>", "", {}, record); }) ==
        "record \"shapes-12\": the user message holds the control token <|image_pad|>; mark an image's place with "
        "<image> "
        "instead");
  CHECK(error_of([&] {
          chat.prompt_tokens("a", "<|video_pad|>", {}, record);
        }).find("the system message holds the control token <|video_pad|>") != std::string::npos);
  CHECK(error_of([&] {
          chat.response_tokens("<|image_pad|>", record);
        }).find("the response holds the control token <|image_pad|>") != std::string::npos);
  CHECK(error_of([&] { chat.prompt_tokens("a\xFF", "", {}, record); }) ==
        "record \"shapes-12\": the user message is not UTF-8: byte 0xff at offset 1");
  const ChatMessage odd[] = {{"tool", "x"}};
  CHECK(error_of([&] { chat.prompt_tokens(odd, {}, record); }) ==
        "record \"shapes-12\": role \"tool\" of a message is not known; known: system, user, assistant");
}

static std::string thoughts(const Tokenizer& tokenizer, std::string_view response) {
  const Ids ids = tokenizer.encode(response);
  const ThoughtSpan span = find_thoughts(tokenizer, ids);
  return tokenizer.decode(std::span(ids).subspan(span.begin, span.end - span.begin), false);
}

TEST_CASE("thoughts lie strictly between the tags, or are the whole response") {
  const Tokenizer tokenizer = Tokenizer::load(kTinyVl);
  CHECK(thoughts(tokenizer, "<think>3+5=8</think><answer>8</answer><|im_end|>") == "3+5=8");
  CHECK(thoughts(tokenizer, "so <think>a</think> b <think>c</think>") == "a");
  CHECK(thoughts(tokenizer, "<think></think>x") == "");
  CHECK(thoughts(tokenizer, "no tags at all") == "no tags at all");
  CHECK(thoughts(tokenizer, "<think>cut off") == "<think>cut off");
  CHECK(thoughts(tokenizer, "</think>turned<think>") == "</think>turned<think>");
  CHECK(thoughts(tokenizer, "") == "");
}

TEST_CASE("thoughts are found when the tags are no tokens of their own") {
  Json file = read_json_file(kTinyVl + "/tokenizer.json");
  Json& added = file["added_tokens"];
  while (added.back()["content"] != "<|video_pad|>") added.erase(added.size() - 1);
  const std::string path = CRESCENT_BINARY_DIR "/untagged_tokenizer.json";
  write_file_atomically(path, file.dump());
  const Tokenizer tokenizer = Tokenizer::load(path);
  CHECK_FALSE(tokenizer.id_of("<think>").has_value());
  CHECK(thoughts(tokenizer, "<think>\n3+5=8\n</think>\n<answer>8</answer>") == "\n3+5=8\n");
}

TEST_CASE("a token that shares bytes with a tag is not part of the thoughts") {
  Json file = read_json_file(kTinyVl + "/tokenizer.json");
  while (file["added_tokens"].back()["content"] != "<|video_pad|>")
    file["added_tokens"].erase(file["added_tokens"].size() - 1);
  file["model"]["vocab"][">\u010A"] = 400;  // ">\n" as Qwen's own vocabulary has it
  file["model"]["merges"].push_back({">", "\u010A"});
  const std::string path = CRESCENT_BINARY_DIR "/sharing_tokenizer.json";
  write_file_atomically(path, file.dump());
  CHECK(thoughts(Tokenizer::load(path), "<think>\n3+5=8\n</think>\n") == "3+5=8\n");
}

// The error of a folder with these files, without the folder's path.
static std::string template_error(const std::vector<std::pair<std::string, std::string>>& files) {
  const std::string folder = CRESCENT_BINARY_DIR "/template_folder";
  std::filesystem::remove_all(folder);
  make_folders(folder);
  for (const auto& [name, content] : files) write_file_atomically(folder + "/" + name, content);
  const std::string error = error_of([&] { check_chat_template(folder); });
  return error.starts_with(folder) ? error.substr(folder.size()) : error;
}

TEST_CASE("the chat template of a model must be the one that is rendered") {
  CHECK_NOTHROW(check_chat_template(kTinyVl));
  const Json qwen = read_json_file(kTinyVl + "/chat_template.json");
  auto text = qwen["chat_template"].get<std::string>();
  CHECK(template_error({{"chat_template.jinja", text + "\n"}}) == "no error");
  CHECK(template_error({{"tokenizer_config.json", Json{{"chat_template", text}}.dump()}}) == "no error");
  CHECK(template_error({{"chat_template.json", qwen.dump()}, {"chat_template.jinja", "other"}}) == "no error");
  CHECK(template_error({{"chat_template.jinja", "other"}}) ==
        "/chat_template.jinja: this chat template is not Qwen2.5-VL's, the only one implemented: where that has "
        "\"{% set image_count = namespace(value=0) %}\" it has \"other\"");
  CHECK(template_error({}) ==
        ": no chat template: expected chat_template.json, chat_template.jinja, or \"chat_template\" in "
        "tokenizer_config.json");
  CHECK(template_error({{"chat_template.jinja", "{% if x"}}) ==
        "/chat_template.jinja: a {% of the chat template is not closed");

  text.replace(text.find("helpful"), 7, "harmful");
  CHECK(template_error({{"chat_template.jinja", text}}).find("it has \"<|im_start|>system\\nYou are a harmful") !=
        std::string::npos);
}

TEST_CASE("a template laid out over lines is the same template, as Jinja trims blocks") {
  const Json qwen = read_json_file(kTinyVl + "/chat_template.json");
  const auto text = qwen["chat_template"].get<std::string>();
  std::string laid_out = "{# Qwen2.5-VL #}\n";
  for (size_t at = 0; at < text.size(); ++at) {
    if (text.substr(at, 2) == "{%" && (at == 0 || laid_out.back() == '\n')) laid_out += "    ";
    laid_out += text[at];
    if (text.substr(at, 2) == "%}") {
      laid_out += "}\n";
      ++at;
    }
  }
  CHECK(template_error({{"chat_template.jinja", laid_out}}) == "no error");
  laid_out.insert(laid_out.find("<|im_start|>"), " ");
  CHECK(template_error({{"chat_template.jinja", laid_out}}) != "no error");
}
