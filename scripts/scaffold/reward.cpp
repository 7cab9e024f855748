// 1 for a response of at most `limit` tokens, then falling with the excess: put your own judgement in its place.
#include "crescent_plugin.hpp"

namespace {

using namespace crescent::plugin;

const crescent_option kOptions[] = {
    integer("limit", 16, {1, 65536}, "tokens that a response may have for free"),
};

class MyReward final : public Reward {
 public:
  static Options options() { return Options(kOptions); }
  explicit MyReward(const Setup& setup) : limit_(setup.integer("limit")) {}

  std::vector<const char*> part_names() const override { return {"over"}; }  // shown beside the score

  // A pure function of the sample, called from several threads at once. Throw what makes it impossible to judge.
  Verdict score(const Sample& sample) const override {
    if (sample.token_count == 0) throw std::runtime_error("the sample does not say how many tokens the response has");
    const int64_t over = sample.token_count > limit_ ? sample.token_count - limit_ : 0;
    return {static_cast<double>(limit_) / static_cast<double>(limit_ + over), {static_cast<double>(over)}};
  }

 private:
  int64_t limit_;
};

}  // namespace

CRESCENT_REWARD_PLUGIN(MyReward, "@NAME@", "0.1.0", "you", "Apache-2.0", "1 for responses of few tokens")
