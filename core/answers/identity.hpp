// Whether two expressions are the same, by their values.
#pragma once

#include <optional>

#include "core/answers/evaluate.hpp"

namespace crescent {

// True when both have the same value wherever both have one. Constants are compared exactly where they are rational,
// else by balls whose precision grows until they part or agree to far below every part of either expression. With
// symbols, values are compared at random points, keyed by `key`; at points where a part leaves the reals nothing is
// compared as long as there are others. What the budget cannot decide is not the same.
bool same_expression(Expressions& e, NodeId a, NodeId b, uint64_t key, Budget& budget);

// Sign of a - b for constants without imaginary part; nothing when it cannot be told.
std::optional<int> compare_constants(Expressions& e, NodeId a, NodeId b, Budget& budget);

// Whether lhs_a = 0 and lhs_b = 0 say the same: one is a constant (not 0) times the other. `positive`: as for
// inequalities, only a positive constant counts.
bool proportional(Expressions& e, NodeId a, NodeId b, bool positive, uint64_t key, Budget& budget);

}  // namespace crescent
