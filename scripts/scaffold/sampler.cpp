// Draws each prompt with a probability that falls with the share of its responses that passed: put your own rule in its
// place.
#include <map>

#include "crescent_plugin.hpp"

namespace {

using namespace crescent::plugin;

const crescent_option kOptions[] = {
    number("floor", 0.1, {0.001, 1}, "weight of a prompt whose responses all pass; 1 of one whose responses all fail"),
};

class MySampler final : public Sampler {
 public:
  static Options options() { return Options(kOptions); }
  explicit MySampler(const Setup& setup) : host_(setup.host), floor_(setup.number("floor")) {}

  void draw(const SamplerContext& context, Array<uint64_t> prompt_index, Array<double> /*weight*/) override {
    const Random random = host_.random("draw");  // the run's stream: the same run draws the same
    for (uint64_t& prompt : prompt_index) do {
        prompt = context.eligible[random.below(context.eligible.size(), position_++)];
      } while (random.uniform(position_++) > weight_of(prompt));
  }

  void observe(const SamplerContext&, Array<const crescent_group> groups) override {
    for (const crescent_group& group : groups) {
      double passed = 0, judged = 0;
      for (uint32_t i = 0; i < group.n; ++i) passed += group.passed[i], judged += group.judged[i];
      if (judged > 0) pass_rate_[group.prompt_index] = passed / judged;
    }
  }

  // What draw decides by, so that a resumed run draws what the uninterrupted one would have.
  void save(Writer& writer) const override {
    writer.put(position_);
    writer.put<uint64_t>(pass_rate_.size());
    for (const auto& [prompt, rate] : pass_rate_) writer.put(prompt), writer.put(rate);
  }
  void load(Reader& reader) override {
    position_ = reader.get<uint64_t>();
    pass_rate_.clear();
    for (uint64_t left = reader.get<uint64_t>(); left > 0; --left) {
      const auto prompt = reader.get<uint64_t>();
      pass_rate_[prompt] = reader.get<double>();
    }
  }

 private:
  double weight_of(uint64_t prompt) const {
    const auto known = pass_rate_.find(prompt);
    return known == pass_rate_.end() ? 1 : 1 - (1 - floor_) * known->second;
  }

  Host host_;
  double floor_;
  uint64_t position_ = 0;  // in the random stream
  std::map<uint64_t, double> pass_rate_;
};

}  // namespace

CRESCENT_SAMPLER_PLUGIN(MySampler, "@NAME@", "0.1.0", "you", "Apache-2.0", "draws hard prompts more often")
