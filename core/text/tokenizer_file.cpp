#include "core/text/tokenizer_file.hpp"

#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/text/unicode.hpp"

namespace crescent {

namespace {

// Not core/base/json.hpp's Json: keeping the order of 150,000 keys in it takes time quadratic in their number.
using Fields = nlohmann::json;

constexpr int32_t kMaxId = 1 << 24;  // tables are as long as the largest id

Fields parse(const std::string& path) {
  const std::string text = read_file(path);
  try {
    return Fields::parse(text);
  } catch (const Fields::parse_error& e) {
    throw Error(fmt::format("is not valid JSON at byte {}: {}", e.byte, e.what()), {path});
  }
}

const Fields& field(const Fields& object, const char* key, const Place& place) {
  static const Fields null;
  if (!object.is_object())
    throw Error(fmt::format("expected an object with \"{}\", found {}", key, object.dump()), place);
  const auto it = object.find(key);
  return it == object.end() ? null : *it;
}

std::string type_of(const Fields& component, const Place& place) {
  if (component.is_null()) return "null";
  const Fields& type = field(component, "type", place);
  return type.is_string() ? type.get<std::string>() : "without a type";
}

bool flag(const Fields& object, const char* key, bool fallback, const Place& place) {
  const Fields& value = field(object, key, place);
  if (value.is_null()) return fallback;
  if (!value.is_boolean()) throw Error(fmt::format("\"{}\" must be true or false, found {}", key, value.dump()), place);
  return value.get<bool>();
}

// A Sequence is its parts; anything else is itself.
std::vector<Fields> parts_of(const Fields& component, const char* parts_key, const Place& place) {
  if (component.is_null()) return {};
  if (type_of(component, place) != "Sequence") return {component};
  const Fields& parts = field(component, parts_key, place);
  if (!parts.is_array()) throw Error(fmt::format("a Sequence without \"{}\"", parts_key), place);
  return {parts.begin(), parts.end()};
}

bool read_normalizer(const Fields& normalizer, const Place& place) {
  bool nfc = false;
  for (const Fields& part : parts_of(normalizer, "normalizers", place)) {
    if (type_of(part, place) != "NFC") {
      throw Error(fmt::format("normalizer \"{}\" is not implemented; NFC or none is", type_of(part, place)), place);
    }
    nfc = true;
  }
  return nfc;
}

void check_split(const Fields& split, const Place& place) {
  const Fields& regex = field(field(split, "pattern", place), "Regex", place);
  if (!regex.is_string() || regex.get<std::string>() != kQwen2Pattern) {
    throw Error(fmt::format("pre_tokenizer \"Split\" has the pattern {}; only Qwen2's is implemented: {}",
                            field(split, "pattern", place).dump(), kQwen2Pattern),
                place);
  }
  const Fields& behavior = field(split, "behavior", place);
  if (behavior != "Isolated" || flag(split, "invert", false, place)) {
    throw Error(fmt::format("pre_tokenizer \"Split\" has behavior {} (invert {}); only \"Isolated\" without invert is "
                            "implemented",
                            behavior.dump(), field(split, "invert", place).dump()),
                place);
  }
}

void check_byte_level(const Fields& byte_level, bool use_regex, const std::string& found, const Place& place) {
  if (flag(byte_level, "add_prefix_space", true, place)) {
    throw Error("pre_tokenizer \"ByteLevel\" with add_prefix_space is not implemented", place);
  }
  if (flag(byte_level, "use_regex", true, place) != use_regex) {
    throw Error(
        fmt::format("pre_tokenizer \"{}\" is implemented {} use_regex only", found, use_regex ? "with" : "without"),
        place);
  }
}

PreTokenizer read_pre_tokenizer(const Fields& pre_tokenizer, const Place& place) {
  const std::vector<Fields> parts = parts_of(pre_tokenizer, "pretokenizers", place);
  std::string found;
  for (const Fields& part : parts) found += (found.empty() ? "" : " + ") + type_of(part, place);
  if (found == "Split + ByteLevel") {
    check_split(parts[0], place);
    check_byte_level(parts[1], false, found, place);
    return PreTokenizer::qwen2;
  }
  if (found == "ByteLevel") {
    check_byte_level(parts[0], true, found, place);
    return PreTokenizer::gpt2;
  }
  if (found == "Digits + ByteLevel") {
    if (!flag(parts[0], "individual_digits", false, place)) {
      throw Error("pre_tokenizer \"Digits\" is implemented with individual_digits only", place);
    }
    check_byte_level(parts[1], true, found, place);
    return PreTokenizer::smollm2;
  }
  throw Error(fmt::format("pre_tokenizer \"{}\" is not implemented; Qwen2's Split + ByteLevel, SmolLM2's Digits + "
                          "ByteLevel and GPT-2's ByteLevel are",
                          found.empty() ? "null" : found),
              place);
}

// Whatever adds no token: nothing, ByteLevel (it moves offsets only), or the empty template that transformers 5 writes.
void check_post_processor(const Fields& post_processor, const Place& place) {
  const std::string type = type_of(post_processor, place);
  if (type == "null" || type == "ByteLevel") return;
  if (type != "TemplateProcessing") {
    throw Error(fmt::format("post_processor \"{}\" is not implemented; \"ByteLevel\" or none is", type), place);
  }
  const Fields& single = field(post_processor, "single", place);
  if (!single.is_array() || single.size() != 1 || !single[0].contains("Sequence")) {
    throw Error(fmt::format("post_processor \"TemplateProcessing\" adds tokens to a text, which is not implemented: {}",
                            single.dump()),
                place);
  }
}

void check_type(const Fields& file, const char* key, const char* implemented, const Place& place) {
  const Fields& component = field(file, key, place);
  if (type_of(component, place) != implemented) {
    throw Error(fmt::format("{} \"{}\" is not implemented; \"{}\" is", key, type_of(component, place), implemented),
                place);
  }
}

void check_model_options(const Fields& model, const Place& place) {
  for (const char* key : {"dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"}) {
    const Fields& value = field(model, key, place);
    if (!value.is_null() && value != "" && !(value.is_number() && value == 0)) {
      throw Error(fmt::format("model.{} is {}; only null is implemented", key, value.dump()), place);
    }
  }
  if (flag(model, "byte_fallback", false, place))
    throw Error("model.byte_fallback is true; only false is implemented", place);
}

void read_vocab(const Fields& model, TokenizerFile& out, const Place& place) {
  const Fields& vocab = field(model, "vocab", place);
  if (!vocab.is_object() || vocab.empty()) throw Error("model.vocab is missing or empty", place);
  std::vector<const std::string*> by_id;
  out.vocab.reserve(vocab.size());
  for (auto it = vocab.begin(); it != vocab.end(); ++it) {
    const std::string& spelling = it.key();
    const Fields& id = it.value();
    if (!id.is_number_integer() || id < 0 || id > kMaxId) {
      throw Error(fmt::format("model.vocab: the id of \"{}\" must be an integer from 0 to {}, found {}", spelling,
                              kMaxId, id.dump()),
                  place);
    }
    const auto index = id.get<int32_t>();
    if (static_cast<size_t>(index) >= by_id.size()) by_id.resize(index + 1, nullptr);
    if (by_id[index] != nullptr) {
      throw Error(fmt::format("model.vocab: \"{}\" and \"{}\" share id {}", *by_id[index], spelling, index), place);
    }
    by_id[index] = &spelling;
    out.vocab.emplace(spelling, index);
  }
}

// ["a", "b"] in newer files, "a b" in older ones; no spelling in the byte alphabet holds a space.
std::pair<std::string, std::string> read_merge(const Fields& merge, size_t rank, const Place& place) {
  if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
    return {merge[0].get_ref<const std::string&>(), merge[1].get_ref<const std::string&>()};
  }
  if (merge.is_string()) {
    const auto text = merge.get<std::string>();
    const size_t space = text.find(' ');
    if (space != std::string::npos && text.find(' ', space + 1) == std::string::npos) {
      return {text.substr(0, space), text.substr(space + 1)};
    }
  }
  throw Error(
      fmt::format("model.merges[{}] must be [\"left\", \"right\"] or \"left right\", found {}", rank, merge.dump()),
      place);
}

AddedToken read_added_token(const Fields& token, const Place& place) {
  AddedToken out;
  const Fields& content = field(token, "content", place);
  const Fields& id = field(token, "id", place);
  if (!content.is_string() || content == "" || !id.is_number_integer() || id < 0 || id > kMaxId) {
    throw Error(fmt::format("added_tokens: expected an id and a content, found {}", token.dump()), place);
  }
  out.text = content.get<std::string>();
  out.id = id.get<int32_t>();
  out.special = flag(token, "special", false, place);
  out.normalized = flag(token, "normalized", !out.special, place);
  for (const char* key : {"lstrip", "rstrip", "single_word"}) {
    if (flag(token, key, false, place)) {
      throw Error(fmt::format("added_tokens: {} of \"{}\" is true; only false is implemented", key, out.text), place);
    }
  }
  return out;
}

}  // namespace

TokenizerFile read_tokenizer_file(const std::string& path) {
  const Place place{path, 0};
  const Fields file = parse(path);
  TokenizerFile out;
  out.path = path;
  out.nfc = read_normalizer(field(file, "normalizer", place), place);
  out.pre_tokenizer = read_pre_tokenizer(field(file, "pre_tokenizer", place), place);
  check_post_processor(field(file, "post_processor", place), place);
  check_type(file, "decoder", "ByteLevel", place);
  const Fields& model = field(file, "model", place);
  // Files before tokenizers 0.9 leave the type out.
  if (!model.is_object() || model.contains("type")) check_type(file, "model", "BPE", place);
  check_model_options(model, place);
  read_vocab(model, out, place);
  const Fields& merges = field(model, "merges", place);
  if (!merges.is_array()) throw Error("model.merges is missing", place);
  out.merges.reserve(merges.size());
  for (size_t rank = 0; rank < merges.size(); ++rank) out.merges.push_back(read_merge(merges[rank], rank, place));
  out.ignore_merges = flag(model, "ignore_merges", false, place);
  for (const Fields& token : field(file, "added_tokens", place)) out.added.push_back(read_added_token(token, place));
  return out;
}

const std::array<char32_t, 256>& byte_alphabet() {
  static const std::array<char32_t, 256> alphabet = [] {
    std::array<char32_t, 256> built{};
    char32_t next = 256;  // bytes that do not print are spelled by what follows Latin-1
    for (int b = 0; b < 256; ++b) {
      const bool prints = (b >= 33 && b <= 126) || (b >= 161 && b != 173);
      built[b] = prints ? static_cast<char32_t>(b) : next++;
    }
    return built;
  }();
  return alphabet;
}

std::string bytes_of_spelling(std::string_view spelling) {
  static const std::unordered_map<char32_t, char> byte_of = [] {
    std::unordered_map<char32_t, char> built;
    for (int b = 0; b < 256; ++b) built[byte_alphabet()[b]] = static_cast<char>(b);
    return built;
  }();
  std::string bytes;
  for (size_t at = 0; at < spelling.size();) {
    const auto found = byte_of.find(next_code_point(spelling, at));
    if (found == byte_of.end()) return std::string(spelling);
    bytes += found->second;
  }
  return bytes;
}

}  // namespace crescent
