// Choosing a few of many by place alone.
#pragma once

#include <cstddef>
#include <vector>

namespace crescent {

// `n` of the numbers 0 to count - 1, evenly spread, ascending, the first and the last among them; all where there are
// no more. One: the last.
inline std::vector<size_t> evenly_spread(size_t count, size_t n) {
  std::vector<size_t> chosen;
  if (count == 0 || n == 0) return chosen;
  if (n == 1) return {count - 1};
  if (n > count) n = count;
  for (size_t i = 0; i < n; ++i) chosen.push_back(n == 1 ? 0 : i * (count - 1) / (n - 1));
  return chosen;
}

}  // namespace crescent
