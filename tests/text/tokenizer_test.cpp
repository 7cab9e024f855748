#include "core/text/tokenizer.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <functional>
#include <tuple>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/json.hpp"
#include "core/text/pretokenize.hpp"
#include "core/text/unicode.hpp"

using namespace crescent;

using Ids = std::vector<int32_t>;

static const std::string kGolden = CRESCENT_SOURCE_DIR "/tests/golden/";
static const std::string kTinyVl = CRESCENT_SOURCE_DIR "/models/tiny-vl";

// The committed cases, or those of a larger sample (tests/golden/text_tokenizer.py says how to make one).
static Json golden_cases() {
  const char* path = std::getenv("CRESCENT_TOKENIZER_CASES");
  return read_json_file(path != nullptr ? path : kGolden + "text_tokenizer_cases.json");
}

static Ids piece_lengths(PreTokenizer pre_tokenizer, std::string_view text) {
  Ids lengths;
  while (!text.empty()) {
    lengths.push_back(static_cast<int32_t>(piece_length(pre_tokenizer, text)));
    text.remove_prefix(lengths.back());
  }
  return lengths;
}

TEST_CASE("normal form, pieces, ids and decoding equal the reference's") {
  const Tokenizer tokenizer = Tokenizer::load(kGolden + "text_tokenizer");
  size_t texts = 0;
  for (const Json& c : golden_cases()) {
    const auto ids = c["ids"].get<Ids>();
    CHECK(tokenizer.decode(ids, true) == c["decoded"].get<std::string>());
    if (!c.contains("text")) continue;
    ++texts;
    const auto text = c["text"].get<std::string>();
    CAPTURE(text);
    CHECK(nfc(text) == c["nfc"].get<std::string>());
    CHECK(piece_lengths(PreTokenizer::qwen2, nfc(text)) == c["pieces"].get<Ids>());
    CHECK(tokenizer.encode(text) == ids);
  }
  CHECK(texts >= 300);
}

static const Json kByteLevel = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", true}};
static const Json kSmolLm2 = {
    {"type", "Sequence"},
    {"pretokenizers", Json::array({{{"type", "Digits"}, {"individual_digits", true}}, kByteLevel})}};

// The golden vocabulary, merges and added tokens with this pre_tokenizer and no normalizer.
static Tokenizer golden_with(const Json& pre_tokenizer) {
  Json file = read_json_file(kGolden + "text_tokenizer/tokenizer.json");
  file["normalizer"] = nullptr;
  file["pre_tokenizer"] = pre_tokenizer;
  const std::string path = CRESCENT_BINARY_DIR "/variant_tokenizer.json";
  write_file_atomically(path, file.dump());
  return Tokenizer::load(path);
}

TEST_CASE("pieces and ids of SmolLM2's and GPT-2's pre-tokenizers equal the reference's") {
  const std::tuple<const char*, PreTokenizer, Tokenizer> variants[] = {
      {"smollm2", PreTokenizer::smollm2, golden_with(kSmolLm2)}, {"gpt2", PreTokenizer::gpt2, golden_with(kByteLevel)}};
  size_t texts = 0;
  for (const Json& c : golden_cases()) {
    if (!c.contains("text")) continue;
    ++texts;
    const auto text = c["text"].get<std::string>();
    for (const auto& [name, pre_tokenizer, tokenizer] : variants) {
      CAPTURE(name);
      CAPTURE(text);
      CHECK(piece_lengths(pre_tokenizer, text) == c[name]["pieces"].get<Ids>());
      CHECK(tokenizer.encode(text) == c[name]["ids"].get<Ids>());
    }
  }
  CHECK(texts >= 300);
}

TEST_CASE("ids with a model's own vocabulary equal the reference's") {
  // tests/smoke/smollm2.sh names another folder than tiny-vl, with texts and their ids beside its tokenizer.json.
  const char* folder = std::getenv("CRESCENT_TOKENIZER_FOLDER");
  const Tokenizer tokenizer = Tokenizer::load(folder != nullptr ? folder : kTinyVl);
  const Json cases = folder != nullptr ? read_json_file(folder + std::string("/tokenizer_cases.json")) : golden_cases();
  const char* ids = folder != nullptr ? "ids" : "tiny_vl";
  size_t texts = 0;
  for (const Json& c : cases) {
    if (!c.contains(ids)) continue;
    ++texts;
    const auto text = c["text"].get<std::string>();
    CAPTURE(text);
    if (c[ids].is_null()) {  // the reference drops bytes that the vocabulary lacks; here that is an error
      CHECK_THROWS_WITH_AS(tokenizer.encode(text), doctest::Contains("model.vocab has no token for byte"), Error);
    } else {
      CHECK(tokenizer.encode(text) == c[ids].get<Ids>());
    }
  }
  CHECK(texts >= 20);
}

TEST_CASE("each word of the quickstart is one token of tiny-vl, bare and after a space") {
  const Tokenizer tokenizer = Tokenizer::load(kTinyVl);
  for (const char* word :
       {"red",       "green",     "blue",   "how",    "many",      "circles", "sum",   "of",      "the",
        "dice",      "bars",      "bar",    "height", "tallest",   "minus",   "plus",  "times",   "area",
        "perimeter", "rectangle", "wide",   "tall",   "row",       "empty",   "about", "caption", "describe",
        "image",     "given",     "system", "user",   "assistant", "?",       "."}) {
    CAPTURE(word);
    CHECK(tokenizer.encode(word).size() == 1);
    CHECK(tokenizer.encode(std::string(" ") + word).size() == 1);
  }
  CHECK(tokenizer.encode("<think>3+5=8</think><answer>8</answer><|im_end|>").size() == 11);
  CHECK(tokenizer.encode(" red blue1 empty0 red1=2").size() == 9);
  CHECK(tokenizer.encode("4x6=24;,.:-").size() == 11);
  CHECK(tokenizer.vocab_size() == 404);
}

TEST_CASE("tags are decoded, special tokens are left out on request") {
  const Tokenizer tokenizer = Tokenizer::load(kTinyVl);
  const Ids ids = tokenizer.encode("<think>8</think><|im_end|>");
  CHECK(tokenizer.decode(ids, true) == "<think>8</think>");
  CHECK(tokenizer.decode(ids, false) == "<think>8</think><|im_end|>");
  CHECK(tokenizer.is_special(tokenizer.require_id("<|im_end|>")));
  CHECK_FALSE(tokenizer.is_special(tokenizer.require_id("<think>")));
}

TEST_CASE("decoded text is UTF-8 even when a character is torn, and padding ids give nothing") {
  const Tokenizer tokenizer = Tokenizer::load(kTinyVl);
  Ids ids = tokenizer.encode("ä");
  CHECK(ids.size() == 2);
  ids.pop_back();
  CHECK(tokenizer.decode(ids, true) == "\uFFFD");
  CHECK(tokenizer.decode(Ids{-1, 404, 1 << 30}, false).empty());
}

TEST_CASE("a word of a hundred thousand bytes is merged in well under a second") {
  const Tokenizer tokenizer = Tokenizer::load(kGolden + "text_tokenizer");
  std::string word;
  for (size_t i = 0; i < 100'000; ++i) word += "etaoinshrdlu"[i * i % 12];
  const Ids ids = tokenizer.encode(word);
  CHECK(ids.size() < word.size());
  CHECK(tokenizer.decode(ids, false) == word);
}

static std::string error_of(const auto& action) {
  try {
    action();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

// Loads tiny-vl's file after `change` was made to it; returns the error's text without the path.
static std::string load_error(const std::function<void(Json&)>& change) {
  Json file = read_json_file(kTinyVl + "/tokenizer.json");
  change(file);
  const std::string path = CRESCENT_BINARY_DIR "/changed_tokenizer.json";
  write_file_atomically(path, file.dump());
  const std::string error = error_of([&] { Tokenizer::load(path); });
  const std::string prefix = path + ": ";
  return error.starts_with(prefix) ? error.substr(prefix.size()) : error;
}

TEST_CASE("what a tokenizer.json asks for and we do not implement is named") {
  CHECK(load_error([](Json& f) {
          f["normalizer"] = {{"type", "Lowercase"}};
        }) == "normalizer \"Lowercase\" is not implemented; NFC or none is");
  const auto with_pre_tokenizer = [](const Json& pre_tokenizer) {
    return load_error([&](Json& f) { f["pre_tokenizer"] = pre_tokenizer; });
  };
  CHECK(with_pre_tokenizer({{"type", "Metaspace"}}) ==
        "pre_tokenizer \"Metaspace\" is not implemented; Qwen2's Split + ByteLevel, SmolLM2's Digits + ByteLevel and "
        "GPT-2's ByteLevel are");
  CHECK(with_pre_tokenizer(nullptr).starts_with("pre_tokenizer \"null\" is not implemented; "));
  CHECK(with_pre_tokenizer(kSmolLm2) == "no error");
  Json digits = kSmolLm2;
  digits["pretokenizers"][0]["individual_digits"] = false;
  CHECK(with_pre_tokenizer(digits) == "pre_tokenizer \"Digits\" is implemented with individual_digits only");
  digits = kSmolLm2;
  digits["pretokenizers"][1]["use_regex"] = false;
  CHECK(with_pre_tokenizer(digits) == "pre_tokenizer \"Digits + ByteLevel\" is implemented with use_regex only");
  CHECK(
      load_error([](Json& f) {
        f["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = "\\w+";
      }).starts_with("pre_tokenizer \"Split\" has the pattern {\"Regex\":\"\\\\w+\"}; only Qwen2's is implemented: "));
  CHECK(load_error([](Json& f) { f["pre_tokenizer"]["pretokenizers"][1]["add_prefix_space"] = true; }) ==
        "pre_tokenizer \"ByteLevel\" with add_prefix_space is not implemented");
  CHECK(load_error([](Json& f) { f["pre_tokenizer"]["pretokenizers"][1]["use_regex"] = true; }) ==
        "pre_tokenizer \"Split + ByteLevel\" is implemented without use_regex only");
  CHECK(load_error([](Json& f) { f["model"]["type"] = "WordPiece"; }) ==
        "model \"WordPiece\" is not implemented; \"BPE\" is");
  CHECK(load_error([](Json& f) { f["model"]["byte_fallback"] = true; }) ==
        "model.byte_fallback is true; only false is implemented");
  CHECK(load_error([](Json& f) { f["model"]["dropout"] = 0.1; }) == "model.dropout is 0.1; only null is implemented");
  CHECK(load_error([](Json& f) { f["decoder"] = nullptr; }) == "decoder \"null\" is not implemented; \"ByteLevel\" is");
  CHECK(load_error([](Json& f) {
          f["post_processor"] = {{"type", "BertProcessing"}};
        }) == "post_processor \"BertProcessing\" is not implemented; \"ByteLevel\" or none is");
  const auto with_template = [](Json piece) {
    return load_error([&](Json& f) {
      f["post_processor"] = {{"type", "TemplateProcessing"}, {"single", Json::array({piece})}};
    });
  };
  CHECK(with_template({{"Sequence", {{"id", "A"}, {"type_id", 0}}}}) == "no error");  // as transformers 5 writes it
  CHECK(with_template({{"SpecialToken", {{"id", "<s>"}}}}) ==
        "post_processor \"TemplateProcessing\" adds tokens to a text, which is not implemented: "
        "[{\"SpecialToken\":{\"id\":\"<s>\"}}]");
  CHECK(load_error([](Json& f) { f["added_tokens"][0]["lstrip"] = true; }) ==
        "added_tokens: lstrip of \"<|endoftext|>\" is true; only false is implemented");
}

TEST_CASE("a malformed tokenizer.json is refused with what is wrong in it") {
  CHECK(load_error([](Json& f) { f["model"].erase("vocab"); }) == "model.vocab is missing or empty");
  CHECK(load_error([](Json& f) { f["model"]["vocab"]["!"] = 2; }) == "model.vocab: \"!\" and \"#\" share id 2");
  CHECK(load_error([](Json& f) { f["model"]["vocab"]["!"] = "0"; }) ==
        "model.vocab: the id of \"!\" must be an integer from 0 to 16777216, found \"0\"");
  CHECK(load_error([](Json& f) { f["model"]["merges"].push_back("x y z"); }) ==
        "model.merges[136] must be [\"left\", \"right\"] or \"left right\", found \"x y z\"");
  CHECK(load_error([](Json& f) {
          f["model"]["merges"].push_back({"x", "y"});
        }) == "model.merges[136] (\"x\" + \"y\") needs \"xy\", which model.vocab lacks");
  CHECK(load_error([](Json& f) { f["added_tokens"][0]["id"] = 5; }) ==
        "added_tokens: \"<|endoftext|>\" has id 5, but model.vocab or another added token says otherwise");
  const std::string broken = CRESCENT_BINARY_DIR "/broken_tokenizer.json";
  write_file_atomically(broken, "{\"model\": ");
  CHECK(error_of([&] { Tokenizer::load(broken); }).starts_with(broken + ": is not valid JSON at byte 11: "));
  CHECK(error_of([&] { Tokenizer::load("no/such/folder"); }).find("no/such/folder") != std::string::npos);
}

TEST_CASE("merges are read as pairs and as the strings of older files") {
  const Tokenizer pairs = Tokenizer::load(kTinyVl);
  Json file = read_json_file(kTinyVl + "/tokenizer.json");
  for (Json& merge : file["model"]["merges"]) merge = merge[0].get<std::string>() + " " + merge[1].get<std::string>();
  const std::string path = CRESCENT_BINARY_DIR "/string_merges_tokenizer.json";
  write_file_atomically(path, file.dump());
  const std::string text = "how many red circles ?";
  CHECK(Tokenizer::load(path).encode(text) == pairs.encode(text));
  CHECK(pairs.encode(text).size() == 5);
}

TEST_CASE("text that is not UTF-8 and bytes without a token are errors") {
  const Tokenizer tokenizer = Tokenizer::load(kTinyVl);
  CHECK(error_of([&] { tokenizer.encode("ab\xFFz"); }) == "text to tokenize is not UTF-8: byte 0xff at offset 2");
  CHECK(error_of([&] { tokenizer.require_id("<|nope|>"); }) ==
        kTinyVl + "/tokenizer.json: the vocabulary has no token \"<|nope|>\"");
  const std::string poor = CRESCENT_BINARY_DIR "/poor_tokenizer.json";
  Json file = read_json_file(kTinyVl + "/tokenizer.json");
  file["model"]["vocab"].erase("#");
  write_file_atomically(poor, file.dump());
  CHECK(error_of([&] { Tokenizer::load(poor).encode("a#"); }) ==
        poor + ": model.vocab has no token for byte 0x23 of \"#\"");
}
