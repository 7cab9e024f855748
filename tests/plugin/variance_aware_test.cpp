// Variance-aware sampling (MMR1): what is drawn, and each defect of the published code that is not repeated here.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "tests/plugin/sampler_bench.hpp"

using namespace crescent;
using namespace crescent::testing;

namespace {

std::unique_ptr<PromptSampler> vas(const Given& options = {}, uint64_t seed = 1, MetricCollector* metrics = nullptr) {
  return make_bundled("variance_aware", options, seed, metrics);
}
Value text(const char* s) { return Value(std::string(s)); }
Value whole(int64_t i) { return Value(i); }

// A group of `passes` and `fails` for prompt `p`, all with the same thoughts unless told otherwise.
ScoredGroup group_of(uint64_t p, int passes, int fails, View view = View::image) {
  Pool pool({0.5});
  ScoredGroup g = pool.roll_out(0, static_cast<uint32_t>(passes + fails));
  g.group.draw = {p, view, 0, 1};
  for (int i = 0; i < passes + fails; ++i) g.reward[static_cast<size_t>(i)] = g.passed[static_cast<size_t>(i)] = i < passes;
  return g;
}

void observe(PromptSampler& sampler, const Pool& pool, const std::vector<ScoredGroup>& groups) { sampler.observe(pool.context(), groups); }

// Chi-square of counts against expected probabilities; the 99.9 % point for k degrees by Wilson and Hilferty.
void check_fits(const std::vector<double>& counts, const std::vector<double>& probability) {
  double n = 0, statistic = 0, k = -1;
  for (const double c : counts) n += c;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (probability[i] == 0) {
      CHECK(counts[i] == 0);
      continue;
    }
    statistic += (counts[i] - n * probability[i]) * (counts[i] - n * probability[i]) / (n * probability[i]);
    k += 1;
  }
  const double limit = k * std::pow(1 - 2 / (9 * k) + 3.0902 * std::sqrt(2 / (9 * k)), 3);
  INFO("chi-square ", statistic, " with ", k, " degrees of freedom, limit ", limit);
  CHECK(statistic < limit);
}

std::vector<double> counts_of(PromptSampler& sampler, const Pool& pool, int batches, size_t batch) {
  std::vector<double> counts(pool.pass_rate.size(), 0);
  for (int i = 0; i < batches; ++i)
    for (const uint64_t p : pool.draw(sampler, batch)) counts[p] += 1;
  return counts;
}

}  // namespace

TEST_CASE("draws are in proportion to VPS to the sharpness: chi-square") {
  for (const double sharpness : {1.0, 2.0}) {
    CAPTURE(sharpness);
    Pool pool(std::vector<double>(24, 0.5));
    const auto sampler = vas({{"lambda", whole(1)}, {"sharpness", Value(sharpness)}, {"scale", text("paper")}});
    std::vector<ScoredGroup> groups;
    for (uint64_t p = 0; p < 20; ++p) groups.push_back(group_of(p, static_cast<int>(p % 9), 8 - static_cast<int>(p % 9)));
    observe(*sampler, pool, groups);

    std::vector<double> expected;
    double sum = 0;
    for (uint64_t p = 0; p < 24; ++p) {  // E[P(1-P)] under Beta(1 + passes, 1 + fails); 20 to 23 were never seen: 1/6
      const double a = p < 20 ? 1 + static_cast<double>(p % 9) : 1, b = p < 20 ? 9 - static_cast<double>(p % 9) : 1;
      expected.push_back(a * b / ((a + b) * (a + b + 1)));
    }
    CHECK(expected[23] == doctest::Approx(1.0 / 6));
    const std::vector<double> scores = sampler->weights(pool.context());
    for (uint64_t p = 0; p < 24; ++p) CHECK(scores[p] == doctest::Approx(expected[p]).epsilon(1e-12));
    for (double& e : expected) sum += e = std::pow(e, sharpness);
    for (double& e : expected) e /= sum;
    check_fits(counts_of(*sampler, pool, 400, 64), expected);
  }
}

TEST_CASE("floor(lambda B) of a batch is drawn by score, the rest walks the pool") {
  for (const auto& [lambda, batch, by_score] : {std::tuple{0.8, 10, 8}, {0.29, 100, 29}, {0.5, 7, 3}, {0.0, 10, 0}, {0.99, 16, 15}}) {
    CAPTURE(lambda);
    // alpha 1, beta 0 in the paper's mode: a prompt with P = 0 has no score, so only the walk can draw it.
    Pool pool(std::vector<double>(1000, 0.0));
    pool.pass_rate[0] = 0.5;
    const auto sampler = vas({{"lambda", Value(lambda)}, {"refresh", text("periodic")}, {"refresh_rollouts", whole(16)}});
    pool.probe(*sampler);
    int scored = 0;
    for (int i = 0; i < 5; ++i)
      for (const uint64_t p : pool.draw(*sampler, static_cast<size_t>(batch))) scored += p == 0;
    CHECK(scored >= 5 * by_score);
    CHECK(scored <= 5 * by_score + 1);  // the walk meets prompt 0 once an epoch
  }
}

TEST_CASE("on a pool of Bernoulli prompts the draws shift towards P = .5 in both modes") {
  for (const char* refresh : {"online", "periodic"}) {
    CAPTURE(refresh);
    std::vector<double> rates;
    for (int i = 0; i < 300; ++i) rates.push_back(i < 240 ? 0.0 : i < 270 ? 1.0 : 0.5);  // a tenth can be learned from
    Pool pool(rates);
    const auto sampler = vas({{"refresh", text(refresh)}, {"lambda", Value(0.8)}, {"refresh_every", whole(20)}});
    double early = 0, late = 0;
    for (int step = 0; step < 120; ++step)
      for (const uint64_t p : pool.train(*sampler, 32, 8))
        (step < 2 ? early : late) += step < 2 ? (rates[p] == 0.5) / 64.0 : step >= 60 ? (rates[p] == 0.5) / (60 * 32.0) : 0;
    if (refresh == std::string("online")) {
      CHECK(early < 0.25);  // nothing is known yet
      CHECK(pool.probe_rollouts == 0);
    } else {
      CHECK(early > 0.7);                            // measured before the first step
      CHECK(pool.probe_rollouts == 300u * 8u * 6u);  // steps 0, 20, ..., 100
    }
    CHECK(late > (refresh == std::string("online") ? 0.4 : 0.7));  // uniform: .1
  }
}

TEST_CASE("the preset mmr1 is the published method: refresh of everything every T steps, an initial estimate first") {
  Pool pool(std::vector<double>(20, 0.5));
  pool.pass_rate[0] = 0;
  const auto sampler = vas({{"preset", text("mmr1")}, {"refresh_every", whole(4)}, {"refresh_rollouts", whole(8)}});
  std::vector<int64_t> refreshed;
  for (int step = 0; step < 10; ++step) {
    const uint64_t before = pool.probe_rollouts;
    pool.probe(*sampler, 50);  // the host allows 6 prompts at once: it is asked until nothing is left
    if (pool.probe_rollouts > before) {
      refreshed.push_back(step);
      CHECK(pool.probe_rollouts - before == 20 * 8);
    }
    ++pool.step;
  }
  CHECK(refreshed == std::vector<int64_t>{0, 4, 8});
  CHECK_THROWS_WITH_AS(vas({{"preset", text("mmr1")}})->plan_probe(pool.context(), 31),
                       "sampler \"variance_aware\": plan_probe failed: a refresh needs 32 rollouts a prompt, but the host allows 31 at once", Error);
  // VPS = .8 P(1-P) + .2 TDS, TDS of the thoughts alone
  const double never = sampler->weights(pool.context())[0];
  CHECK(never > 0);
  CHECK(never <= 0.2);
}

TEST_CASE("periodic scores are P(1-P) of the refresh, and training rollouts leave them alone") {
  Pool pool(std::vector<double>(4, 0.5));
  const auto sampler = vas({{"refresh", text("periodic")}, {"refresh_rollouts", whole(8)}, {"scale", text("paper")}});
  REQUIRE(sampler->plan_probe(pool.context(), 1000).size() == 4);
  observe(*sampler, pool, {group_of(0, 0, 8), group_of(1, 2, 6), group_of(2, 4, 4), group_of(3, 8, 0)});
  const std::vector<double> expected = {0, 2.0 / 8 * 6 / 8, 0.25, 0};
  CHECK(sampler->weights(pool.context()) == expected);
  observe(*sampler, pool, {group_of(0, 4, 4)});
  CHECK(sampler->weights(pool.context()) == expected);
}

TEST_CASE("scale unit makes P(1-P) and diversity weigh equals") {
  Pool pool(std::vector<double>(1, 0.5));
  for (const char* scale : {"unit", "paper"}) {
    const auto sampler = vas({{"refresh", text("periodic")}, {"scale", text(scale)}});
    REQUIRE(sampler->plan_probe(pool.context(), 1000).size() == 1);
    observe(*sampler, pool, {group_of(0, 4, 4)});
    CHECK(sampler->weights(pool.context())[0] == (scale == std::string("unit") ? 1 : 0.25));
  }
}

// ---- Defects of the published code ----

TEST_CASE("diversity raises a score (the published code adds self-BLEU without inverting it)") {
  Pool pool(std::vector<double>(2, 0.5));
  for (const char* measure : {"self_bleu", "distinct", "edit_distance"}) {
    CAPTURE(measure);
    const auto sampler = vas({{"beta", whole(1)}, {"diversity", text(measure)}});
    ScoredGroup diverse = pool.roll_out(0, 8, 1000), same = pool.roll_out(1, 8, 1);
    diverse.passed = same.passed = {1, 1, 1, 1, 0, 0, 0, 0};
    observe(*sampler, pool, {diverse, same});
    const auto scores = sampler->weights(pool.context());
    CHECK(scores[0] > scores[1] + 0.5);
  }
}

TEST_CASE("diversity is that of the thoughts alone, not of what stands around them") {
  Pool pool(std::vector<double>(1, 0.5));
  const auto plain = vas({{"beta", whole(1)}}), around = vas({{"beta", whole(1)}});
  ScoredGroup g = pool.roll_out(0, 8, 20);
  observe(*plain, pool, {g});
  for (Rollout& r : g.group.rollouts) r.tokens.resize(400, 0), r.tokens[0] = r.tokens[1] = 5;
  observe(*around, pool, {g});
  CHECK(plain->weights(pool.context()) == around->weights(pool.context()));
}

TEST_CASE("the lowest score is still drawn, and equal scores are no failure (no min-max normalisation)") {
  Pool pool(std::vector<double>(8, 0.5));
  const auto equal = vas({{"lambda", whole(1)}});
  check_fits(counts_of(*equal, pool, 100, 40), std::vector<double>(8, 1.0 / 8));
  const auto sampler = vas({{"lambda", whole(1)}});
  observe(*sampler, pool, {group_of(3, 0, 8)});
  const std::vector<double> counts = counts_of(*sampler, pool, 400, 32);
  CHECK(counts[3] > 0);
  CHECK(counts[3] < counts[2] / 2);
  const auto all_zero = vas({{"lambda", whole(1)}, {"refresh", text("periodic")}});  // every P is 0: every OVS is 0
  Pool impossible(std::vector<double>(8, 0.0));
  impossible.probe(*all_zero);
  check_fits(counts_of(*all_zero, impossible, 100, 40), std::vector<double>(8, 1.0 / 8));
}

TEST_CASE("no prompt waits longer than one epoch of the uniform half, which takes a fresh order each time") {
  Pool pool(std::vector<double>(50, 0.0));
  pool.pass_rate[0] = 0.5;
  const auto sampler = vas({{"lambda", Value(0.8)}, {"sharpness", whole(64)}});  // as unfair as it gets
  std::vector<int64_t> last(50, -1);
  int64_t longest = 0;
  std::vector<std::vector<uint64_t>> batches;
  for (int64_t step = 0; step < 300; ++step) {
    batches.push_back(pool.train(*sampler, 20, 8));  // 4 of 20 walk the pool: an epoch is 12.5 steps
    for (const uint64_t p : batches.back()) {
      longest = std::max(longest, step - last[p]);
      last[p] = step;
    }
  }
  for (const int64_t l : last) longest = std::max(longest, 300 - l);
  CHECK(longest <= 26);  // from the start of one epoch to the end of the next
  CHECK(std::set<std::vector<uint64_t>>(batches.begin(), batches.end()).size() == 300);
}

TEST_CASE("scores, refresh and walk survive a resume: saved in the middle, the rest is identical") {
  for (const char* refresh : {"online", "periodic"}) {
    CAPTURE(refresh);
    const Given options = {{"refresh", text(refresh)}, {"beta", Value(0.3)}, {"refresh_every", whole(3)}, {"unbiased", Value(true)}};
    std::vector<double> rates;
    for (int i = 0; i < 40; ++i) rates.push_back(i / 40.0);
    Pool pool(rates);
    const auto sampler = vas(options);
    for (int step = 0; step < 7; ++step) pool.train(*sampler, 16, 8);
    if (refresh == std::string("periodic")) {  // in the middle of a refresh, too
      pool.step = 9;
      const auto plan = sampler->plan_probe(pool.context(), 80);
      REQUIRE(plan.size() == 10);
      std::vector<ScoredGroup> groups;
      for (const ProbeRequest& p : plan) groups.push_back(pool.roll_out(p.prompt_index, p.rollouts));
      sampler->observe(pool.context(), groups);
    }
    const auto resumed = vas(options);
    resumed->load_state(sampler->save_state());
    CHECK(resumed->save_state() == sampler->save_state());
    Pool again = pool;
    for (int step = 0; step < 12; ++step) {
      CHECK(pool.train(*sampler, 16, 8) == again.train(*resumed, 16, 8));
      CHECK(sampler->weights(pool.context()) == resumed->weights(again.context()));
    }
    CHECK(pool.probe_rollouts == again.probe_rollouts);
    CHECK(resumed->save_state() == sampler->save_state());
  }
}

TEST_CASE("online, every scored group updates its prompt and no other, earlier evidence decayed by .75") {
  Pool pool(std::vector<double>(3, 0.5));
  const auto sampler = vas({{"scale", text("paper")}});
  observe(*sampler, pool, {group_of(1, 6, 2)});
  observe(*sampler, pool, {group_of(1, 1, 7)});
  const double a = 1 + 0.75 * 6 + 1, b = 1 + 0.75 * 2 + 7;
  const auto scores = sampler->weights(pool.context());
  CHECK(scores[1] == doctest::Approx(a * b / ((a + b) * (a + b + 1))).epsilon(1e-14));
  CHECK(scores[0] == doctest::Approx(1.0 / 6).epsilon(1e-14));
  pool.step = 500;  // time alone changes nothing
  CHECK(sampler->weights(pool.context()) == scores);
}

TEST_CASE("online costs no rollouts, and probing where asked for stays within its budget, the stalest first") {
  Pool pool(std::vector<double>(30, 0.5));
  CHECK(vas()->plan_probe(pool.context(), 1000).empty());
  const auto sampler = vas({{"probe_budget", whole(35)}});  // 4 prompts of 8 rollouts
  observe(*sampler, pool, {group_of(0, 1, 7), group_of(2, 1, 7)});
  const auto plan = sampler->plan_probe(pool.context(), 1000);
  REQUIRE(plan.size() == 4);
  CHECK(plan[0].prompt_index == 1);  // never seen come first
  CHECK(plan[1].prompt_index == 3);
  CHECK(plan[0].rollouts == 8);
  CHECK(sampler->plan_probe(pool.context(), 1000).empty());  // once a step
  CHECK_THROWS_WITH_AS(vas({{"probe_budget", whole(7)}})->plan_probe(pool.context(), 1000),
                       "sampler \"variance_aware\": plan_probe failed: a probe takes 8 rollouts, but the budget is 7", Error);
}

// ---- The rest of the method ----

TEST_CASE("scores belong to the prompt and the view it was shown in, and entering a phase probes what it has not seen") {
  Pool image(std::vector<double>(4, 0.5)), words(std::vector<double>(4, 0.5));
  words.view = View::text, words.phase = "foundation";
  const auto sampler = vas();
  observe(*sampler, image, {group_of(2, 0, 8, View::image)});
  CHECK(sampler->weights(image.context())[2] < sampler->weights(words.context())[2]);

  const auto periodic = vas({{"refresh", text("periodic")}});
  words.eligible = {0, 2};
  words.probe(*periodic);
  CHECK(words.probe_rollouts == 2 * 8);
  image.probe(*periodic);
  CHECK(image.probe_rollouts == 4 * 8);
  words.eligible = {0, 1, 2, 3};  // a later phase of the same view with more prompts
  words.probe(*periodic);
  CHECK(words.probe_rollouts == 4 * 8);
}

TEST_CASE("a prompt whose diversity is not known counts with the pool's mean") {
  Pool pool(std::vector<double>(3, 0.5));
  const auto sampler = vas({{"alpha", Value(0.0)}, {"beta", whole(1)}});
  CHECK(sampler->weights(pool.context()) == std::vector<double>(3, 0.5));
  ScoredGroup unjudged = pool.roll_out(1, 4);
  for (double& r : unjudged.reward) r = std::nan("");
  observe(*sampler, pool, {pool.roll_out(0, 4), unjudged});
  const auto scores = sampler->weights(pool.context());
  CHECK(scores[0] != 0.5);
  CHECK(scores[1] == scores[0]);
  CHECK(scores[2] == scores[0]);
}

TEST_CASE("samples that could not be judged are no evidence") {
  Pool pool(std::vector<double>(2, 0.5));
  const auto sampler = vas({{"scale", text("paper")}});
  ScoredGroup g = group_of(0, 2, 6);
  g.reward[7] = g.reward[6] = std::nan("");
  observe(*sampler, pool, {g});
  CHECK(sampler->weights(pool.context())[0] == doctest::Approx(3.0 * 5 / (8 * 9)).epsilon(1e-14));
}

TEST_CASE("unbiased: draws weighted by 1/(M q) average to the uniform mean") {
  std::vector<double> rates;
  for (int i = 0; i < 30; ++i) rates.push_back(i / 30.0);
  Pool pool(rates);
  const auto sampler = vas({{"unbiased", Value(true)}, {"lambda", Value(0.75)}});
  std::vector<ScoredGroup> groups;
  for (uint64_t p = 0; p < 30; ++p) groups.push_back(group_of(p, static_cast<int>(p % 9), 8 - static_cast<int>(p % 9)));
  observe(*sampler, pool, groups);
  double corrected = 0, plain = 0, n = 0;
  const auto f = [](uint64_t p) { return p % 9 == 4 ? 1.0 : 0.0; };  // what is drawn most
  for (int i = 0; i < 1500; ++i) {
    std::vector<double> weights;
    const auto drawn = pool.draw(*sampler, 16, &weights);
    for (size_t j = 0; j < drawn.size(); ++j) corrected += weights[j] * f(drawn[j]), plain += f(drawn[j]), n += 1;
  }
  const double uniform = 3.0 / 30;
  CHECK(corrected / n == doctest::Approx(uniform).epsilon(0.03));
  CHECK(plain / n > 1.4 * uniform);
  std::vector<double> weights;
  pool.draw(*vas({{"lambda", whole(0)}, {"unbiased", Value(true)}}), 8, &weights);
  for (const double w : weights) CHECK(w == doctest::Approx(1));
}

TEST_CASE("the sampler reports whether it changes anything, and what it costs") {
  MetricCollector metrics;
  Pool pool(std::vector<double>(10, 0.5));
  const auto sampler = vas({{"refresh", text("periodic")}, {"scale", text("paper")}, {"sharpness", whole(1)}}, 1, &metrics);
  REQUIRE(sampler->plan_probe(pool.context(), 1000).size() == 10);
  std::vector<ScoredGroup> groups;
  for (uint64_t p = 0; p < 10; ++p) groups.push_back(p < 5 ? group_of(p, 4, 4) : p < 8 ? group_of(p, 0, 8) : group_of(p, 8, 0));
  observe(*sampler, pool, groups);
  pool.draw(*sampler, 10);
  std::map<std::string, double> seen;
  for (const auto& [name, value] : metrics.take()) seen[name] = value;
  CHECK(seen["sampler/effective_sample_size"] == doctest::Approx(0.5));
  CHECK(seen["sampler/seen"] == 1);
  CHECK(seen["sampler/never_passed"] == doctest::Approx(0.3));
  CHECK(seen["sampler/always_passed"] == doctest::Approx(0.2));
  CHECK(seen["sampler/probe_rollouts"] == 80);
  CHECK(seen["sampler/realised_variance"] == doctest::Approx(0.125));
  CHECK(seen["sampler/expected_variance"] >= 0.2);
}

TEST_CASE("options that contradict each other are refused") {
  const auto error_of = [](const Given& options) {
    try {
      vas(options);
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(error_of({{"alpha", whole(0)}}) == "sampler \"variance_aware\": create failed: alpha and beta are both 0: every score would be 0");
  CHECK(error_of({{"refresh", text("periodic")}, {"probe_budget", whole(64)}}) ==
        "sampler \"variance_aware\": create failed: probe_budget is for refresh = \"online\"; the periodic refresh probes everything");
}

TEST_CASE("a copy under another file name draws the same") {
  const TempFolder folder;
  std::filesystem::copy(bundled("variance_aware"), folder / "theirs.so");
  const auto copy = make_sampler({folder / "theirs.so", {}, {}}, {}, HostServices{.seed = 1});
  const auto own = vas();
  Pool a(std::vector<double>(60, 0.5)), b = a;
  for (int i = 0; i < 5; ++i) CHECK(a.train(*own, 16, 4) == b.train(*copy, 16, 4));
  CHECK(own->save_state() == copy->save_state());
}
