// A response as a JSON object, and the JSON object that judges it: what programs, Python functions and addresses see.
// docs/outside_rewards.md is its documentation.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/flow/roles.hpp"

namespace crescent {

// One line without its end: {"id": id, "batch_size": n, "prompt": ..., "response": ..., "gold": ..., "columns": {...},
// ...}.
std::string sample_json(const Sample& sample, uint64_t id, size_t batch_size);

struct JsonVerdict {
  uint64_t id = 0;
  Score score;
};

// {"id": n, "score": x or null, "parts": {...}} or {"id": n, "error": "..."}. A score that is null does not apply; one
// that is no finite number, or parts that are not declared, fail the sample. `who` begins errors of the sample:
// `reward "judge"`. Throws Error when the text is no such object. `needs_id`: false where an answer belongs to its
// question anyway.
JsonVerdict read_verdict(std::string_view text, const std::vector<std::string>& parts, bool needs_id);

}  // namespace crescent
