#include <cmath>

#include "core/plugin/adapters.hpp"

namespace crescent {

namespace {

crescent_sample to_c(const Sample& s) {
  return {to_span(s.prompt),
          to_span(s.response),
          to_span(s.gold),
          to_span(s.columns_json),
          to_span(s.record_id),
          to_span(s.phase),
          s.group_id,
          s.index_in_group,
          s.token_count,
          s.finish == FinishReason::stop ? CRESCENT_FINISH_STOP : CRESCENT_FINISH_LENGTH,
          0,
          s.step};
}

class PluginReward final : public Reward {
 public:
  explicit PluginReward(std::unique_ptr<RewardInstance> instance) : plugin_(std::move(instance)) {
    constexpr uint64_t kMaxParts = 256;  // a plugin whose list never ends must not fill the memory
    while (const char* name = plugin_->factory().part_name(plugin_->self(), parts_.size())) {
      parts_.push_back(printable(name));
      if (parts_.size() > kMaxParts)
        fail("{}: part_name never returns NULL; a score has at most {} parts", plugin_->who(), kMaxParts);
    }
  }

  const std::vector<std::string>& part_names() const override { return parts_; }

  void score(std::span<const Sample> samples, std::span<Score> scores) override {
    if (scores.size() != samples.size())
      fail("{}: {} samples, but room for {} scores", plugin_->who(), samples.size(), scores.size());
    if (samples.empty()) return;
    if (samples.size() == 1) return score_one(samples[0], scores[0]);
    if (!score_together(samples, scores)) {
      // Scores are pure functions of their sample: asked one by one, only those to blame fail, each with its own text.
      for (size_t i = 0; i < samples.size(); ++i) score_one(samples[i], scores[i]);
    }
  }

 private:
  struct Buffers {
    Buffers(size_t n, size_t parts) : score(n, NAN), parts(n * parts, NAN), status(n, CRESCENT_OK) {}
    bool overrun() const { return score.overrun() || parts.overrun() || status.overrun(); }
    GuardedBuffer<double> score, parts;
    GuardedBuffer<crescent_status> status;
    ErrorBuffer error;
  };

  crescent_status run(std::span<const crescent_sample> samples, Buffers& out) const {
    const crescent_status status = plugin_->call("score", [&] {
      return plugin_->factory().score(plugin_->self(), samples.data(), samples.size(), out.score.data(),
                                      out.parts.data(), out.status.data(), out.error.get());
    });
    if (out.overrun())
      fail("{}: score wrote past the end of its buffers for {} samples", plugin_->who(), samples.size());
    return status;
  }

  // False when anything failed: the caller then asks for each sample alone.
  bool score_together(std::span<const Sample> samples, std::span<Score> scores) const {
    std::vector<crescent_sample> c_samples;
    for (const Sample& s : samples) c_samples.push_back(to_c(s));
    Buffers out(samples.size(), parts_.size());
    try {
      if (run(c_samples, out) != CRESCENT_OK) return false;
    } catch (const Error&) {
      return false;
    }
    for (size_t i = 0; i < samples.size(); ++i)
      if (!read_score(out, i, samples[i], scores[i])) return false;
    return true;
  }

  void score_one(const Sample& sample, Score& score) const {
    const crescent_sample c_sample = to_c(sample);
    Buffers out(1, parts_.size());
    try {
      if (run({&c_sample, 1}, out) != CRESCENT_OK) return set_failed(sample, out.error.text(), score);
      read_score(out, 0, sample, score);
    } catch (const Error& e) {
      set_failed(sample, e.message(), score);
    }
  }

  bool read_score(const Buffers& out, size_t i, const Sample& sample, Score& score) const {
    score = Score{};
    if (out.status[i] == CRESCENT_NOT_APPLICABLE) return score.status = ScoreStatus::not_applicable, true;
    if (out.status[i] == CRESCENT_FAILED) return set_failed(sample, out.error.text(), score), false;
    if (out.status[i] != CRESCENT_OK)
      return set_failed(sample, fmt::format("it set the status {}, which is no crescent_status", out.status[i]), score),
             false;
    const double value = out.score[i];
    if (std::isnan(value))
      return set_failed(sample, "the score is NaN: the plugin computed NaN or wrote no score", score), false;
    if (std::isinf(value)) return set_failed(sample, fmt::format("the score is {}", value), score), false;
    for (size_t p = 0; p < parts_.size(); ++p) {
      score.parts.push_back(out.parts[i * parts_.size() + p]);
      if (std::isinf(score.parts.back()))
        return set_failed(sample, fmt::format("the part \"{}\" is {}", parts_[p], score.parts.back()), score), false;
    }
    score.value = value;
    score.status = ScoreStatus::ok;
    return true;
  }

  void set_failed(const Sample& sample, const std::string& why, Score& score) const {
    score = Score{};
    const std::string_view who = plugin_->who();  // an Error of the call names the plugin already
    const std::string reason = why.starts_with(who) ? why.substr(std::min(why.size(), who.size() + 2)) : why;
    score.error = fmt::format("{}: sample {} of record \"{}\": {}", who, sample.index_in_group,
                              printable(sample.record_id), reason);
  }

  std::unique_ptr<RewardInstance> plugin_;
  std::vector<std::string> parts_;
};

}  // namespace

std::unique_ptr<Reward> adapt_reward(std::unique_ptr<RewardInstance> instance) {
  return std::make_unique<PluginReward>(std::move(instance));
}

}  // namespace crescent
