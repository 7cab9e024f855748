// Pre-tokenisation: the pieces that byte-level BPE never merges across, as Qwen2, GPT-2 and SmolLM2 cut them.
#pragma once

#include <cstddef>
#include <string_view>

namespace crescent {

// The pattern as tokenizer.json spells it.
inline constexpr std::string_view kQwen2Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

enum class PreTokenizer {
  qwen2,    // Split by kQwen2Pattern: Qwen2, Qwen2.5, Qwen2.5-VL
  gpt2,     // 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+   (ByteLevel with use_regex)
  smollm2,  // each \p{N} apart, GPT-2's pattern on what lies between (Digits with individual_digits, then ByteLevel)
};

// Byte length (>= 1) of the piece at the start of `text`, which must be valid UTF-8 and not empty. Scanners written by
// hand: regex libraries of a distribution have older Unicode tables and read \s otherwise than the reference.
size_t piece_length(PreTokenizer pre_tokenizer, std::string_view text);

}  // namespace crescent
