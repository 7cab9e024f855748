#include "core/text/bpe.hpp"

#include <compare>
#include <functional>
#include <queue>

namespace crescent {

namespace {

uint64_t key_of(int32_t left, int32_t right) {
  return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
}

struct Candidate {
  int32_t rank, at;  // at: index of the left symbol
  int32_t right, merged;
  auto operator<=>(const Candidate&) const = default;  // by rank, then from the left
};

}  // namespace

void MergeTable::add(int32_t left, int32_t right, int32_t rank, int32_t merged) {
  merges_[key_of(left, right)] = {rank, merged};
}

const MergeTable::Merge* MergeTable::find(int32_t left, int32_t right) const {
  const auto it = merges_.find(key_of(left, right));
  return it == merges_.end() ? nullptr : &it->second;
}

void MergeTable::merge(std::vector<int32_t>& symbols) const {
  const auto n = static_cast<int32_t>(symbols.size());
  if (n < 2) return;
  constexpr int32_t kGone = -1;
  std::vector<int32_t> next(n), previous(n);  // neighbours that are still there
  for (int32_t i = 0; i < n; ++i) {
    next[i] = i + 1;
    previous[i] = i - 1;
  }
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
  const auto consider = [&](int32_t left, int32_t right) {
    if (left < 0 || right >= n) return;
    if (const Merge* m = find(symbols[left], symbols[right])) queue.push({m->rank, left, right, m->merged});
  };
  for (int32_t i = 0; i + 1 < n; ++i) consider(i, i + 1);
  while (!queue.empty()) {
    const Candidate best = queue.top();
    queue.pop();
    // Stale when either symbol has been merged away or changed since.
    if (symbols[best.at] == kGone || symbols[best.right] == kGone || next[best.at] != best.right) continue;
    const Merge* m = find(symbols[best.at], symbols[best.right]);
    if (m == nullptr || m->rank != best.rank) continue;
    symbols[best.at] = m->merged;
    symbols[best.right] = kGone;
    next[best.at] = next[best.right];
    if (next[best.at] < n) previous[next[best.at]] = best.at;
    consider(previous[best.at], best.at);
    consider(best.at, next[best.at]);
  }
  std::erase(symbols, kGone);
}

}  // namespace crescent
