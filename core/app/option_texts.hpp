// Options as a command line gives them, name=value.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "core/config/value.hpp"
#include "core/script/experiment.hpp"

namespace crescent {

// Each text as what it looks like: true, 3, 0.5, a text; `parts` as a list.
Table guess_options(const Overrides& options);

// What `read` makes of the options. What a text means is for the option's type to say ("10" is a number, or the choice
// "10"), which only the reader knows: a text is read as what it looks like, and stays a text where that is a mistake
// and this is none. Throws the mistakes that are left (usage).
template <class Result>
Result read_option_texts(const Overrides& options, const std::function<Result(Table, Problems&)>& read) {
  Table table = guess_options(options);
  Problems problems;
  Result result = read(table, problems);
  for (const auto& [name, text] : options) {
    if (problems.empty()) break;
    Table other = table;
    other.set(name, Value(text, table.find(name)->place));
    Problems left;
    Result again = read(other, left);
    if (left.size() < problems.size()) table = std::move(other), result = std::move(again), problems = std::move(left);
  }
  problems.throw_if_any();
  return result;
}

}  // namespace crescent
