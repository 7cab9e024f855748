// Runs of rows handed out from a fixed range: first fit, lowest address first, neighbours merged when freed.
#pragma once

#include <cstdint>
#include <map>

namespace crescent {

class RowArena {
 public:
  explicit RowArena(int64_t capacity);
  int64_t take(int64_t rows);                   // start of the run; -1: no free run is long enough. rows >= 1
  void give_back(int64_t start, int64_t rows);  // exactly what take() handed out
  int64_t free_rows() const;

 private:
  std::map<int64_t, int64_t> free_;  // start -> length of each free run
};

}  // namespace crescent
