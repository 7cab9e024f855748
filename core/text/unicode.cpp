#include "core/text/unicode.hpp"

#include <algorithm>
#include <vector>

#include "core/text/unicode_tables.hpp"

namespace crescent {

namespace {

namespace tables = unicode_tables;

// Hangul syllables are composed by arithmetic (Unicode, section 3.12).
constexpr char32_t kSyllables = 0xAC00, kLeading = 0x1100, kVowels = 0x1161, kTrailing = 0x11A7;
constexpr char32_t kLeadingCount = 19, kVowelCount = 21, kTrailingCount = 28, kSyllableCount = 11172;

// What the tables say, spread out over all code points.
struct Properties {
  std::vector<uint8_t> char_class, rank, unsettled;  // [0x110000]
};

void settle(Properties& p) {
  const auto mark = [&](char32_t c) { p.unsettled[c] = 1; };
  for (size_t i = 0; i < tables::decompositions_size; ++i) mark(tables::decompositions[i].code_point);
  // What composes back to itself is in normal form as long as nothing unsettled follows.
  for (size_t i = 0; i < tables::compositions_size; ++i) p.unsettled[tables::compositions[i].composed] = 0;
  for (size_t i = 0; i < tables::compositions_size; ++i) mark(tables::compositions[i].second);
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (p.rank[c] > 0) mark(c);
  }
  for (char32_t c = kVowels; c < kVowels + kVowelCount; ++c) mark(c);
  for (char32_t c = kTrailing + 1; c < kTrailing + kTrailingCount; ++c) mark(c);
}

const Properties& properties() {
  static const Properties built = [] {
    Properties p;
    p.char_class.assign(0x110000, 0);
    p.rank.assign(0x110000, 0);
    p.unsettled.assign(0x110000, 0);
    for (size_t i = 0; i < tables::classes_size; ++i) {
      const auto& range = tables::classes[i];
      for (char32_t c = range.first; c <= range.last; ++c) p.char_class[c] = static_cast<uint8_t>(range.char_class);
    }
    for (size_t i = 0; i < tables::ranks_size; ++i) {
      const auto& range = tables::ranks[i];
      for (char32_t c = range.first; c <= range.last; ++c) p.rank[c] = range.rank;
    }
    settle(p);
    return p;
  }();
  return built;
}

void append_decomposed(std::u32string& out, char32_t c) {
  if (c >= kSyllables && c < kSyllables + kSyllableCount) {
    const char32_t s = c - kSyllables;
    out += kLeading + s / (kVowelCount * kTrailingCount);
    out += kVowels + s % (kVowelCount * kTrailingCount) / kTrailingCount;
    if (s % kTrailingCount != 0) out += kTrailing + s % kTrailingCount;
    return;
  }
  const auto* end = tables::decompositions + tables::decompositions_size;
  const auto* found = std::lower_bound(tables::decompositions, end, c,
                                       [](const auto& d, char32_t value) { return d.code_point < value; });
  if (found == end || found->code_point != c) {
    out += c;
  } else {
    out.append(tables::decomposed + found->offset, found->count);
  }
}

// The primary composite of two code points, or 0.
char32_t compose(char32_t first, char32_t second) {
  if (first - kLeading < kLeadingCount && second - kVowels < kVowelCount) {
    return kSyllables + ((first - kLeading) * kVowelCount + (second - kVowels)) * kTrailingCount;
  }
  if (first - kSyllables < kSyllableCount && (first - kSyllables) % kTrailingCount == 0 && second > kTrailing &&
      second < kTrailing + kTrailingCount) {
    return first + (second - kTrailing);
  }
  const auto* end = tables::compositions + tables::compositions_size;
  const auto key = std::pair(first, second);
  const auto* found = std::lower_bound(tables::compositions, end, key, [](const auto& c, const auto& value) {
    return std::pair(c.first, c.second) < value;
  });
  return found != end && found->first == first && found->second == second ? found->composed : 0;
}

// Canonical ordering: each run of marks is sorted by combining class, equals keeping their order.
void order_marks(std::u32string& text, const std::vector<uint8_t>& rank) {
  for (size_t begin = 0; begin < text.size();) {
    if (rank[text[begin]] == 0) {
      ++begin;
      continue;
    }
    size_t end = begin;
    while (end < text.size() && rank[text[end]] > 0) ++end;
    std::stable_sort(text.begin() + begin, text.begin() + end,
                     [&](char32_t a, char32_t b) { return rank[a] < rank[b]; });
    begin = end;
  }
}

// Canonical composition in place (UAX 15, D117): a code point joins the last starter unless something between blocks
// it.
void compose_all(std::u32string& text, const std::vector<uint8_t>& rank) {
  size_t kept = 0, starter = std::u32string::npos;
  int last_rank = 0;  // of the last code point kept after the starter; 0 when there is none
  for (const char32_t c : text) {
    const int r = rank[c];
    const bool adjacent = starter != std::u32string::npos && starter + 1 == kept;
    if (starter != std::u32string::npos && (adjacent || last_rank < r)) {
      if (const char32_t composed = compose(text[starter], c)) {
        text[starter] = composed;
        continue;
      }
    }
    if (r == 0) starter = kept;
    last_rank = r;
    text[kept++] = c;
  }
  text.resize(kept);
}

// Length of the well-formed sequence at `at`, or minus the length of the maximal malformed subpart (Unicode, table
// 3-7).
int sequence_length(std::string_view bytes, size_t at) {
  const auto byte = [&](size_t i) { return i < bytes.size() ? static_cast<uint8_t>(bytes[i]) : 0; };
  const uint8_t lead = byte(at);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return -1;
  const int length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  const uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (byte(at + 1) < low || byte(at + 1) > high) return -1;
  for (int i = 2; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return -i;
  }
  return length;
}

}  // namespace

CharClass char_class(char32_t c) { return static_cast<CharClass>(properties().char_class[c]); }

char32_t next_code_point(std::string_view text, size_t& at) {
  const uint8_t lead = text[at++];
  if (lead < 0x80) return lead;
  const int more = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
  char32_t c = lead & (0x3F >> more);
  for (int i = 0; i < more; ++i) c = c << 6 | (static_cast<uint8_t>(text[at++]) & 0x3F);
  return c;
}

void append_utf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
  } else if (c < 0x10000) {
    out += {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3F)),
            static_cast<char>(0x80 | (c & 0x3F))};
  } else {
    out += {static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 0x3F)),
            static_cast<char>(0x80 | (c >> 6 & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
  }
}

size_t find_invalid_utf8(std::string_view bytes) {
  for (size_t at = 0; at < bytes.size();) {
    const int length = sequence_length(bytes, at);
    if (length < 0) return at;
    at += length;
  }
  return std::string_view::npos;
}

std::string replace_invalid_utf8(std::string_view bytes) {
  if (find_invalid_utf8(bytes) == std::string_view::npos) return std::string(bytes);
  std::string out;
  for (size_t at = 0; at < bytes.size();) {
    const int length = sequence_length(bytes, at);
    if (length > 0) {
      out.append(bytes, at, length);
    } else {
      out += "\xEF\xBF\xBD";
    }
    at += length > 0 ? length : -length;
  }
  return out;
}

std::string nfc(std::string_view text) {
  const Properties& known = properties();
  bool settled = true;
  for (size_t at = 0; at < text.size() && settled;) settled = !known.unsettled[next_code_point(text, at)];
  if (settled) return std::string(text);
  std::u32string code_points;
  for (size_t at = 0; at < text.size();) append_decomposed(code_points, next_code_point(text, at));
  order_marks(code_points, known.rank);
  compose_all(code_points, known.rank);
  std::string out;
  for (const char32_t c : code_points) append_utf8(out, c);
  return out;
}

}  // namespace crescent
