// Trajectory Diversity Score: how much the thoughts of one prompt's rollouts differ (MMR1, technical report 2025-09-25,
// section 3 and appendix A.3), over token ids of the thoughts alone: no padding, no prompt. In [0, 1]; 0: all the same.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/abi/crescent_plugin.h"

namespace crescent::plugin {

using Thoughts = std::vector<crescent_tokens>;  // one a rollout; at least two for a diversity

// Gives equal keys equal numbers, 0, 1, 2, ... in the order they first come: a hash table of open addresses.
class Numbering {
 public:
  explicit Numbering(uint64_t most) {
    uint64_t size = 16;
    while (size < 2 * most) size *= 2;
    keys_.resize(size);
    numbers_.assign(size, kFree);
  }
  uint32_t operator()(uint64_t key) {
    const uint64_t mask = keys_.size() - 1;
    uint64_t at = (key * 0x9e3779b97f4a7c15u >> 20) & mask;
    while (numbers_[at] != kFree && keys_[at] != key) at = (at + 1) & mask;
    if (numbers_[at] == kFree) keys_[at] = key, numbers_[at] = count_++;
    return numbers_[at];
  }
  uint32_t count() const { return count_; }

 private:
  static constexpr uint32_t kFree = UINT32_MAX;
  std::vector<uint64_t> keys_;
  std::vector<uint32_t> numbers_;
  uint32_t count_ = 0;
};

inline uint64_t total_tokens(const Thoughts& thoughts) {
  uint64_t total = 0;
  for (const crescent_tokens& t : thoughts) total += t.size;
  return total;
}

// The n-grams of each sequence by number, n growing by one with each longer().
class Ngrams {
 public:
  explicit Ngrams(const Thoughts& thoughts) : thoughts_(thoughts), at_(thoughts.size()) {
    Numbering numbering(total_tokens(thoughts));
    for (size_t s = 0; s < thoughts.size(); ++s)
      for (uint64_t i = 0; i < thoughts[s].size; ++i)
        at_[s].push_back(numbering(static_cast<uint32_t>(thoughts[s].ids[i])));
    distinct_ = numbering.count();
  }
  void longer() {
    ++n_;
    Numbering numbering(total());
    for (size_t s = 0; s < at_.size(); ++s) {
      if (!at_[s].empty()) at_[s].pop_back();
      for (uint64_t i = 0; i < at_[s].size(); ++i)
        at_[s][i] = numbering(uint64_t{at_[s][i]} << 32 | static_cast<uint32_t>(thoughts_[s].ids[i + n_ - 1]));
    }
    distinct_ = numbering.count();
  }
  const std::vector<std::vector<uint32_t>>& sequences() const { return at_; }
  uint32_t distinct() const { return distinct_; }
  uint64_t total() const {
    uint64_t total = 0;
    for (const auto& s : at_) total += s.size();
    return total;
  }

 private:
  const Thoughts& thoughts_;
  std::vector<std::vector<uint32_t>> at_;
  uint32_t distinct_ = 0;
  uint64_t n_ = 1;
};

// For each sequence: how many of its n-grams the others have too, each at most as often as the one that has it most.
inline std::vector<double> clipped_matches(const Ngrams& ngrams) {
  struct Most {  // of one n-gram: the largest count and who has it, the second largest
    uint32_t most = 0, second = 0, holder = 0;
  };
  std::vector<Most> of(ngrams.distinct());
  std::vector<uint32_t> count(ngrams.distinct(), 0);
  const auto each_count = [&](const std::vector<uint32_t>& sequence, auto use) {
    for (const uint32_t gram : sequence) ++count[gram];
    for (const uint32_t gram : sequence)
      if (count[gram] > 0) use(gram, count[gram]), count[gram] = 0;
  };
  const auto& sequences = ngrams.sequences();
  for (uint32_t s = 0; s < sequences.size(); ++s)
    each_count(sequences[s], [&](uint32_t gram, uint32_t n) {
      Most& m = of[gram];
      if (n > m.most)
        m = {n, m.most, s};
      else
        m.second = std::max(m.second, n);
    });
  std::vector<double> matches(sequences.size(), 0);
  for (uint32_t s = 0; s < sequences.size(); ++s)
    each_count(sequences[s], [&](uint32_t gram, uint32_t n) {
      matches[s] += std::min(n, s == of[gram].holder ? of[gram].second : of[gram].most);
    });
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
  Ngrams ngrams(thoughts);
  std::vector<double> matches[3] = {clipped_matches(ngrams), {}, {}};
  for (uint64_t n = 2; n <= 3; ++n) ngrams.longer(), matches[n - 1] = clipped_matches(ngrams);
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
  const auto share = [](const Ngrams& ngrams) {
    return ngrams.total() == 0 ? 0 : static_cast<double>(ngrams.distinct()) / static_cast<double>(ngrams.total());
  };
  Ngrams ngrams(thoughts);
  const double words = share(ngrams);
  ngrams.longer();
  return (words + share(ngrams)) / 2;
}

// Levenshtein distances from one sequence, in words of 64 of its tokens (Myers 1999, blocks as Hyyro 2003).
class EditDistance {
 public:
  // `a`: numbers below `distinct`, borrowed.
  EditDistance(const std::vector<uint32_t>& a, uint32_t distinct)
      : size_(a.size()), blocks_((a.size() + 63) / 64), slot_(distinct, 0), places_(blocks_, 0) {
    for (uint64_t i = 0; i < size_; ++i) {
      uint32_t& slot = slot_[a[i]];
      if (slot == 0) {
        slot = static_cast<uint32_t>(places_.size() / blocks_);
        places_.resize(places_.size() + blocks_, 0);
      }
      places_[slot * blocks_ + i / 64] |= uint64_t{1} << (i % 64);
    }
  }

  uint64_t to(const std::vector<uint32_t>& b) {
    if (size_ == 0 || b.empty()) return size_ + b.size();
    rises_.assign(blocks_, ~uint64_t{0});
    falls_.assign(blocks_, 0);
    const uint64_t last = (size_ - 1) % 64;
    uint64_t distance = size_;
    for (const uint32_t token : b) {
      const uint64_t* equal = &places_[slot_[token] * blocks_];
      uint64_t rise_in = 1, fall_in = 0;  // the difference along the row above the block: the first row rises
      uint64_t rise = 0, fall = 0;
      for (uint64_t k = 0; k < blocks_; ++k) {
        const uint64_t up = rises_[k], down = falls_[k];  // vertical differences +1, -1
        const uint64_t match = equal[k] | fall_in;
        const uint64_t horizontal = (((match & up) + up) ^ up) | match;
        rise = down | ~(horizontal | up);
        fall = up & horizontal;
        const uint64_t vertical = equal[k] | down, risen = rise << 1 | rise_in, fallen = fall << 1 | fall_in;
        rise_in = rise >> 63;
        fall_in = fall >> 63;
        rises_[k] = fallen | ~(vertical | risen);
        falls_[k] = risen & vertical;
      }
      distance += (rise >> last & 1) - (fall >> last & 1);
    }
    return distance;
  }

 private:
  uint64_t size_, blocks_;
  std::vector<uint32_t> slot_;    // by token; 0: `a` has it nowhere
  std::vector<uint64_t> places_;  // [slots, blocks_] where `a` has the token
  std::vector<uint64_t> rises_, falls_;
};

// Mean over pairs of the squared edit distance, each divided by the longer length (MMR1, appendix A.3: any normalised
// distance in [0, 1]).
inline double edit_distance_diversity(const Thoughts& thoughts) {
  const Ngrams words(thoughts);
  const auto& sequences = words.sequences();
  double sum = 0;
  uint64_t pairs = 0;
  for (size_t i = 0; i < sequences.size(); ++i) {
    EditDistance from(sequences[i], words.distinct());
    for (size_t j = i + 1; j < sequences.size(); ++j, ++pairs) {
      const uint64_t longer = std::max(sequences[i].size(), sequences[j].size());
      const double d = longer == 0 ? 0 : static_cast<double>(from.to(sequences[j])) / static_cast<double>(longer);
      sum += d * d;
    }
  }
  return pairs == 0 ? 0 : sum / static_cast<double>(pairs);
}

}  // namespace crescent::plugin
