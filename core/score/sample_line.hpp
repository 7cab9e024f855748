// One response to be judged outside of a run, and its line of JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "core/flow/roles.hpp"

namespace crescent {

// A Sample that owns its text.
struct SavedSample {
  std::string id;     // what the line of its score is known by
  std::string label;  // where it is from, for people: "samples.jsonl:7"
  std::string prompt, response, gold, columns_json = "{}", phase;
  uint64_t group = 0;
  uint32_t index = 0;   // within the group, from 0
  uint32_t tokens = 0;  // 0: not known
  FinishReason finish = FinishReason::stop;
  int64_t step = 0;
  // Of a response that a run sampled: where in the run. Their scores' lines say it too.
  struct Origin {
    int64_t step = 0, visit = 0, sample = 0;
    View view = View::image;
  };
  bool from_run = false;
  Origin origin;

  Sample borrow() const;  // valid as long as this
};

// {"id", "response"} and, where a reward looks at them: "gold" or "answer"; "prompt" or "problem"; "tokens" (a number,
// or the list of them), "finish" ("stop" | "length"), "phase", "step", "group", "index" (from 0). Everything else is a
// column. An id or answer may be a number, and is the text that it is written as. Throws a usage Error at `place` on
// anything else, on a key that is there twice, and on a number of a column that has too many digits to be kept.
SavedSample read_sample_line(std::string_view line, const Place& place);

}  // namespace crescent
