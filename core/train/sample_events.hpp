// What TensorBoard shows of a run besides its metrics: a few held-out prompts with their pictures and responses, and
// how rewards and lengths are distributed over a batch.
#pragma once

#include <cstdint>
#include <span>

#include "core/data/record.hpp"
#include "core/flow/rollout.hpp"
#include "core/rundir/event_writer.hpp"
#include "core/train/evaluator.hpp"

namespace crescent {

// val/<view>/responses: text, in Markdown. With `pictures`, val/<view>/<record id>: the record's first picture, for
// the views that show it.
void write_samples(EventWriter& events, int64_t step, const Dataset& val, std::span<const ShownResponse> shown,
                   bool pictures);

// batch/reward (of the samples that have one) and batch/response_tokens: histograms.
void write_distributions(EventWriter& events, int64_t step, std::span<const ScoredGroup> groups);

}  // namespace crescent
