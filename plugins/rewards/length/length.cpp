// The soft overlong punishment of DAPO (2503.14476, eq. 13): 0 up to a free length, falling to -1 at the longest, and
// -1 above. Without a cache the longest itself is free.
#include "core/abi/crescent_plugin.hpp"

namespace {

using namespace crescent::plugin;

const crescent_option kOptions[] = {
    required(integer("max_tokens", 0, {1, 1e9}, "longer responses cost 1, end token included (L_max)")),
    integer("cache_tokens", 0, {0, 1e9},
            "tokens up to max_tokens over which the cost rises from 0 to 1; 0: max_tokens are free (L_cache)"),
};

class Length final : public Reward {
 public:
  static Options options() { return Options(kOptions); }
  explicit Length(const Setup& setup) : max_(setup.integer("max_tokens")), cache_(setup.integer("cache_tokens")) {
    if (cache_ > max_)
      throw std::runtime_error("cache_tokens = " + std::to_string(cache_) +
                               " is more than max_tokens = " + std::to_string(max_));
  }

  std::vector<const char*> part_names() const override { return {"over"}; }  // 1: it costs something

  Verdict score(const Sample& sample) const override {
    if (sample.token_count == 0) throw std::runtime_error("the sample does not say how many tokens the response has");
    const int64_t length = sample.token_count, free = max_ - cache_;
    if (length <= free) return {0, {0}};
    if (length > max_) return {-1, {1}};
    return {static_cast<double>(free - length) / static_cast<double>(cache_), {1}};
  }

 private:
  int64_t max_, cache_;
};

}  // namespace

CRESCENT_REWARD_PLUGIN(Length, "length", "1.0.0", "The Crescent authors", "Apache-2.0",
                       "0 up to max_tokens - cache_tokens tokens, falling over the next cache_tokens, -1 above "
                       "max_tokens (DAPO's soft overlong punishment)")
