// The value of an expression: exactly where it is rational, else as a ball that is certain to hold it (Arb: Johansson,
// "Arb: efficient arbitrary-precision midpoint-radius interval arithmetic", IEEE Trans. Computers 2017).
#pragma once

#include <vector>

#include "core/answers/expression.hpp"

namespace crescent {

// What one comparison may cost, in operations weighted by their precision. It counts work and not time, so that a
// verdict does not depend on the machine. Throws TooLarge when it is spent.
class Budget {
 public:
  void spend(int64_t units) {
    if ((left_ -= units) < 0) throw TooLarge();
  }

 private:
  int64_t left_ = 400'000;  // keeps the worst of tests/answers/adversarial_test.cpp under 50 ms
};

// A value for each symbol, [symbol_count]; a constant expression needs none.
using Point = std::vector<Rational>;

enum class Exact { value, irrational, undefined };  // irrational: or too large to be written out

// Exact::undefined: a division by zero, 0^0, a factorial of -1, ...
Exact evaluate_exactly(const Expressions& e, NodeId id, Point& point, Budget& budget, Rational& out);

struct BallValue {
  Ball value;
  bool left_reals = false;        // a part that is written over the reals had no real value: \sqrt{-1}, \ln(-2)
  bool hopeless = false;          // too large or too small to be computed: no precision helps
  int64_t smallest_exponent = 0;  // 2^smallest_exponent is below every part that is not zero, and at most 1
};

// False: undefined, `hopeless`, or no finite ball at this precision.
bool evaluate_ball(const Expressions& e, NodeId id, Point& point, slong precision_bits, Budget& budget, BallValue& out);

}  // namespace crescent
