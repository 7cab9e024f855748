// What a person sees of a sweep under way: a table that is redrawn at a terminal, a line for each cell that ends when
// piped.
#pragma once

#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/json.hpp"

namespace crescent {

struct TableRow {
  std::string cell, state, error;
  int64_t step = 0;                // behind, of a running one
  std::optional<int64_t> to_step;  // where what is being trained ends
  size_t cells = 1;                // for how many cells it is trained
};

class SweepTable {  // [main-thread]
 public:
  explicit SweepTable(bool live, std::FILE* out = stdout) : live_(live), out_(out) {}
  // `results`: by cell, as in results.jsonl.
  void show(const std::vector<TableRow>& rows, const std::map<std::string, Json>& results);
  void end();  // what follows stands below it

 private:
  void erase();
  bool live_;
  std::FILE* out_;
  size_t drawn_ = 0;  // lines
  std::set<std::string> told_;
};

}  // namespace crescent
