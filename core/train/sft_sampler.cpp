#include "core/train/sft_sampler.hpp"

#include <algorithm>
#include <map>

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/random.hpp"

namespace crescent {

SftSampler::SftSampler(const Dataset& dataset, const SftConfig& config, uint64_t seed) : seed_(seed) {
  std::map<std::string, std::vector<uint64_t>> by_kind;
  for (uint64_t i = 0; i < dataset.records.size(); ++i)
    by_kind[config.mix.empty() ? "" : dataset.records[i].kind].push_back(i);

  auto mix = config.mix;
  if (mix.empty()) mix = {{"", 1.0}};
  double total = 0;
  for (const auto& [name, share] : mix) total += share;
  double sum = 0;
  for (const auto& [name, share] : mix) {
    if (share == 0) continue;
    const auto found = by_kind.find(name);
    if (found == by_kind.end()) {
      std::vector<std::string> known;
      for (const auto& [kind, records] : by_kind) known.push_back(kind.empty() ? "(no kind)" : kind);
      fail_usage(config.place, "sft: the mix asks for records of kind \"{}\", but {} has none{}", name, dataset.path,
                 suggestion(name, known));
    }
    sum += share / total;
    kinds_.push_back({name, sum, found->second, {}, 0});
  }
  for (uint64_t k = 0; k < kinds_.size(); ++k) shuffle_epoch(kinds_[k], k);
}

void SftSampler::shuffle_epoch(Kind& kind, uint64_t index) const {
  kind.order = kind.records;
  RandomStream stream(RandomKey(seed_, "sft_order", {index, kind.drawn / kind.records.size()}));
  shuffle(kind.order, stream);
}

std::vector<uint64_t> SftSampler::draw(int64_t step, int64_t batch) {
  const RandomKey key(seed_, "sft_kind", {static_cast<uint64_t>(step)});
  std::vector<uint64_t> picked;
  for (int64_t slot = 0; slot < batch; ++slot) {
    const double u = key.uniform(static_cast<uint64_t>(slot));
    size_t k = 0;
    while (k + 1 < kinds_.size() && u >= kinds_[k].cumulative_share) ++k;
    Kind& kind = kinds_[k];
    picked.push_back(kind.order[kind.drawn % kind.records.size()]);
    if (++kind.drawn % kind.records.size() == 0) shuffle_epoch(kind, k);
  }
  return picked;
}

std::string SftSampler::save_state() const {
  Json state = Json::object();
  for (const Kind& kind : kinds_) state[kind.name] = kind.drawn;
  return state.dump();
}

void SftSampler::load_state(std::string_view bytes) {
  const Place place{"saved state of the cold start", 0};
  const Json state = parse_json(bytes, place);
  for (uint64_t k = 0; k < kinds_.size(); ++k) {
    kinds_[k].drawn = static_cast<uint64_t>(integer_member(state, kinds_[k].name, place));
    shuffle_epoch(kinds_[k], k);
  }
}

}  // namespace crescent
