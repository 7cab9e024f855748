// Draws prompts whose pass rate lies in a window (online difficulty filtering, as in Kimi k1.5 and PRIME): what is
// always or never solved teaches nothing. Pass rates are those of the training rollouts, older ones counting less. A
// share of each batch walks the whole pool, so that a prompt that left the window is looked at again.
#include <set>

#include "plugins/samplers/pass_counts.hpp"
#include "plugins/samplers/score_table.hpp"
#include "plugins/samplers/weighted_pool.hpp"

namespace {

using namespace crescent::plugin;

const crescent_option kOptions[] = {
    number("low", 0.2, {0, 1}, "lowest pass rate that is drawn"),
    number("high", 0.8, {0, 1}, "highest pass rate that is drawn"),
    number("explore", 0.2, {0, 1},
           "share of a batch that walks the whole pool; 0: who left the window stays out while enough are within"),
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

  // Within the window each prompt is as likely as any other, at most once a batch; a prompt that was never seen counts
  // as within. What the window cannot fill walks the pool.
  void draw(const SamplerContext& ctx, Array<uint64_t> prompt_index, Array<double>) override {
    const ViewScores& view = views_[ctx.view];
    const DrawTree& tree = pools_[ctx.view].tree(ctx, [&](uint64_t prompt) { return entry_of(view, prompt); });
    const auto inside = static_cast<uint64_t>(tree.total().mass(1));
    const uint64_t batch = prompt_index.size();
    const auto explored = static_cast<uint64_t>(std::ceil(explore_ * static_cast<double>(batch) - 1e-9));
    const uint64_t walked = std::max(explored, batch - std::min(batch, inside));
    walk_.take(ctx, Array<uint64_t>(prompt_index.begin(), walked));
    uint64_t next = walked;
    for (const uint64_t rank : distinct(inside, batch - walked))
      prompt_index[next++] = ctx.eligible[tree.find(static_cast<double>(rank) + 0.5, 1)];
    const Random order = host_.random("order", {draws_});
    for (uint64_t i = batch; i > 1; --i) std::swap(prompt_index[i - 1], prompt_index[order.below(i, i)]);
    ++draws_;
    const double pool = static_cast<double>(ctx.eligible.size());
    host_.metric("inside", static_cast<double>(inside) / pool);  // share of the pool, the unseen with it
    host_.metric("seen", (pool - tree.total().unseen) / pool);
  }

  void observe(const SamplerContext&, Array<const crescent_group> groups) override {
    for (const crescent_group& group : groups)
      if (note_passes(views_[group.view], group, decay_).judged() > 0) pools_[group.view].changed(group.prompt_index);
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
  // `k` of the numbers below `n`, each set of them as likely as any other (Floyd; Bentley 1987).
  std::set<uint64_t> distinct(uint64_t n, uint64_t k) const {
    const Random random = host_.random("draws in the window", {draws_});
    std::set<uint64_t> chosen;
    for (uint64_t j = n - k; j < n; ++j) {
      const uint64_t t = random.below(j + 1, j);
      chosen.insert(chosen.count(t) == 0 ? t : j);
    }
    return chosen;
  }

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
