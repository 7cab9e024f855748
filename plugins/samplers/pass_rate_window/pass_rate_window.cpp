// Draws prompts whose pass rate lies in a window (online difficulty filtering, as in Kimi k1.5 and PRIME): what is
// always or never solved teaches nothing. Pass rates are those of the training rollouts, older ones counting less. A
// share of each batch walks the whole pool, so that a prompt that left the window is looked at again.
#include "plugins/samplers/pass_counts.hpp"
#include "plugins/samplers/score_table.hpp"
#include "plugins/samplers/weighted_pool.hpp"

namespace {

using namespace crescent::plugin;

const crescent_option kOptions[] = {
    number("low", 0.2, {0, 1}, "lowest pass rate that is drawn"),
    number("high", 0.8, {0, 1}, "highest pass rate that is drawn"),
    number("explore", 0.2, {0, 1}, "share of a batch that walks the whole pool; 0: who left the window stays out"),
    number("decay", 0.5, {0, 1}, "what an observation leaves of the prompt's earlier evidence"),
};

class PassRateWindow final : public Sampler {
 public:
  static Options options() { return Options(kOptions); }
  explicit PassRateWindow(const Setup& s)
      : host_(s.host),
        walk_(s.host),
        low_(s.number("low")),
        high_(s.number("high")),
        explore_(s.number("explore")),
        decay_(s.number("decay")) {
    if (low_ > high_)
      throw std::runtime_error("low is " + std::to_string(low_) + ", above high, which is " + std::to_string(high_) +
                               ": no pass rate lies between them");
  }

  // Within the window each prompt is as likely as any other, with replacement; a prompt that was never seen counts as
  // within. Where no prompt is, the whole batch walks the pool.
  void draw(const SamplerContext& ctx, Array<uint64_t> prompt_index, Array<double>) override {
    const ViewScores& view = views_[ctx.view];
    const DrawTree& tree = pools_[ctx.view].tree(ctx, [&](uint64_t prompt) { return entry_of(view, prompt); });
    const double inside = tree.total().mass(1);
    const uint64_t batch = prompt_index.size();
    const uint64_t walked =
        inside > 0 ? static_cast<uint64_t>(std::ceil(explore_ * static_cast<double>(batch) - 1e-9)) : batch;
    walk_.take(ctx, Array<uint64_t>(prompt_index.begin(), walked));
    const Random random = host_.random("draws in the window", {draws_}), order = host_.random("order", {draws_});
    for (uint64_t i = walked; i < batch; ++i) prompt_index[i] = ctx.eligible[tree.find(random.uniform(i) * inside, 1)];
    for (uint64_t i = batch; i > 1; --i) std::swap(prompt_index[i - 1], prompt_index[order.below(i, i)]);
    ++draws_;
    const double pool = static_cast<double>(ctx.eligible.size());
    host_.metric("inside", inside / pool);  // share of the pool, the unseen with it
    host_.metric("seen", (pool - tree.total().unseen) / pool);
  }

  void observe(const SamplerContext&, Array<const crescent_group> groups) override {
    for (const crescent_group& group : groups) {
      const PassCounts counts = pass_counts(group);
      if (counts.judged() == 0) continue;
      ViewScores& view = views_[group.view];
      const uint64_t prompt = group.prompt_index;
      view.set_evidence(prompt, decay_ * view.passes(prompt) + counts.passes,
                        decay_ * view.fails(prompt) + counts.fails);
      pools_[group.view].changed(prompt);
    }
  }

  bool weights(const SamplerContext& ctx, Array<double> out) override {
    for (uint64_t i = 0; i < out.size(); ++i) {
      const PoolEntry entry = entry_of(views_[ctx.view], ctx.eligible[i]);
      out[i] = entry.seen ? entry.weight : 1;
    }
    return true;
  }

  void save(Writer& writer) const override {
    writer.put(draws_);
    walk_.save(writer);
    for (const ViewScores& view : views_) view.save(writer);
  }
  void load(Reader& reader) override {
    draws_ = reader.get<uint64_t>();
    walk_.load(reader);
    for (ViewScores& view : views_) view.load(reader);
    for (WeightedPool& pool : pools_) pool = WeightedPool();
  }

 private:
  PoolEntry entry_of(const ViewScores& view, uint64_t prompt) const {
    PoolEntry entry;
    entry.seen = view.seen(prompt);
    if (!entry.seen) return entry;
    const double rate = view.pass_rate(prompt);
    entry.weight = rate >= low_ && rate <= high_ ? 1 : 0;
    return entry;
  }

  Host host_;
  EpochOrder walk_;
  double low_, high_, explore_, decay_;
  ViewScores views_[3];
  WeightedPool pools_[3];
  uint64_t draws_ = 0;
};

}  // namespace

CRESCENT_SAMPLER_PLUGIN(PassRateWindow, "pass_rate_window", "1.0.0", "The Crescent authors", "Apache-2.0",
                        "draws prompts whose pass rate lies in a window")
