// What rendering a template costs, with an end: templates come from strangers.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/error.hpp"

namespace crescent::jinja {

struct Limits {
  int64_t steps = 2'000'000;          // expressions, statements and list items visited
  int64_t bytes = int64_t{64} << 20;  // of text made, searched and compared, all together
};

class Work {
 public:
  explicit Work(const Limits& limits) : limits_(limits), left_(limits) {}
  void step(size_t count = 1) {
    if ((left_.steps -= static_cast<int64_t>(count)) < 0) fail("rendering takes more than {} steps", limits_.steps);
  }
  void bytes(size_t count) {
    if ((left_.bytes -= static_cast<int64_t>(count)) < 0)
      fail("rendering makes or reads more than {} bytes of text", limits_.bytes);
  }

 private:
  Limits limits_, left_;
};

}  // namespace crescent::jinja
