// What the model reads: prompts rendered to tokens, positions and patches, and packed batches of them without padding.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/tensor/segment.hpp"

namespace crescent {

struct ImageGrid {  // in patches of patch_size pixels, before the merger
  int64_t height = 0, width = 0;
};

using Position = std::array<int32_t, 3>;  // M-RoPE: temporal, height, width

// One prompt, ready for the model. Immutable once made; shared by the rollouts of its group.
struct RenderedPrompt {
  std::vector<int32_t> tokens;      // [L] the image_pad token stands once for each merged patch
  std::vector<Position> positions;  // [L]
  int32_t next_position = 0;        // of the first response token, on all three axes
  at::Tensor patches;               // [P, C*T*patch*patch] f32 on the CPU, all images in order; undefined: none
  std::vector<ImageGrid> images;
};

struct PackedInput {
  std::vector<int32_t> tokens;      // [N]
  std::vector<Position> positions;  // [N]
  std::vector<Segment> segments;    // cover the N rows in order, none empty
  at::Tensor patches;               // [P, C*T*patch*patch] f32; undefined: no image. Merged patches stand, in order, in
                                    // the rows of image_pad tokens of segments without a prefix
  std::vector<ImageGrid> images;
};

// Which log-probabilities are asked of a packed batch: row r of the hidden states predicts token t.
struct Targets {
  std::vector<int64_t> rows;              // [M]
  std::vector<int32_t> tokens;            // [M] response tokens, response after response
  std::vector<int64_t> response_lengths;  // [R] sums to M
};

struct PackedGroup {
  const RenderedPrompt* prompt = nullptr;
  std::vector<std::span<const int32_t>> responses;  // each at least one token
};

struct PackedBatch {
  PackedInput input;
  Targets targets;
};

// Packs each prompt once, followed by its responses, which share it as their prefix. The last token of a response
// predicts nothing and is left out of the rows. SFT packs groups of one response.
PackedBatch pack_groups(std::span<const PackedGroup> groups);

// Prompts alone, for prefill: one segment each.
PackedInput pack_prompts(std::span<const RenderedPrompt* const> prompts);

}  // namespace crescent
