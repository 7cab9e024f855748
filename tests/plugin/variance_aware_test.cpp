// Variance-aware sampling (MMR1): what is drawn, measured, saved and reported.
#include <doctest/doctest.h>

#include <cmath>
#include <map>

#include "tests/plugin/variance_aware_bench.hpp"

using namespace crescent;
using namespace crescent::testing;

TEST_CASE("draws are in proportion to VPS to the sharpness: chi-square") {
  for (const double sharpness : {1.0, 2.0}) {
    CAPTURE(sharpness);
    Pool pool(std::vector<double>(24, 0.5));
    const auto sampler = vas({{"lambda", whole(1)}, {"sharpness", Value(sharpness)}, {"scale", text("paper")}});
    std::vector<ScoredGroup> groups;
    for (uint64_t p = 0; p < 20; ++p)
      groups.push_back(group_of(p, static_cast<int>(p % 9), 8 - static_cast<int>(p % 9)));
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
  for (const auto& [lambda, batch, by_score] :
       {std::tuple{0.8, 10, 8}, {0.29, 100, 29}, {0.5, 7, 3}, {0.0, 10, 0}, {0.99, 16, 15}}) {
    CAPTURE(lambda);
    // alpha 1, beta 0 in the paper's mode: a prompt with P = 0 has no score, so only the walk can draw it.
    Pool pool(std::vector<double>(1000, 0.0));
    pool.pass_rate[0] = 0.5;
    const auto sampler =
        vas({{"lambda", Value(lambda)}, {"refresh", text("periodic")}, {"refresh_rollouts", whole(16)}});
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
    const auto sampler = vas({{"refresh", text(refresh)},
                              {"lambda", Value(0.8)},
                              {"refresh_every", whole(refresh == std::string("periodic") ? 20 : 35)}});
    double early = 0, late = 0;
    for (int step = 0; step < 120; ++step)
      for (const uint64_t p : pool.train(*sampler, 32, 8))
        (step < 2 ? early : late) += step < 2     ? (rates[p] == 0.5) / 64.0
                                     : step >= 60 ? (rates[p] == 0.5) / (60 * 32.0)
                                                  : 0;
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
                       "sampler \"variance_aware\": plan_probe failed: a refresh needs 32 rollouts a prompt, but the "
                       "host allows 31 at once",
                       Error);
  // VPS = .8 P(1-P) + .2 TDS, TDS of the thoughts alone
  const double never = sampler->weights(pool.context())[0];
  CHECK(never > 0);
  CHECK(never <= 0.2);
}

namespace {

// Thoughts that are all equal have diversity 0, those that share no token 1, whatever the measure.
//
// Answers the sampler's refresh with outcomes that are laid down here, and returns each prompt's VPS = alpha P(1-P) +
// beta TDS reckoned from them alone. Even prompts think the same each time, odd ones never a token twice.
std::vector<double> refresh_by_hand(PromptSampler& sampler, const Pool& pool, int64_t n, double alpha, double beta) {
  const auto plan = sampler.plan_probe(pool.context(), 1 << 20);
  REQUIRE(plan.size() == pool.eligible.size());
  std::vector<double> scores(plan.size());
  std::vector<ScoredGroup> groups;
  for (const ProbeRequest& p : plan) {
    CHECK(p.rollouts == n);
    const double rate = static_cast<double>(p.prompt_index) / static_cast<double>(plan.size());
    const int passes = static_cast<int>(std::floor(rate * static_cast<double>(n)));
    ScoredGroup g = group_of(p.prompt_index, passes, static_cast<int>(n) - passes);
    const bool diverse = p.prompt_index % 2 == 1;
    int32_t token = 0;
    for (Rollout& r : g.group.rollouts)
      for (int32_t& t : r.tokens) t = diverse ? ++token : 1 + static_cast<int32_t>(&t - r.tokens.data());
    const double share = static_cast<double>(passes) / static_cast<double>(n);
    scores[p.prompt_index] = alpha * share * (1 - share) + beta * (diverse ? 1 : 0);
    groups.push_back(std::move(g));
  }
  observe(sampler, pool, groups);
  CHECK(sampler.plan_probe(pool.context(), 1 << 20).empty());
  return scores;
}

}  // namespace

TEST_CASE("every setting of the paper's ablations draws as it says: chi-square of what the scores draw") {
  struct Ablation {
    double alpha, beta, lambda;
    int64_t rollouts, every;
  };
  const std::vector<Ablation> settings = {{0, 1, .5, 8, 28},    {.2, .8, .5, 8, 28}, {.5, .5, .5, 8, 28},
                                          {.8, .2, .5, 8, 28},  {1, 0, .5, 8, 28},   {.5, .5, .2, 8, 28},
                                          {.5, .5, .8, 8, 4},   {.5, .5, 1, 8, 7},   {.5, .5, .5, 16, 14},
                                          {.5, .5, .5, 32, 35}, {.5, .5, .5, 8, 56}};
  for (const Ablation& a : settings) {
    CAPTURE(a.alpha);
    CAPTURE(a.lambda);
    CAPTURE(a.rollouts);
    CAPTURE(a.every);
    std::vector<double> rates;
    for (int i = 0; i < 20; ++i) rates.push_back(i / 19.0);
    Pool pool(rates);
    const auto sampler = vas({{"preset", text("mmr1_ablation")},
                              {"alpha", Value(a.alpha)},
                              {"beta", Value(a.beta)},
                              {"lambda", Value(a.lambda)},
                              {"refresh_rollouts", whole(a.rollouts)},
                              {"refresh_every", whole(a.every)}});
    const std::vector<double> scores = refresh_by_hand(*sampler, pool, a.rollouts, a.alpha, a.beta);
    double sum = 0;
    for (const double s : scores) sum += s;
    // 40 draws a batch: floor(40 lambda) by score; the walk shows each of the 20 prompts equally often over all.
    std::vector<double> expected;
    for (const double s : scores) expected.push_back(a.lambda * s / sum + (1 - a.lambda) / 20);
    check_fits(counts_of(*sampler, pool, 150, 40), expected);
    pool.step = a.every - 1;
    CHECK(sampler->plan_probe(pool.context(), 1 << 20).empty());
    pool.step = a.every;
    CHECK(sampler->plan_probe(pool.context(), 1 << 20).size() == 20);
  }
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

TEST_CASE(
    "scores belong to the prompt and the view it was shown in, and entering a phase probes what it has not seen") {
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

TEST_CASE("samples that the deciding reward has nothing to say about are no evidence, whatever their reward") {
  Pool pool(std::vector<double>(2, 0.5));
  const auto sampler = vas({{"scale", text("paper")}});
  ScoredGroup g = group_of(0, 2, 6);
  g.undecided = {0, 0, 0, 0, 0, 0, 1, 1};
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

TEST_CASE("unbiased: each weight is (1/M)/q of what was drawn, also where some prompts were never seen") {
  Pool pool(std::vector<double>(12, 0.5));
  const auto sampler = vas({{"unbiased", Value(true)}, {"lambda", Value(0.5)}, {"beta", Value(0.3)}});
  std::vector<ScoredGroup> groups;
  for (uint64_t p = 0; p < 8; ++p) groups.push_back(group_of(p, static_cast<int>(p), 8 - static_cast<int>(p)));
  observe(*sampler, pool, groups);
  std::vector<double> w = sampler->weights(pool.context());
  double sum = 0;
  for (double& x : w) sum += x = x * x;  // sharpness 2
  std::vector<double> weights, seen(12, 0);
  for (int i = 0; i < 40; ++i) {
    const auto drawn = pool.draw(*sampler, 10, &weights);
    for (size_t j = 0; j < drawn.size(); ++j) {
      CHECK(weights[j] == doctest::Approx(1.0 / 12 / (0.5 * w[drawn[j]] / sum + 0.5 / 12)).epsilon(1e-12));
      seen[drawn[j]] = 1;
    }
  }
  CHECK(std::count(seen.begin(), seen.end(), 1) == 12);
}

TEST_CASE("what is drawn follows from the scores alone: a sampler that was resumed has the same sums to the bit") {
  std::vector<double> rates;
  for (int i = 0; i < 1000; ++i) rates.push_back(i % 7 / 7.0);
  Pool pool(rates);
  const Given options = {{"lambda", whole(1)}, {"sharpness", Value(1.7)}, {"beta", Value(0.2)}};
  const auto sampler = vas(options);
  for (int step = 0; step < 40; ++step) {
    const auto fresh = vas(options);
    fresh->load_state(sampler->save_state());  // builds its sums from nothing; the other changed them 40 times
    CHECK(pool.draw(*fresh, 64) == pool.train(*sampler, 64, 4));
  }
}

TEST_CASE("a checkpoint takes 12 bytes a prompt, 16 where diversity counts") {
  for (const double beta : {0.0, 0.5}) {
    Pool pool(std::vector<double>(5000, 0.5));
    const auto sampler = vas({{"beta", Value(beta)}});
    observe(*sampler, pool, {group_of(4999, 4, 4)});
    CHECK(sampler->save_state().size() < 5000u * (beta > 0 ? 16 : 12) + 250);
  }
}

TEST_CASE("the sampler reports whether it changes anything") {
  MetricCollector metrics;
  Pool pool(std::vector<double>(10, 0.5));
  const auto sampler =
      vas({{"refresh", text("periodic")}, {"scale", text("paper")}, {"sharpness", whole(1)}}, 1, &metrics);
  REQUIRE(sampler->plan_probe(pool.context(), 1000).size() == 10);
  std::vector<ScoredGroup> groups;
  for (uint64_t p = 0; p < 10; ++p)
    groups.push_back(p < 5 ? group_of(p, 4, 4) : p < 8 ? group_of(p, 0, 8) : group_of(p, 8, 0));
  observe(*sampler, pool, groups);
  pool.draw(*sampler, 10);
  std::map<std::string, double> seen;
  for (const auto& [name, value] : metrics.take()) seen[name] = value;
  CHECK(seen["sampler/effective_sample_size"] == doctest::Approx(0.5));
  CHECK(seen["sampler/seen"] == 1);
  CHECK(seen["sampler/never_passed"] == doctest::Approx(0.3));
  CHECK(seen["sampler/always_passed"] == doctest::Approx(0.2));
  CHECK_FALSE(seen.contains("sampler/probe_rollouts"));  // the host counts them, over all plans of a step
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
  CHECK(error_of({{"alpha", whole(0)}}) ==
        "sampler \"variance_aware\": create failed: alpha and beta are both 0: every score would be 0");
  CHECK(error_of({{"refresh", text("periodic")}, {"probe_budget", whole(64)}}) ==
        "sampler \"variance_aware\": create failed: probe_budget is for refresh = \"online\"; the periodic refresh "
        "probes everything");
  CHECK(error_of({{"refresh_every", whole(5)}}) ==
        "sampler \"variance_aware\": create failed: refresh_every is 5, but only refresh = \"periodic\" refreshes; "
        "leave it out");
  CHECK(error_of({{"refresh_rollouts", whole(4)}}) ==
        "sampler \"variance_aware\": create failed: refresh_rollouts is 4, but no prompt is probed; give refresh = "
        "\"periodic\" or a probe_budget");
  const std::string never =
      "sampler \"variance_aware\": create failed: unbiased with lambda = 1, but a score can be 0 here";
  CHECK(error_of({{"unbiased", Value(true)}, {"lambda", whole(1)}, {"refresh", text("periodic")}}).starts_with(never));
  CHECK(error_of({{"unbiased", Value(true)}, {"lambda", whole(1)}, {"alpha", whole(0)}, {"beta", whole(1)}})
            .starts_with(never));
  CHECK(error_of({{"unbiased", Value(true)}, {"lambda", whole(1)}}).empty());  // the posterior leaves no score at 0
  CHECK(error_of({{"preset", text("mmr1")}, {"refresh", text("online")}}).empty());  // the preset's, not the caller's
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
