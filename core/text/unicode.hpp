// Unicode as the Hugging Face `tokenizers` reference sees it (Unicode 16): classes, NFC, UTF-8. The tables are
// generated from that reference by scripts/dev/make_unicode_tables.py; libraries of a distribution are older and split
// some strings otherwise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace crescent {

enum class CharClass : uint8_t { other, letter, number, space };  // \p{L}, \p{N}, \s; disjoint

CharClass char_class(char32_t c);

// One code point of valid UTF-8 at `at`, which is moved past it. `text` must be valid UTF-8 and at < text.size().
char32_t next_code_point(std::string_view text, size_t& at);
void append_utf8(std::string& out, char32_t c);

// Byte of the first malformed sequence (overlong forms, surrogates and values past U+10FFFF included); npos when valid.
size_t find_invalid_utf8(std::string_view bytes);

// Each malformed sequence becomes one U+FFFD, by maximal subparts as Rust's from_utf8_lossy and the WHATWG decoder do.
std::string replace_invalid_utf8(std::string_view bytes);

// Normalization form C (UAX 15). `text` must be valid UTF-8.
std::string nfc(std::string_view text);

}  // namespace crescent
