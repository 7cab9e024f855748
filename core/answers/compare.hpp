// Whether two answers that were read say the same.
#pragma once

#include "core/answers/answer.hpp"

namespace crescent {

struct Comparison {
  Expressions& expressions;
  const AnswerPolicy& policy;
  Budget& budget;
  uint64_t key;  // of the random points
};

bool same_value(const Answer& given, const Answer& gold, const Comparison& c);

}  // namespace crescent
