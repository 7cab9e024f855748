// Variance-aware sampling (MMR1, technical report 2025-09-25): a share lambda of each batch is drawn in proportion to
// the prompts' Variance Promotion Scores, VPS = alpha OVS + beta TDS, the rest walks the pool. OVS = P(1-P) of the pass
// rate P; TDS = diversity of the thoughts. Scores belong to (prompt, view).
//
// refresh = "periodic" is the paper's: every refresh_every steps all eligible prompts are rolled out to be measured.
// refresh = "online" keeps a Beta posterior per prompt that every scored group updates, at no cost in rollouts; the
// expected OVS under it is ab / ((a+b)(a+b+1)).
#include <algorithm>
#include <string>

#include "plugins/samplers/epoch_order.hpp"
#include "plugins/samplers/variance_aware/diversity.hpp"
#include "plugins/samplers/variance_aware/score_table.hpp"

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
    number("decay", 0.75, {0, 1}, "online: what an observation leaves of the prompt's earlier evidence"),
    string("diversity", "self_bleu", kDiversities, "measure of the diversity of thoughts"),
    boolean("unbiased", false, "weigh each draw by 1 / (its probability times the number of prompts)"),
};

const char* const kMmr1Options[] = {"lambda", "alpha",   "beta",          "sharpness",
                                    "scale",  "refresh", "refresh_every", "refresh_rollouts"};
const crescent_value kMmr1Values[] = {value(0.5),     value(0.8),        value(0.2), value(1),
                                      value("paper"), value("periodic"), value(35),  value(32)};
const crescent_preset kPresets[] = {{"mmr1", "the published method with its main settings", kMmr1Options, kMmr1Values,
                                     sizeof kMmr1Options / sizeof *kMmr1Options}};

class VarianceAware final : public Sampler {
 public:
  static Options options() { return Options(kOptions, kPresets); }

  explicit VarianceAware(const Setup& s)
      : host_(s.host),
        walk_(s.host),
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
    check_used();
  }

  void draw(const SamplerContext& ctx, Array<uint64_t> prompt_index, Array<double> weight) override {
    const uint64_t batch = prompt_index.size();
    if (batch == 0) return;
    const uint64_t by_score = static_cast<uint64_t>(std::floor(lambda_ * static_cast<double>(batch) + 1e-9));
    const std::vector<double> w = draw_weights(ctx);
    const double total = draw_by_score(ctx, w, Array<uint64_t>(prompt_index.begin(), by_score));
    walk_.take(ctx, Array<uint64_t>(prompt_index.begin() + by_score, batch - by_score));
    // Mixed, so that each minibatch of the batch has both kinds.
    const Random random = host_.random("order of a batch", {draws_});
    for (uint64_t i = batch; i > 1; --i) std::swap(prompt_index[i - 1], prompt_index[random.below(i, i)]);
    if (unbiased_)
      correct(ctx, w, total, static_cast<double>(by_score) / static_cast<double>(batch), prompt_index, weight);
    report_draw(ctx, w, total, prompt_index);
    ++draws_;
  }

  std::vector<Probe> plan_probe(const SamplerContext& ctx, uint64_t capacity) override {
    if (capacity == 0) return {};
    return periodic_ ? plan_refresh(ctx, capacity) : plan_stale(ctx, capacity);
  }

  void observe(const SamplerContext& ctx, Array<const crescent_group> groups) override {
    for (const crescent_group& group : groups) {
      ViewScores& view = views_[group.view];
      PromptScore& score = view.at(group.prompt_index);
      if (!periodic_) {
        update(group, ctx.step, decay_, score);
      } else if (score.answered_round < view.round && group.n >= probe_rollouts_) {  // the refresh asked for it
        score.answered_round = view.round;
        update(group, ctx.step, 0, score);  // replaces what was known
      }
    }
  }

  bool weights(const SamplerContext& ctx, Array<double> out) override {
    const std::vector<double> scores = vps(ctx);
    std::copy(scores.begin(), scores.end(), out.begin());
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
  }

 private:
  // Not at the default nor at the preset's value, so the caller gave it; and nothing would come of it.
  void check_used() const {
    if (periodic_) return;
    if (refresh_every_ != 35)
      throw std::runtime_error("refresh_every is " + std::to_string(refresh_every_) +
                               ", but only refresh = \"periodic\" refreshes; leave it out");
    if (probe_budget_ == 0 && probe_rollouts_ != 8 && probe_rollouts_ != 32)
      throw std::runtime_error("refresh_rollouts is " + std::to_string(probe_rollouts_) +
                               ", but no prompt is probed; give refresh = \"periodic\" or a probe_budget");
  }

  // ---- Scores ----

  double expected_ovs(const PromptScore& p) const {
    if (periodic_ && p.seen()) return p.pass_rate() * (1 - p.pass_rate());  // the paper's plug-in estimate
    const double a = a0_ + p.passes, b = b0_ + p.fails;
    return a * b / ((a + b) * (a + b + 1));  // E[P(1-P)] for P ~ Beta(a, b)
  }

  // [n_eligible] VPS. A prompt whose diversity is not known counts with the pool's mean, or .5 when none is known.
  std::vector<double> vps(const SamplerContext& ctx) {
    ViewScores& view = views_[ctx.view];
    double known = 0, sum = 0;
    for (const uint64_t prompt : ctx.eligible)
      if (const double tds = view.at(prompt).tds; !std::isnan(tds)) sum += tds, known += 1;
    const double mean_tds = known > 0 ? sum / known : 0.5;
    std::vector<double> out;
    out.reserve(ctx.eligible.size());
    for (const uint64_t prompt : ctx.eligible) {
      const PromptScore& p = view.at(prompt);
      out.push_back(alpha_ * expected_ovs(p) / (unit_ ? 0.25 : 1) + beta_ * (std::isnan(p.tds) ? mean_tds : p.tds));
    }
    return out;
  }

  // [n_eligible] what draws are in proportion to: VPS^sharpness; all 1 where every score is 0.
  std::vector<double> draw_weights(const SamplerContext& ctx) {
    std::vector<double> w = vps(ctx);
    const double most = *std::max_element(w.begin(), w.end());
    for (double& x : w)
      x = most > 0 ? std::pow(x / most, sharpness_) : 1;  // by the largest: no power under- or overflows
    return w;
  }

  void update(const crescent_group& group, int64_t step, double keep, PromptScore& score) const {
    double n = 0, passes = 0;
    Thoughts thoughts;
    for (uint32_t i = 0; i < group.n; ++i) {
      if (group.judged[i] == 0) continue;  // neither passed nor failed
      n += 1;
      passes += group.passed[i] != 0 ? 1 : 0;
      thoughts.push_back(group.thoughts[i]);
    }
    if (n == 0) return;
    score.passes = keep * score.passes + passes;
    score.fails = keep * score.fails + n - passes;
    score.seen_step = step;
    if (beta_ > 0 && thoughts.size() >= 2) score.tds = diversity_of(thoughts);
    host_.metric("realised_variance", passes / n * (1 - passes / n));
  }

  double diversity_of(const Thoughts& thoughts) const {
    if (diversity_ == "self_bleu") return self_bleu_diversity(thoughts);
    if (diversity_ == "distinct") return distinct_diversity(thoughts);
    return edit_distance_diversity(thoughts);
  }

  // ---- Draws ----

  // With replacement, in proportion to w; returns the sum of w.
  double draw_by_score(const SamplerContext& ctx, const std::vector<double>& w, Array<uint64_t> out) {
    std::vector<double> cumulative(w.size());
    double total = 0;
    for (size_t i = 0; i < w.size(); ++i) cumulative[i] = total += w[i];
    const Random random = host_.random("draws by score", {draws_});
    for (uint64_t i = 0; i < out.size(); ++i) {
      auto at = std::upper_bound(cumulative.begin(), cumulative.end(), random.uniform(i) * total);
      if (at == cumulative.end())
        at = std::lower_bound(cumulative.begin(), cumulative.end(), total);  // rounded up to it
      out[i] = ctx.eligible[static_cast<uint64_t>(at - cumulative.begin())];
    }
    return total;
  }

  // Importance weight (1/M) / q of a draw, q = l' w / sum(w) + (1 - l') / M, l' the share that is drawn by score.
  void correct(const SamplerContext& ctx, const std::vector<double>& w, double total, double share,
               Array<uint64_t> drawn, Array<double> weight) const {
    const double uniform = 1 / static_cast<double>(w.size());
    for (uint64_t i = 0; i < drawn.size(); ++i)
      weight[i] = uniform / (share * w[position(ctx, drawn[i])] / total + (1 - share) * uniform);
  }

  static uint64_t position(const SamplerContext& ctx, uint64_t prompt) {
    return static_cast<uint64_t>(std::lower_bound(ctx.eligible.begin(), ctx.eligible.end(), prompt) -
                                 ctx.eligible.begin());
  }

  void report_draw(const SamplerContext& ctx, const std::vector<double>& w, double total, Array<uint64_t> drawn) {
    double squares = 0, seen = 0, never = 0, always = 0, expected = 0;
    for (const double x : w) squares += x * x;
    ViewScores& view = views_[ctx.view];
    for (const uint64_t prompt : ctx.eligible) {
      const PromptScore& p = view.at(prompt);
      if (!p.seen()) continue;
      seen += 1;
      never += p.passes == 0 ? 1 : 0;
      always += p.fails == 0 ? 1 : 0;
    }
    for (const uint64_t prompt : drawn) expected += expected_ovs(view.at(prompt));
    const double pool = static_cast<double>(w.size());
    host_.metric("effective_sample_size", total * total / squares / pool);  // 1: weights change nothing
    host_.metric("seen", seen / pool);
    host_.metric("never_passed", never / pool);
    host_.metric("always_passed", always / pool);
    host_.metric("expected_variance", expected / static_cast<double>(drawn.size()));
  }

  // ---- Probes ----

  // All eligible prompts every refresh_every steps, and whatever a new phase brings that was never measured: each
  // prompt whose answer to the present round is out. Asked again and again until the round is complete.
  std::vector<Probe> plan_refresh(const SamplerContext& ctx, uint64_t capacity) {
    ViewScores& view = views_[ctx.view];
    if (view.refreshed_step < 0 || ctx.step - view.refreshed_step >= refresh_every_) {
      view.round += 1;
      view.refreshed_step = ctx.step;
    }
    std::vector<Probe> plan;
    for (const uint64_t prompt : ctx.eligible) {
      if (view.at(prompt).answered_round >= view.round) continue;
      if (plan.size() >= capacity / probe_rollouts_) break;
      plan.push_back({prompt, probe_rollouts_});
    }
    if (capacity < probe_rollouts_)
      throw std::runtime_error("a refresh needs " + std::to_string(probe_rollouts_) +
                               " rollouts a prompt, but the host allows " + std::to_string(capacity) + " at once");
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
    std::vector<uint64_t> order(ctx.eligible.begin(), ctx.eligible.end());
    std::stable_sort(order.begin(), order.end(),
                     [&](uint64_t a, uint64_t b) { return view.at(a).seen_step < view.at(b).seen_step; });
    std::vector<Probe> plan;
    for (uint64_t i = 0; i < std::min<uint64_t>(most, order.size()); ++i) plan.push_back({order[i], probe_rollouts_});
    return plan;
  }

  Host host_;
  EpochOrder walk_;
  double lambda_, alpha_, beta_, sharpness_, a0_, b0_, decay_;
  bool unit_, periodic_, unbiased_;
  int64_t refresh_every_, probe_budget_;
  uint32_t probe_rollouts_;
  std::string diversity_;
  ViewScores views_[3];
  uint64_t draws_ = 0;  // calls of draw so far: keys their randomness
};

}  // namespace

CRESCENT_SAMPLER_PLUGIN(VarianceAware, "variance_aware", "1.0.0", "The Crescent authors", "Apache-2.0",
                        "draws prompts whose outcomes vary more often (variance-aware sampling, MMR1)")
