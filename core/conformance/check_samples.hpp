// The samples that rewards are checked with.
#pragma once

#include <span>
#include <vector>

#include "core/score/sample_line.hpp"

namespace crescent {

// Responses as a training run has them, right, wrong and cut short: what every reward must judge or pass over.
std::vector<SavedSample> ordinary_samples();
// What happens now and then: nothing at all, a megabyte, bytes that are not UTF-8, zeros, brackets without end. A
// reward may fail on those, with a reason.
std::vector<SavedSample> odd_samples();

std::vector<Sample> borrow_all(std::span<const SavedSample> samples);

}  // namespace crescent
