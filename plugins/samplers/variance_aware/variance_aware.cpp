// Variance-aware sampling (MMR1, technical report 2025-09-25): a share lambda of each batch is drawn in proportion to
// the prompts' Variance Promotion Scores, VPS = alpha OVS + beta TDS, the rest walks the pool. OVS = P(1-P) of the pass
// rate P; TDS = diversity of the thoughts. Scores belong to (prompt, view).
//
// refresh = "periodic" is the paper's: every refresh_every steps all eligible prompts are rolled out to be measured.
// refresh = "online" keeps a Beta posterior per prompt that every scored group updates, at no cost in rollouts; the
// expected OVS under it is ab / ((a+b)(a+b+1)).
//
// What is drawn from is kept as sums over the pool and brought up to date where something was observed, so that a step
// costs the batch and not the pool.
#include <algorithm>
#include <string>

#include "plugins/samplers/epoch_order.hpp"
#include "plugins/samplers/pass_counts.hpp"
#include "plugins/samplers/score_table.hpp"
#include "plugins/samplers/stalest_first.hpp"
#include "plugins/samplers/variance_aware/diversity.hpp"
#include "plugins/samplers/variance_aware/strata.hpp"

namespace {

using namespace crescent::plugin;

const char* const kScales[] = {"unit", "paper", nullptr};
const char* const kRefreshes[] = {"online", "periodic", nullptr};
const char* const kDiversities[] = {"self_bleu", "distinct", "edit_distance", nullptr};

const crescent_option kOptions[] = {
    number("lambda", 0.8, {0, 1}, "share of a batch drawn by score; the rest walks the pool in random order"),
    number("alpha", 1, {0, 1e6}, "weight of the outcome variance P(1-P)"),
    number("beta", 0, {0, 1e6}, "weight of the diversity of thoughts"),
    number("sharpness", 2, {0, 64}, "draws go in proportion to VPS to this power"),
    string("scale", "unit", kScales, "unit: P(1-P) divided by its maximum .25; paper: as it is"),
    string("refresh", "online", kRefreshes,
           "online: every scored group updates its prompt; periodic: only a refresh of all prompts does"),
    integer("refresh_every", 35, {1, 1e9}, "periodic: steps between refreshes"),
    integer("refresh_rollouts", 8, {2, 4096}, "rollouts for each prompt that is probed"),
    integer("probe_budget", 0, {0, 1e12}, "online: rollouts a step spent on the prompts not seen for longest; 0: none"),
    number("a0", 1, {1e-6, 1e6}, "prior passes of the Beta posterior"),
    number("b0", 1, {1e-6, 1e6}, "prior fails of the Beta posterior"),
    string("strata", "", nullptr,
           "online: a column of the records; a prompt not seen yet weighs what the seen ones with its value do"),
    number("decay", 0.75, {0, 1}, "online: what an observation leaves of the prompt's earlier evidence"),
    string("diversity", "self_bleu", kDiversities, "measure of the diversity of thoughts"),
    boolean("unbiased", false, "weigh each draw by 1 / (its probability times the number of prompts)"),
};

const char* const kMmr1Options[] = {"lambda", "alpha",   "beta",          "sharpness",
                                    "scale",  "refresh", "refresh_every", "refresh_rollouts"};
const crescent_value kMmr1Values[] = {value(0.5),     value(0.8),        value(0.2), value(1),
                                      value("paper"), value("periodic"), value(35),  value(32)};
const crescent_value kAblationValues[] = {value(0.5),     value(0.5),        value(0.5), value(1),
                                          value("paper"), value("periodic"), value(28),  value(8)};
const crescent_preset kPresets[] = {
    {"mmr1", "the published method with its main settings", kMmr1Options, kMmr1Values,
     sizeof kMmr1Options / sizeof *kMmr1Options},
    {"mmr1_ablation", "with those from which its ablations vary one", kMmr1Options, kAblationValues,
     sizeof kMmr1Options / sizeof *kMmr1Options},
};

class VarianceAware final : public Sampler {
 public:
  static Options options() { return Options(kOptions, kPresets); }

  explicit VarianceAware(const Setup& s)
      : host_(s.host),
        walk_(s.host),
        strata_(s.host, s.string("strata")),
        lambda_(s.number("lambda")),
        alpha_(s.number("alpha")),
        beta_(s.number("beta")),
        sharpness_(s.number("sharpness")),
        a0_(s.number("a0")),
        b0_(s.number("b0")),
        decay_(s.number("decay")),
        unit_(s.string("scale") == "unit"),
        periodic_(s.string("refresh") == "periodic"),
        unbiased_(s.boolean("unbiased")),
        refresh_every_(s.integer("refresh_every")),
        probe_budget_(s.integer("probe_budget")),
        probe_rollouts_(static_cast<uint32_t>(s.integer("refresh_rollouts"))),
        diversity_(s.string("diversity")) {
    if (alpha_ == 0 && beta_ == 0) throw std::runtime_error("alpha and beta are both 0: every score would be 0");
    if (periodic_ && probe_budget_ > 0)
      throw std::runtime_error("probe_budget is for refresh = \"online\"; the periodic refresh probes everything");
    if (unbiased_ && lambda_ == 1 && (periodic_ || alpha_ == 0))
      throw std::runtime_error(
          "unbiased with lambda = 1, but a score can be 0 here: such a prompt is never drawn, so no weight of the "
          "others makes the mean gradient that of all prompts; lower lambda");
    if (periodic_ && !s.string("strata").empty())
      throw std::runtime_error(
          "strata = \"" + s.string("strata") +
          "\" is for refresh = \"online\"; the periodic refresh measures every prompt before the first draw");
    check_used();
  }

  void draw(const SamplerContext& ctx, Array<uint64_t> prompt_index, Array<double> weight) override {
    const uint64_t batch = prompt_index.size();
    if (batch == 0) return;
    const uint64_t by_score = scored_share(batch);
    const StrataWeights weights = weights_now(ctx);
    draw_by_score(ctx, weights, Array<uint64_t>(prompt_index.begin(), by_score));
    walk_.take(ctx, Array<uint64_t>(prompt_index.begin() + by_score, batch - by_score));
    // Mixed, so that each minibatch of the batch has both kinds.
    const Random random = host_.random("order of a batch", {draws_});
    for (uint64_t i = batch; i > 1; --i) std::swap(prompt_index[i - 1], prompt_index[random.below(i, i)]);
    if (unbiased_)
      correct(ctx, weights, static_cast<double>(by_score) / static_cast<double>(batch), prompt_index, weight);
    report_draw(ctx, weights, prompt_index);
    ++draws_;
  }

  std::vector<Probe> plan_probe(const SamplerContext& ctx, uint64_t capacity) override {
    if (capacity == 0) return {};
    return periodic_ ? plan_refresh(ctx, capacity) : plan_stale(ctx, capacity);
  }

  void observe(const SamplerContext& ctx, Array<const crescent_group> groups) override {
    for (const crescent_group& group : groups) {
      ViewScores& view = views_[group.view];
      if (!periodic_) {
        update(group, decay_);
        view.set_mark(group.prompt_index, static_cast<uint64_t>(ctx.step) + 1);
      } else if (view.mark(group.prompt_index) < view.round &&
                 group.n >= probe_rollouts_) {  // the refresh asked for it
        view.set_mark(group.prompt_index, view.round);
        update(group, 0);  // replaces what was known
      }
    }
  }

  bool weights(const SamplerContext& ctx, Array<double> out) override {
    for (uint64_t i = 0; i < out.size(); ++i) out[i] = vps(views_[ctx.view], ctx.eligible[i]);
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
    strata_.forget();
    for (Refresh& refresh : refreshes_) refresh = Refresh();
    for (StalestFirst& order : stalest_) order = StalestFirst();
  }

 private:
  // Not at the default nor at a preset's value, so the caller gave it; and nothing would come of it.
  void check_used() const {
    if (periodic_) return;
    if (refresh_every_ != 35 && refresh_every_ != 28)
      throw std::runtime_error("refresh_every is " + std::to_string(refresh_every_) +
                               ", but only refresh = \"periodic\" refreshes; leave it out");
    if (probe_budget_ == 0 && probe_rollouts_ != 8 && probe_rollouts_ != 32)
      throw std::runtime_error("refresh_rollouts is " + std::to_string(probe_rollouts_) +
                               ", but no prompt is probed; give refresh = \"periodic\" or a probe_budget");
  }

  // ---- Scores ----

  double expected_ovs(const ViewScores& view, uint64_t prompt) const {
    if (periodic_ && view.seen(prompt)) {  // the paper's plug-in estimate
      const double p = view.pass_rate(prompt);
      return p * (1 - p);
    }
    const double a = a0_ + view.passes(prompt), b = b0_ + view.fails(prompt);
    return a * b / ((a + b) * (a + b + 1));  // E[P(1-P)] for P ~ Beta(a, b)
  }

  // A prompt whose diversity is not known counts with the pool's mean, or .5 when none is known.
  double vps(const ViewScores& view, uint64_t prompt) const {
    const double ovs = alpha_ * expected_ovs(view, prompt) / (unit_ ? 0.25 : 1);
    return beta_ > 0 ? ovs + beta_ * view.diversity(prompt) : ovs;
  }

  // What draws are in proportion to: VPS^sharpness, VPS as a share of its largest possible value.
  double draw_weight(double vps) const {
    const double share = vps / (alpha_ * (unit_ ? 1 : 0.25) + beta_);
    return sharpness_ == 1 ? share : sharpness_ == 2 ? share * share : std::pow(share, sharpness_);
  }

  // `keep`: what is left of the evidence so far.
  void update(const crescent_group& group, double keep) {
    ViewScores& view = views_[group.view];
    const PassCounts counts = note_passes(view, group, keep);
    if (counts.judged() == 0) return;
    if (beta_ > 0)
      view.set_diversity(group.prompt_index, diversity_of(Thoughts(group.thoughts, group.thoughts + group.n)));
    strata_.changed(group.view, group.prompt_index);
    const double rate = counts.passes / counts.judged();
    host_.metric("realised_variance", rate * (1 - rate));
  }

  double diversity_of(const Thoughts& thoughts) const {
    if (diversity_ == "self_bleu") return self_bleu_diversity(thoughts);
    if (diversity_ == "distinct") return distinct_diversity(thoughts);
    return edit_distance_diversity(thoughts);
  }

  // ---- Draws ----

  StrataWeights weights_now(const SamplerContext& ctx) {
    const ViewScores& view = views_[ctx.view];
    constexpr uint64_t kNobody = UINT64_MAX;
    return strata_.weights(
        ctx,
        [&](uint64_t prompt) {
          PoolEntry entry;
          entry.seen = view.seen(prompt);
          if (!entry.seen) return entry;
          entry.weight = draw_weight(vps(view, prompt));
          entry.never = view.passes(prompt) == 0;
          entry.always = view.fails(prompt) == 0;
          return entry;
        },
        draw_weight(vps(view, kNobody)));
  }

  // floor(lambda B), and with lambda < 1 never the whole batch: the walk goes on in each, so no prompt waits for ever.
  uint64_t scored_share(uint64_t batch) const {
    const auto share = static_cast<uint64_t>(std::floor(lambda_ * static_cast<double>(batch) + 1e-9));
    return lambda_ < 1 ? std::min(share, batch - 1) : batch;
  }

  // With replacement, in proportion to the weights.
  void draw_by_score(const SamplerContext& ctx, const StrataWeights& weights, Array<uint64_t> out) const {
    const Random random = host_.random("draws by score", {draws_});
    for (uint64_t i = 0; i < out.size(); ++i)
      out[i] = weights.total() > 0 ? weights.find(random.uniform(i) * weights.total())
                                   : ctx.eligible[random.below(ctx.eligible.size(), i)];
  }

  // Importance weight (1/M) / q of a draw, q = l' w / sum(w) + (1 - l') / M, l' the share that is drawn by score.
  void correct(const SamplerContext& ctx, const StrataWeights& weights, double share, Array<uint64_t> drawn,
               Array<double> weight) {
    const double uniform = 1 / static_cast<double>(ctx.eligible.size());
    for (uint64_t i = 0; i < drawn.size(); ++i)
      weight[i] = uniform / (share * weights.of(strata_.stratum_of(ctx.view, drawn[i]), drawn[i]) / weights.sum() +
                             (1 - share) * uniform);
  }

  void report_draw(const SamplerContext& ctx, const StrataWeights& weights, Array<uint64_t> drawn) const {
    const PoolSums sums = weights.counts();
    const double pool = static_cast<double>(ctx.eligible.size());
    double expected = 0;
    for (const uint64_t prompt : drawn) expected += expected_ovs(views_[ctx.view], prompt);
    host_.metric("effective_sample_size",
                 weights.sum() * weights.sum() / weights.sum_of_squares() / pool);  // 1: they change nothing
    host_.metric("seen", (pool - sums.unseen) / pool);
    host_.metric("never_passed", sums.never / pool);
    host_.metric("always_passed", sums.always / pool);
    host_.metric("expected_variance", expected / static_cast<double>(drawn.size()));
  }

  // ---- Probes ----

  // How far the refresh of a view has come. It follows from the scores: another look at them finds it again.
  struct Refresh {
    uint64_t fingerprint = 0;     // of the pool
    uint64_t complete_round = 0;  // the last refresh in which every prompt was answered
    uint64_t asked = 0;           // places up to here were asked for in the one under way
  };

  // All eligible prompts every refresh_every steps, and whatever a new phase brings that was never measured: each
  // prompt whose answer to the present round is out. Asked again and again until the round is complete.
  std::vector<Probe> plan_refresh(const SamplerContext& ctx, uint64_t capacity) {
    if (capacity < probe_rollouts_)
      throw std::runtime_error("a refresh needs " + std::to_string(probe_rollouts_) +
                               " rollouts a prompt, but the host allows " + std::to_string(capacity) + " at once");
    ViewScores& view = views_[ctx.view];
    Refresh& refresh = refreshes_[ctx.view];
    if (const uint64_t fingerprint = fingerprint_of(ctx.eligible); refresh.fingerprint != fingerprint)
      refresh = {fingerprint, 0, 0};
    if (view.refreshed_step < 0 || ctx.step - view.refreshed_step >= refresh_every_) {
      view.round += 1;
      view.refreshed_step = ctx.step;
      refresh.asked = 0;
    }
    std::vector<Probe> plan;
    if (refresh.complete_round == view.round) return plan;
    const uint64_t most = capacity / probe_rollouts_, n = ctx.eligible.size();
    for (const bool from_the_start : {false, true}) {  // a second look, at what was asked for and did not come back
      if (from_the_start) refresh.asked = 0;
      for (; refresh.asked < n && plan.size() < most; ++refresh.asked)
        if (const uint64_t prompt = ctx.eligible[refresh.asked]; view.mark(prompt) < view.round)
          plan.push_back({prompt, probe_rollouts_});
      if (!plan.empty()) return plan;
    }
    refresh.complete_round = view.round;
    return plan;
  }

  // Once a step: the prompts not seen for longest, as far as the budget goes.
  std::vector<Probe> plan_stale(const SamplerContext& ctx, uint64_t capacity) {
    ViewScores& view = views_[ctx.view];
    if (probe_budget_ == 0 || view.probed_step == ctx.step) return {};
    view.probed_step = ctx.step;
    const uint64_t most = std::min<uint64_t>(static_cast<uint64_t>(probe_budget_), capacity) / probe_rollouts_;
    if (most == 0)
      throw std::runtime_error("a probe takes " + std::to_string(probe_rollouts_) + " rollouts, but the budget is " +
                               std::to_string(std::min<uint64_t>(static_cast<uint64_t>(probe_budget_), capacity)));
    std::vector<Probe> plan;
    for (const uint64_t prompt : stalest_[ctx.view].first(ctx, view, most)) plan.push_back({prompt, probe_rollouts_});
    return plan;
  }

  Host host_;
  EpochOrder walk_;
  Strata strata_;
  double lambda_, alpha_, beta_, sharpness_, a0_, b0_, decay_;
  bool unit_, periodic_, unbiased_;
  int64_t refresh_every_, probe_budget_;
  uint32_t probe_rollouts_;
  std::string diversity_;
  ViewScores views_[3];
  Refresh refreshes_[3];
  StalestFirst stalest_[3];
  uint64_t draws_ = 0;  // calls of draw so far: keys their randomness
};

}  // namespace

CRESCENT_SAMPLER_PLUGIN(VarianceAware, "variance_aware", "1.0.0", "The Crescent authors", "Apache-2.0",
                        "draws prompts whose outcomes vary more often (variance-aware sampling, MMR1)")
