// Trajectory Diversity Score: how much the thoughts of one prompt's rollouts differ (MMR1, technical report 2025-09-25,
// section 3 and appendix A.3), over token ids of the thoughts alone: no padding, no prompt. In [0, 1]; 0: all the same.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <vector>

#include "core/abi/crescent_plugin.h"

namespace crescent::plugin {

using Thoughts = std::vector<crescent_tokens>;  // one a rollout; at least two for a diversity

// Each n-gram of each sequence, with the sequence it is from; sorted by n-gram, then sequence.
struct NgramAt {
  std::array<int32_t, 3> ids;
  uint32_t sequence;
  bool operator<(const NgramAt& o) const { return ids != o.ids ? ids < o.ids : sequence < o.sequence; }
};

inline std::vector<NgramAt> sorted_ngrams(const Thoughts& thoughts, uint64_t n) {
  std::vector<NgramAt> all;
  for (uint32_t s = 0; s < thoughts.size(); ++s)
    for (uint64_t i = 0; i + n <= thoughts[s].size; ++i) {
      NgramAt at{{0, 0, 0}, s};
      std::copy_n(thoughts[s].ids + i, n, at.ids.begin());
      all.push_back(at);
    }
  std::sort(all.begin(), all.end());
  return all;
}

// For each sequence: how many of its n-grams the others have too, each at most as often as the one that has it most.
inline std::vector<double> clipped_matches(const Thoughts& thoughts, uint64_t n) {
  std::vector<double> matches(thoughts.size(), 0);
  const std::vector<NgramAt> all = sorted_ngrams(thoughts, n);
  std::vector<std::pair<uint32_t, uint64_t>> counts;  // (sequence, count) of one n-gram
  for (size_t i = 0; i < all.size();) {
    counts.clear();
    size_t j = i;
    for (; j < all.size() && all[j].ids == all[i].ids; ++j) {
      if (counts.empty() || counts.back().first != all[j].sequence) counts.emplace_back(all[j].sequence, 0);
      ++counts.back().second;
    }
    uint64_t most = 0, second = 0;
    uint32_t holder = 0;
    for (const auto& [sequence, count] : counts) {
      if (count > most) {
        second = most;
        most = count;
        holder = sequence;
      } else if (count > second) {
        second = count;
      }
    }
    for (const auto& [sequence, count] : counts)
      matches[sequence] += static_cast<double>(std::min(count, sequence == holder ? second : most));
    i = j;
  }
  return matches;
}

// exp(1 - r/c) for a response shorter than the nearest of the others (BLEU, Papineni et al. 2002, section 2.2).
inline double brevity_penalty(const Thoughts& thoughts, size_t self) {
  const double c = static_cast<double>(thoughts[self].size);
  double nearest = HUGE_VAL;
  for (size_t j = 0; j < thoughts.size(); ++j) {
    if (j == self) continue;
    const double r = static_cast<double>(thoughts[j].size);
    if (std::abs(r - c) < std::abs(nearest - c) || (std::abs(r - c) == std::abs(nearest - c) && r < nearest))
      nearest = r;
  }
  return c > nearest ? 1 : std::exp(1 - nearest / c);
}

// 1 - self-BLEU: the mean over responses of BLEU-1..3 with equal weights against all the others, zero counts smoothed
// to .1 (Chen and Cherry 2014, method 1). Orders longer than a response are left out of its mean, so that two equal
// short responses have BLEU 1.
inline double self_bleu_diversity(const Thoughts& thoughts) {
  const std::vector<double> matches[3] = {clipped_matches(thoughts, 1), clipped_matches(thoughts, 2),
                                          clipped_matches(thoughts, 3)};
  double sum = 0;
  for (size_t i = 0; i < thoughts.size(); ++i) {
    const uint64_t length = thoughts[i].size;
    if (length == 0) {
      const bool other_empty =
          std::count_if(thoughts.begin(), thoughts.end(), [](const crescent_tokens& t) { return t.size == 0; }) > 1;
      sum += other_empty ? 1 : 0;
      continue;
    }
    if (matches[0][i] == 0) continue;  // nothing in common: BLEU 0
    const uint64_t orders = std::min<uint64_t>(3, length);
    double log_precision = 0;
    for (uint64_t n = 1; n <= orders; ++n)
      log_precision +=
          std::log((matches[n - 1][i] > 0 ? matches[n - 1][i] : 0.1) / static_cast<double>(length - n + 1));
    sum += brevity_penalty(thoughts, i) * std::exp(log_precision / static_cast<double>(orders));
  }
  return 1 - sum / static_cast<double>(thoughts.size());
}

// Mean over n = 1, 2 of the share of distinct n-grams among all n-grams of the group (distinct-n, Li et al. 2016).
inline double distinct_diversity(const Thoughts& thoughts) {
  double sum = 0;
  for (uint64_t n = 1; n <= 2; ++n) {
    const std::vector<NgramAt> all = sorted_ngrams(thoughts, n);
    size_t distinct = 0;
    for (size_t i = 0; i < all.size(); ++i) distinct += i == 0 || all[i].ids != all[i - 1].ids;
    if (!all.empty()) sum += static_cast<double>(distinct) / static_cast<double>(all.size());
  }
  return sum / 2;
}

// Levenshtein distance in words of 64 rows (Myers 1999, blocks as Hyyro 2003): 4096 x 4096 tokens in a quarter of a
// million steps.
inline uint64_t edit_distance(const crescent_tokens& a, const crescent_tokens& b) {
  if (a.size == 0 || b.size == 0) return a.size + b.size;
  const uint64_t blocks = (a.size + 63) / 64;
  std::map<int32_t, std::vector<uint64_t>> rows_of;  // token -> rows of `a` that hold it
  for (uint64_t i = 0; i < a.size; ++i) {
    auto& rows = rows_of[a.ids[i]];
    if (rows.empty()) rows.resize(blocks, 0);
    rows[i / 64] |= uint64_t{1} << (i % 64);
  }
  const std::vector<uint64_t> none(blocks, 0);
  std::vector<uint64_t> up(blocks, ~uint64_t{0}), down(blocks, 0);  // vertical differences +1, -1
  const uint64_t last_row = uint64_t{1} << ((a.size - 1) % 64);
  uint64_t distance = a.size;
  for (uint64_t j = 0; j < b.size; ++j) {
    const auto found = rows_of.find(b.ids[j]);
    const std::vector<uint64_t>& equal = found == rows_of.end() ? none : found->second;
    uint64_t carry_up = 1, carry_down = 0;  // horizontal difference entering the block from above: the top row rises
    for (uint64_t k = 0; k < blocks; ++k) {
      const uint64_t vertical = equal[k] | down[k];
      const uint64_t match = equal[k] | carry_down;
      const uint64_t horizontal = (((match & up[k]) + up[k]) ^ up[k]) | match;
      uint64_t rise = down[k] | ~(horizontal | up[k]);
      uint64_t fall = up[k] & horizontal;
      if (k + 1 == blocks) {
        if (rise & last_row) ++distance;
        if (fall & last_row) --distance;
      }
      const uint64_t out_up = rise >> 63, out_down = fall >> 63;
      rise = rise << 1 | carry_up;
      fall = fall << 1 | carry_down;
      carry_up = out_up;
      carry_down = out_down;
      up[k] = fall | ~(vertical | rise);
      down[k] = rise & vertical;
    }
  }
  return distance;
}

// Mean over pairs of the squared edit distance, each divided by the longer length (MMR1, appendix A.3: any normalised
// distance in [0, 1]).
inline double edit_distance_diversity(const Thoughts& thoughts) {
  double sum = 0;
  uint64_t pairs = 0;
  for (size_t i = 0; i < thoughts.size(); ++i)
    for (size_t j = i + 1; j < thoughts.size(); ++j, ++pairs) {
      const uint64_t longer = std::max(thoughts[i].size, thoughts[j].size);
      const double d =
          longer == 0 ? 0 : static_cast<double>(edit_distance(thoughts[i], thoughts[j])) / static_cast<double>(longer);
      sum += d * d;
    }
  return pairs == 0 ? 0 : sum / static_cast<double>(pairs);
}

}  // namespace crescent::plugin
