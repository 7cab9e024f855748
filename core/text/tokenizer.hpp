// Byte-level BPE read from a Hugging Face tokenizer.json of Qwen2, SmolLM2 or GPT-2: NFC or none, added tokens split
// first, one of the pre-tokenisations of pretokenize.hpp, merges by rank (Sennrich et al., 1508.07909, over bytes as
// GPT-2). Ids equal those of the reference library; what a file asks for beyond that is an error naming it, never
// ignored.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace crescent {

struct AddedToken {
  std::string text;
  int32_t id = 0;
  bool special = false;     // left out by decode(skip_special = true)
  bool normalized = false;  // looked for after NFC instead of before
};

// Immutable after load: any thread may call any method.
class Tokenizer {
 public:
  // `path`: a tokenizer.json or a folder that holds one. Throws Error for what is missing, malformed or not
  // implemented.
  static Tokenizer load(const std::string& path);
  ~Tokenizer();
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;

  // Added tokens inside `text` become their ids (as the reference does). Throws Error when `text` is not UTF-8, and for
  // a byte that the vocabulary lacks.
  std::vector<int32_t> encode(std::string_view text) const;

  // Always valid UTF-8: bytes that are not become U+FFFD. Ids without a token (an embedding's padding rows) give
  // nothing, as in the reference.
  std::string decode(std::span<const int32_t> tokens, bool skip_special) const;

  // The bytes of one token: decode() of a sequence is their concatenation. "" for ids without a token.
  std::string_view token_bytes(int32_t id) const;
  bool is_special(int32_t id) const;

  std::optional<int32_t> id_of(std::string_view token) const;  // as vocab spells it: an added token's text or "Ġred"
  int32_t require_id(std::string_view token) const;            // throws Error naming the token and the file
  int32_t vocab_size() const;                                  // largest id + 1
  const std::vector<AddedToken>& added_tokens() const;
  const std::string& path() const;

  // The first of `tokens` (texts of added tokens) that stands in `text`, or "": for text that must not hold control
  // tokens.
  static std::string_view find_any(std::string_view text, std::span<const std::string_view> tokens);

 private:
  struct State;
  explicit Tokenizer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace crescent
