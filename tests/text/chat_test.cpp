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
  const ChatFormat chat(tokenizer, ChatTemplate::load(kTinyVl));
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
  const ChatFormat chat(tokenizer, ChatTemplate::load(kTinyVl));
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
  const ChatFormat chat(tokenizer, ChatTemplate::load(kTinyVl));
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
  const ChatFormat chat(tokenizer, ChatTemplate::load(kTinyVl));
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

using Files = std::vector<std::pair<std::string, std::string>>;

static std::string folder_with(const Files& files) {
  const std::string folder = CRESCENT_BINARY_DIR "/template_folder";
  std::filesystem::remove_all(folder);
  make_folders(folder);
  for (const auto& [name, content] : files) write_file_atomically(folder + "/" + name, content);
  return folder;
}

static ChatTemplate template_of(const std::string& source) {
  return ChatTemplate::load(folder_with({{"chat_template.jinja", source}}));
}

TEST_CASE("the templates of Qwen2, Qwen2.5, Qwen2.5-VL and SmolLM2 give the prompts that transformers gives") {
  const Tokenizer tokenizer = Tokenizer::load(kTinyVl);
  const std::string golden = CRESCENT_SOURCE_DIR "/tests/golden/chat_templates";
  const Json conversations = read_json_file(golden + ".json")["conversations"];
  size_t prompts = 0;
  for (const char* name : {"qwen2", "qwen2.5", "qwen2.5-vl", "smollm2"}) {
    const ChatFormat chat(tokenizer, template_of(read_file(golden + "/" + name + ".jinja")));
    CHECK(chat.end_of_turn_id() == tokenizer.require_id("<|im_end|>"));
    for (const Json& c : conversations) {
      if (!c["tools"].is_null() || !c["texts"].contains(name) || !c["messages"][0]["content"].is_string()) continue;
      std::vector<ChatMessage> messages;
      for (const Json& m : c["messages"]) {
        if (m["content"].is_string()) messages.push_back({m["role"], m["content"]});
      }
      if (messages.size() != c["messages"].size()) continue;
      CAPTURE(c["messages"].dump());
      CHECK(chat.prompt_text(messages, {}, {}) == c["texts"][name][0].get<std::string>());
      ++prompts;
    }
  }
  CHECK(prompts == 4 * 6);
}

TEST_CASE("without a system prompt the template puts its own, and an empty one is what the template makes of it") {
  const Tokenizer tokenizer = Tokenizer::load(kTinyVl);
  const auto text = [&](const char* name, const std::optional<std::string>& system) {
    const ChatFormat chat(
        tokenizer,
        template_of(read_file(fmt::format("{}/tests/golden/chat_templates/{}.jinja", CRESCENT_SOURCE_DIR, name))));
    return chat.prompt_text(problem_messages("a", system), {}, {});
  };
  const std::string rest = "<|im_end|>\n<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n";
  CHECK(text("qwen2", std::nullopt) == "<|im_start|>system\nYou are a helpful assistant." + rest);
  CHECK(text("qwen2.5", std::nullopt) ==
        "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant." + rest);
  CHECK(text("smollm2", std::nullopt) ==
        "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face" + rest);
  CHECK(text("smollm2", "") == "<|im_start|>system\n" + rest);
}

TEST_CASE("a model whose template or vocabulary has no images takes none, and says why at the record") {
  const Tokenizer tokenizer = Tokenizer::load(kTinyVl);
  const auto error = [](const ChatFormat& chat) {
    return error_of([&] { chat.prompt_tokens("<image>a", std::nullopt, Ids{4}, {"train.jsonl", 7}); });
  };
  const std::string smollm2 = read_file(CRESCENT_SOURCE_DIR "/tests/golden/chat_templates/smollm2.jinja");
  const std::string found = error(ChatFormat(tokenizer, template_of(smollm2)));
  CHECK(found.starts_with("train.jsonl:7: the model takes no images: "));
  CHECK(found.ends_with("/template_folder/chat_template.jinja:4: a str and a list cannot be added"));
  const std::string silent =
      "{% for m in messages %}{% if m.content is string %}{{ m.content }}{% endif %}<|im_end|>{% endfor %}";
  CHECK(error(ChatFormat(tokenizer, template_of(silent))) ==
        "train.jsonl:7: the model takes no images: its chat template renders 0 <|image_pad|> for one");

  Json file = read_json_file(kTinyVl + "/tokenizer.json");
  for (Json& token : file["added_tokens"]) {
    if (token["content"] == "<|image_pad|>") token["content"] = "<|unused|>";
  }
  const std::string path = CRESCENT_BINARY_DIR "/text_tokenizer.json";
  write_file_atomically(path, file.dump());
  const Tokenizer of_text = Tokenizer::load(path);
  const ChatFormat text_model(of_text, ChatTemplate::load(kTinyVl));
  CHECK(error(text_model) == "train.jsonl:7: the model takes no images: its vocabulary has no <|image_pad|>");
  CHECK(text_model.prompt_text(problem_messages("<|image_pad|>", ""), {}, {}).find("<|image_pad|>") !=
        std::string::npos);  // plain text to this model
}

TEST_CASE("what a template refuses or renders wrongly is an error at the record with the template's line") {
  const Tokenizer tokenizer = Tokenizer::load(kTinyVl);
  const std::string turns = "{% for m in messages %}{{ m.role }}\n{{ m.content }}<|im_end|>{% endfor %}";
  const ChatFormat strict(tokenizer, template_of("{% if messages[0].role == 'system' %}\n"
                                                 "{{ raise_exception('no system role, ' ~ eos_token ~ '!') }}"
                                                 "{% endif %}" +
                                                 turns));
  CHECK(error_of([&] {
          strict.prompt_text(problem_messages("a", "b"), {}, {"record \"r1\"", 0});
        }).ends_with("chat_template.jinja:2: the chat template refuses this: no system role, !"));
  const ChatFormat twice(tokenizer, template_of("{% for m in messages %}{% if m.content is string %}{{ m.content }}"
                                                "{% else %}{% for part in m.content %}{% if part.type == 'image' %}"
                                                "<|image_pad|>{% if loop.index == 2 %}<|image_pad|>{% endif %}"
                                                "{% endif %}{% endfor %}{% endif %}<|im_end|>{% endfor %}"));
  CHECK(twice.prompt_text(problem_messages("<image>", std::nullopt), Ids{2}, {}) ==
        "<|image_pad|><|image_pad|><|im_end|>");
  CHECK(error_of([&] {
          twice.prompt_text(problem_messages("<image><image>", std::nullopt), Ids{2, 2}, {});
        }).ends_with("chat_template.jinja renders 3 <|image_pad|> for 2 images"));
  CHECK(error_of([&] {
          ChatFormat(tokenizer, template_of("{% for m in messages %}{{ m.content }}</s>{% endfor %}"));
        }).find("closes an assistant's message with \"</s>\", which starts with no added token of ") !=
        std::string::npos);
  CHECK(error_of([&] {
          ChatFormat(tokenizer, template_of("hello"));
        }).ends_with("chat_template.jinja: the chat template leaves out what the assistant says"));
}

TEST_CASE("chat_template.json goes before chat_template.jinja before tokenizer_config.json, which names the tokens") {
  const Tokenizer tokenizer = Tokenizer::load(kTinyVl);
  const auto source = [](const std::string& mark) {
    return mark + "{{ bos_token }}{% for m in messages %}{{ m.content }}<|im_end|>{% endfor %}";
  };
  const auto text = [&](const Files& files) {
    const ChatFormat chat(tokenizer, ChatTemplate::load(folder_with(files)));
    return chat.prompt_text(problem_messages("a", std::nullopt), {}, {});
  };
  const std::pair<std::string, std::string> json = {"chat_template.json",
                                                    Json{{"chat_template", source("json")}}.dump()},
                                            jinja = {"chat_template.jinja", source("jinja")};
  Json config = {{"bos_token", {{"content", "<s>"}}}, {"add_bos_token", false}, {"chat_template", source("config")}};
  CHECK(text({json, jinja, {"tokenizer_config.json", config.dump()}}) == "json<s>a<|im_end|>");
  CHECK(text({jinja, {"tokenizer_config.json", config.dump()}}) == "jinja<s>a<|im_end|>");
  CHECK(text({{"tokenizer_config.json", config.dump()}}) == "config<s>a<|im_end|>");
  config["chat_template"] =
      Json::array({{{"name", "tool_use"}, {"template", "x"}}, {{"name", "default"}, {"template", source("default")}}});
  config["bos_token"] = "<b>";
  CHECK(text({{"tokenizer_config.json", config.dump()}}) == "default<b>a<|im_end|>");
  CHECK(text({jinja}) == "jinjaa<|im_end|>");
}

TEST_CASE("a folder without a template, and one with what is not implemented, are refused with file and line") {
  const auto error = [](const Files& files) {
    const std::string folder = folder_with(files), text = error_of([&] { ChatTemplate::load(folder); });
    return text.starts_with(folder) ? text.substr(folder.size()) : text;
  };
  CHECK(error({}) ==
        ": no chat template: expected chat_template.json, chat_template.jinja, or \"chat_template\" in "
        "tokenizer_config.json");
  CHECK(error({{"chat_template.jinja", "one\n{% if x"}}) == "/chat_template.jinja:2: a {% is not closed");
  CHECK(error({{"chat_template.jinja", "a\xFF"}}) == "/chat_template.jinja: is not UTF-8 at byte 1");
  CHECK(error({{"tokenizer_config.json", Json{{"chat_template", "one\ntwo\n{% macro f() %}"}}.dump()}}) ==
        "/tokenizer_config.json (chat_template):3: the tag \"macro\" is not implemented; if, for and set are");
  CHECK(error({{"tokenizer_config.json", R"({"chat_template": 3})"}}) ==
        "/tokenizer_config.json: \"chat_template\" must be a string, or a list with one named \"default\"");
}
