// What a Hugging Face tokenizer.json with byte-level BPE holds, checked. For core/text/tokenizer.cpp alone.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/text/pretokenize.hpp"
#include "core/text/tokenizer.hpp"

namespace crescent {

struct TokenizerFile {
  std::string path;
  std::unordered_map<std::string, int32_t> vocab;           // spelled in GPT-2's byte alphabet
  std::vector<std::pair<std::string, std::string>> merges;  // by rank
  std::vector<AddedToken> added;
  bool ignore_merges = false;  // a piece that is in the vocabulary is taken as it is
  bool nfc = false;
  PreTokenizer pre_tokenizer = PreTokenizer::qwen2;
};

// Throws Error naming whatever in the file is missing, malformed or not implemented.
TokenizerFile read_tokenizer_file(const std::string& path);

// GPT-2's alphabet: the code point that spells each byte in a vocabulary.
const std::array<char32_t, 256>& byte_alphabet();

// The bytes a vocabulary's spelling stands for; a spelling with a character outside the alphabet stands for itself.
std::string bytes_of_spelling(std::string_view spelling);

}  // namespace crescent
