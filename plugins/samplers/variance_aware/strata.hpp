// The pool in strata: the prompts whose records have the same value in a column, or all of them where no column is
// named. What was seen of a stratum says what its prompts are worth that nobody has seen yet.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "plugins/samplers/weighted_pool.hpp"

namespace crescent::plugin {

// The weights of one draw, stratum by stratum. Borrows from the Strata that made it, until they change.
class StrataWeights {
 public:
  struct Stratum {
    Array<const uint64_t> prompts;  // ascending
    const DrawTree* tree = nullptr;
    double unseen = 0;  // weight of a prompt that was never seen
    double mass = 0;
  };

  void add(const Stratum& stratum) {
    strata_.push_back(stratum);
    total_ += stratum.mass;
    pool_ += stratum.tree->size();
  }
  double total() const { return total_; }  // 0: every prompt weighs 1
  double sum() const { return total_ > 0 ? total_ : static_cast<double>(pool_); }
  double sum_of_squares() const {
    double squares = 0;
    for (const Stratum& s : strata_) squares += s.tree->total().squares + s.tree->total().unseen * s.unseen * s.unseen;
    return total_ > 0 ? squares : static_cast<double>(pool_);
  }
  PoolSums counts() const {
    PoolSums sums;
    for (const Stratum& s : strata_) sums = sums + s.tree->total();
    return sums;
  }
  double of(uint64_t stratum, uint64_t prompt) const {
    const Stratum& s = strata_[stratum];
    const auto at = std::lower_bound(s.prompts.begin(), s.prompts.end(), prompt);
    return total_ > 0 ? s.tree->weight(static_cast<uint64_t>(at - s.prompts.begin()), s.unseen) : 1;
  }
  // The prompt at which the running sum of the weights passes `target`, from 0 up to the total, which is over 0.
  uint64_t find(double target) const {
    const Stratum* found = nullptr;
    for (const Stratum& s : strata_) {
      if (s.mass <= 0) continue;  // rounding leads to no empty stratum
      found = &s;
      if (target < s.mass) break;
      target -= s.mass;
    }
    return found->prompts[found->tree->find(target, found->unseen)];
  }

 private:
  std::vector<Stratum> strata_;
  double total_ = 0;
  uint64_t pool_ = 0;
};

class Strata {
 public:
  // `field`: the column; empty: one stratum.
  Strata(Host host, std::string field) : host_(host), field_(std::move(field)) {}

  // Of a prompt that was eligible at the last draw of that view.
  uint64_t stratum_of(int32_t view, uint64_t prompt) {
    return field_.empty() ? 0 : views_[view].stratum_of_value.at(value_of(prompt));
  }

  void changed(int32_t view, uint64_t prompt) {
    ViewStrata& v = views_[view];
    if (v.pools.empty()) return;
    if (field_.empty()) return v.pools[0].changed(prompt);
    const auto at = v.stratum_of_value.find(value_of(prompt));
    if (at != v.stratum_of_value.end()) v.pools[at->second].changed(prompt);
  }

  void forget() {
    for (ViewStrata& view : views_) view = ViewStrata();
  }

  // entry_of: (prompt) -> PoolEntry. prior_weight: of a prompt of whose kind nothing was seen; where there are strata
  // it counts as one prompt more among those that were seen.
  template <class EntryOf>
  StrataWeights weights(const SamplerContext& ctx, EntryOf entry_of, double prior_weight) {
    ViewStrata& view = divided(ctx);
    StrataWeights weights;
    for (size_t k = 0; k < view.pools.size(); ++k) {
      SamplerContext part = ctx;
      if (!field_.empty()) part.eligible = Array<const uint64_t>(view.prompts[k].data(), view.prompts[k].size());
      const DrawTree& tree = view.pools[k].tree(part, entry_of);
      const PoolSums sums = tree.total();
      const double seen = static_cast<double>(tree.size()) - sums.unseen;
      const double unseen = field_.empty() ? prior_weight : (prior_weight + sums.weight) / (1 + seen);
      weights.add({part.eligible, &tree, unseen, sums.mass(unseen)});
    }
    return weights;
  }

 private:
  struct ViewStrata {
    uint64_t fingerprint = 0;
    std::map<uint32_t, uint64_t> stratum_of_value;
    std::vector<std::vector<uint64_t>> prompts;  // [strata] ascending; empty where no column is named
    std::vector<WeightedPool> pools;             // [strata]
  };

  // Strata stand in the order of their values' texts: that order does not depend on which prompt was read first, which
  // is another one in a resumed run.
  ViewStrata& divided(const SamplerContext& ctx) {
    ViewStrata& view = views_[ctx.view];
    const uint64_t fingerprint = fingerprint_of(ctx.eligible);
    if (view.fingerprint == fingerprint) return view;
    view = ViewStrata();
    view.fingerprint = fingerprint;
    if (field_.empty()) {
      view.pools.resize(1);
      return view;
    }
    std::map<uint32_t, std::vector<uint64_t>> prompts_of_value;
    for (const uint64_t prompt : ctx.eligible) prompts_of_value[value_of(prompt)].push_back(prompt);
    for (const auto& [text, value] : values_)
      if (const auto at = prompts_of_value.find(value); at != prompts_of_value.end()) {
        view.stratum_of_value[value] = view.prompts.size();
        view.prompts.push_back(std::move(at->second));
      }
    view.pools.resize(view.prompts.size());
    return view;
  }

  // Read once: a record's columns are text that has to be parsed.
  uint32_t value_of(uint64_t prompt) {
    if (prompt >= value_.size()) value_.resize(prompt + 1, 0);
    if (value_[prompt] > 0) return value_[prompt];
    std::string text;
    if (!host_.field(prompt, field_, text))
      throw std::runtime_error("record " + std::to_string(prompt) + " has no column \"" + field_ +
                               "\", which strata names");
    const auto next = static_cast<uint32_t>(values_.size() + 1);
    return value_[prompt] = values_.try_emplace(std::move(text), next).first->second;
  }

  Host host_;
  std::string field_;
  std::map<std::string, uint32_t> values_;  // of the column, numbered from 1 as they came
  std::vector<uint32_t> value_;             // by prompt: the number of its value; 0: not read yet
  ViewStrata views_[3];
};

}  // namespace crescent::plugin
