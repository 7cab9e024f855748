// What core/text/unicode_tables.cpp (generated) holds. For core/text/unicode.cpp alone.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/text/unicode.hpp"

namespace crescent::unicode_tables {

struct ClassRange {
  char32_t first, last;
  CharClass char_class;
};
struct RankRange {  // canonical combining classes, numbered by rank from 1
  char32_t first, last;
  uint8_t rank;
};
struct Decomposition {  // full canonical decomposition: decomposed[offset, offset + count)
  char32_t code_point;
  uint16_t offset;
  uint8_t count;
};
struct Composition {  // primary composites, ascending by (first, second)
  char32_t first, second, composed;
};

extern const ClassRange classes[];
extern const size_t classes_size;
extern const RankRange ranks[];
extern const size_t ranks_size;
extern const Decomposition decompositions[];
extern const size_t decompositions_size;
extern const char32_t decomposed[];
extern const size_t decomposed_size;
extern const Composition compositions[];
extern const size_t compositions_size;

}  // namespace crescent::unicode_tables
