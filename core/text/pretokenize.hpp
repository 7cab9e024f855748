// Qwen2's pre-tokenisation: the pieces that byte-level BPE never merges across.
#pragma once

#include <cstddef>
#include <string_view>

namespace crescent {

// The pattern as tokenizer.json spells it.
inline constexpr std::string_view kQwen2Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

// Byte length (>= 1) of the piece at the start of `text`, which must be valid UTF-8 and not empty. A scanner written by
// hand: regex libraries of a distribution have older Unicode tables and read \s otherwise than the reference.
size_t qwen2_piece_length(std::string_view text);

}  // namespace crescent
