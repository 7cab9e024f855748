// Tokens of one expression into its tree.
#pragma once

#include "core/answers/policy.hpp"
#include "core/answers/token.hpp"

namespace crescent {

struct Parsed {
  NodeId node = kNoNode;    // kNoNode: the tokens are no expression
  bool plus_minus = false;  // it holds a \pm or \mp, each read by `sign`
};

// The whole of `tokens`, or nothing. `sign` (1 or -1) is what \pm stands for; \mp is its opposite. Ambiguous writing is
// no expression: numbers side by side, a whole number before an improper fraction. Throws TooLarge beyond the budgets.
Parsed parse_expression(Tokens tokens, Expressions& expressions, const AnswerPolicy& policy, int sign = 1);

}  // namespace crescent
