// Subsets of the real line as intervals: normal forms, union, intersection, complement.
#pragma once

#include "core/answers/answer.hpp"

namespace crescent {

// Sorted, disjoint, merged where they touch, empty parts left out; nothing when two ends cannot be ordered.
std::optional<std::vector<Piece>> normal_region(std::vector<Piece> pieces, Expressions& e, Budget& budget);

// Both in normal form, as is the result.
std::optional<std::vector<Piece>> intersection(const std::vector<Piece>& a, const std::vector<Piece>& b, Expressions& e,
                                               Budget& budget);
std::vector<Piece> complement(const std::vector<Piece>& region);
bool same_region(const std::vector<Piece>& a, const std::vector<Piece>& b, Expressions& e, Budget& budget);

// The answer as a region: intervals, a pair that may be one, sets of constants. Nothing when it is none.
std::optional<std::vector<Piece>> as_region(const Answer& answer, Expressions& e, Budget& budget);

}  // namespace crescent
